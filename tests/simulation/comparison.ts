/** What a mirror must look like, held against what it looks like. Paths are those of the mirror. */
import { checkPath, isWithin } from '@lanmirror/protocol';
import { contentKey } from './content.ts';
import type { MirrorSite } from './mirror-site.ts';
import { type MemoryNode, walk } from './node-walk.ts';
import { type SourceSite, sourcePath } from './source-site.ts';
import { mirroredFacts } from './state-oracle.ts';
import { undone } from './undone-name.ts';

export interface Unlike {
  /** '.' is the folder itself. */
  readonly path: string;
  readonly source: string | undefined;
  readonly target: string | undefined;
}

/** Everything that differs, apart from what nobody can mirror. Names of the target are undone to those of the source. */
export function findUnlike(source: SourceSite, mirror: MirrorSite): Unlike[] {
  const { root, mtimeStepMs, disk } = mirror.scene;
  const hasModes = disk !== 'windows';
  const from = mirroredFacts(sourceRoot(source, root), contentKey, mtimeStepMs, hasModes);
  const shown = mirroredFacts(mirror.tree.disk.root, contentKey, mtimeStepMs, hasModes);
  const to = disk === undefined ? shown : undone(shown, from, sourceRoot(source, root), disk);
  const excused = unmirrorable(source, mirror);
  const unlike: Unlike[] = [];
  for (const path of new Set([...from.keys(), ...to.keys()])) {
    const isUnmirrorable = path !== '.' && excused.some((other) => isWithin(sourcePath(root, path), other));
    const expected = isUnmirrorable ? undefined : from.get(path);
    if (expected === to.get(path) || isReserved(path)) continue;
    unlike.push({ path, source: expected, target: to.get(path) });
  }
  return unlike;
}

/** Paths of the source that a person was told of at this mirror; '' stands for all of it. */
export function toldProblems({ client, scene: { root } }: MirrorSite): string[] {
  if (client?.refusal !== undefined) return [''];
  const own = client?.mirror.problems.map(({ path }) => sourcePath(root, path)) ?? [];
  return [...own, ...(client?.serverState?.problems.map(({ path }) => path) ?? [])];
}

/** What is told and should not be, and the other way round. */
export function findMistold(source: SourceSite, mirror: MirrorSite): string[] {
  const expected = new Set(unmirrorable(source, mirror));
  const told = new Set(toldProblems(mirror));
  return [
    ...[...expected].filter((path) => !told.has(path)).map((path) => `not told of ${show(path)}`),
    ...[...told]
      .filter((path) => !isWithinAny(path, expected))
      .map((path) => `told of ${show(path)} for no reason`),
  ];
}

/** What nobody can mirror, or not to this disk: paths of the source. */
export function unmirrorable(source: SourceSite, { scene: { root, disk } }: MirrorSite): string[] {
  const paths = source.unmirrorable();
  if (disk !== 'windows') return paths;
  for (const [path, node] of walk(sourceRoot(source, root))) {
    const full = sourcePath(root, path);
    if (node.kind === 'link' && !paths.some((other) => isWithin(full, other)) && !isReserved(path))
      paths.push(full);
  }
  return paths;
}

function isWithinAny(path: string, known: ReadonlySet<string>): boolean {
  for (const other of known) if (isWithin(path, other)) return true;
  return false;
}

function sourceRoot(source: SourceSite, root: string): MemoryNode | undefined {
  return source.tree.disk.find(root);
}

function isReserved(path: string): boolean {
  return path !== '.' && checkPath(path) === 'reserved';
}

function show(path: string): string {
  return JSON.stringify(path.length > 80 ? `${path.slice(0, 40)}…${path.slice(-40)}` : path);
}
