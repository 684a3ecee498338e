/** How a person is told what a target was taken for. */
import type { TargetKindFinding } from '@lanmirror/engine/core';
import { statusLine } from '@lanmirror/engine/host';
import type { PaceFacts } from './target-pace.ts';

/** At the start, of a network drive. */
export function networkDriveText({ setting, fileSystem }: TargetKindFinding): string {
  const why = setting === 'auto' ? fileSystem : 'TargetKind = network';
  const next = setting === 'auto' ? '; if it is a disk of this machine: TargetKind = local' : '';
  return `The target is taken for a network drive (${why}): at most 2 workers, and fewer while it fails often${next}`;
}

/** The line of `status`; none for a disk of this machine that nobody called one. */
export function paceLines({ setting, kind, fileSystem, speed }: PaceFacts): string[] {
  if (kind === 'local') {
    if (setting !== 'local' || fileSystem === '') return [];
    return [statusLine('Drive', `${fileSystem}, taken for a local disk (TargetKind = local)`)];
  }
  const drive = `network${fileSystem === '' ? '' : `, ${fileSystem}`} (TargetKind = ${setting})`;
  return [statusLine('Drive', `${drive}, ${SPEED[speed]}`)];
}

const SPEED: Readonly<Record<PaceFacts['speed'], string>> = {
  full: 'at most 2 workers',
  one: 'one worker, because it fails often',
  pause: 'resting for a moment, because it fails',
};
