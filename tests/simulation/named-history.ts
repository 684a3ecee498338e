/** Random histories whose names no disk of Windows or macOS can hold side by side, or at all. */
import type fc from 'fast-check';
import type { Command, History } from './command.ts';
import { randomHistory } from './random-history.ts';
import type { DiskKind, MirrorScene } from './scene.ts';

/** Names that collide, or are impossible, in the stead of the usual ones; what lies in a folder stays in it. */
const NAMES: Readonly<Record<string, string>> = {
  a: 'a',
  b: 'A',
  d: 'd',
  'd/a': 'd/why?',
  'd/b': 'd/WHY?',
  'd/e': 'd/con',
  'd/e/a': 'd/con/x.',
  f: 'D',
  'f/a': 'D/\u00e9',
  'f/e': 'D/e\u0301',
  'f/e/b': 'D/e\u0301/a:b',
};

/** All of them: what may have to be healed. */
export const NAMED_PATHS: readonly string[] = Object.values(NAMES);

/** Every mirror of these has a disk of this kind. */
export function namedHistory(disk: DiskKind): fc.Arbitrary<History> {
  return randomHistory().map(({ scene, steps }) => ({
    scene: { ...scene, mirrors: scene.mirrors.map((mirror) => onDisk(mirror, disk)) },
    steps: steps
      // A failure is planned for a path of the target, and nobody knows here what that is.
      .filter(({ command }) => command.do !== 'failTarget')
      .map((step) => ({ ...step, command: renamed(step.command) })),
  }));
}

function onDisk(mirror: MirrorScene, disk: DiskKind): MirrorScene {
  return {
    ...mirror,
    disk,
    root: nameFor(mirror.root),
    mtimeStepMs: disk === 'windows' ? 2000 : mirror.mtimeStepMs,
    found: mirror.found.map((found) => ({ ...found, path: nameFor(found.path) })),
  };
}

function renamed(command: Command): Command {
  return {
    ...command,
    ...('path' in command && { path: nameFor(command.path) }),
    ...('to' in command && { to: nameFor(command.to) }),
  };
}

/** The path that takes the stead of one of the usual ones. */
export function nameFor(path: string): string {
  return NAMES[path] ?? path;
}
