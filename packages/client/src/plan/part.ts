/**
 * The part of a mirror that a person asked for by a pattern: which entries a plan for it has to deal with.
 * What is left out stays as it is and stays dirty.
 *
 * An entry belongs to the part by the place it has on the target or by the one it has at the source: what was
 * renamed across the border is renamed as a whole, so it is never in two places and never in none. What such
 * an entry needs belongs to the part, too: the folders above its place, whoever stands in that place now, and
 * what has left a folder that goes. Reads the state only.
 */
import type { Placed } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { joinPath } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { sourcePathOf } from '../state/placement.ts';

/** As it stands, or is to stand, on the target. */
interface Node extends Placed {
  /** The name at the source, where that is another one. A person knows entries by these. */
  readonly sourceName?: string | undefined;
}

interface Tree {
  get(id: number): Node | undefined;
  /** At the source. */
  pathOf(id: number): string | undefined;
  children(id: number): Iterable<Node>;
}

/** Whether the source or the target has this path, so that a person who types it means it as it is. */
export function isKnownPath({ view, baseline }: MirrorState, path: string): boolean {
  return view.idAt(path) !== undefined || baseline.idAt(path) !== undefined;
}

/** How many entries of the source match. */
export function countMatching(state: MirrorState, pattern: PathPattern): number {
  let count = 0;
  for (const _id of matchingBelow(sourceTree(state), state.meta.rootId, pattern)) count += 1;
  return count;
}

/** Whether anything of the source or of the target matches. */
export function isAnyMatching(state: MirrorState, pattern: PathPattern): boolean {
  return [sourceTree(state), targetTree(state)].some(
    (tree) => matchingBelow(tree, state.meta.rootId, pattern).next().done === false,
  );
}

/** Ids of the files of the source that match. */
export function matchingFiles(state: MirrorState, pattern: PathPattern): number[] {
  const source = sourceTree(state);
  const ids = [...matchingBelow(source, state.meta.rootId, pattern)];
  return ids.filter((id) => source.get(id)?.kind === 'file');
}

/**
 * What of the part has to be planned because of `ids`, in which view and baseline may differ. Of a folder that
 * came, went or moved that may be anything in it.
 */
export function idsInPart(state: MirrorState, pattern: PathPattern, ids: Iterable<number>): Set<number> {
  const source = sourceTree(state);
  const target = targetTree(state);
  const found = new Set<number>();
  const sides = [source, target].map((tree) => ({ tree, pathIn: openPaths(tree, pattern) }));
  for (const id of ids) {
    for (const { tree, pathIn } of sides) {
      const entry = tree.get(id);
      const path = entry && (id === state.meta.rootId ? '' : pathIn(entry));
      if (path === undefined) continue;
      if (pattern.isMatch(path)) found.add(id);
      if (entry?.kind !== 'directory' || isInPlace(source.get(id), target.get(id))) continue;
      for (const below of matchingBelow(tree, id, pattern)) found.add(below);
    }
  }
  for (const id of found) for (const other of neededBy(state, source, id)) found.add(other);
  return found;
}

/** Those of `removals` that are among `allowed`, or below one that is. */
export function removalsBelow(
  { baseline }: MirrorState,
  removals: readonly number[],
  allowed: readonly number[],
): number[] {
  const tops = new Set(allowed);
  return removals.filter((id) => {
    for (let at = baseline.get(id); at !== undefined; at = baseline.get(at.parentId))
      if (tops.has(at.id)) return true;
    return false;
  });
}

function sourceTree(state: MirrorState): Tree {
  const mirrored = mirroredView(state);
  return {
    get: (id) => mirrored.get(id),
    pathOf: (id) => state.view.pathOf(id),
    *children(id) {
      for (const child of state.view.children(id)) if (mirrored.get(child.id) !== undefined) yield child;
    },
  };
}

/**
 * The path of an entry, unless nothing in its folder can match. Folders are remembered: most of what is dirty
 * after a first part lies in few of them.
 */
function openPaths(tree: Tree, pattern: PathPattern): (entry: Node) => string | undefined {
  const folders = new Map<number, string | undefined>();
  return (entry) => {
    const { parentId } = entry;
    if (!folders.has(parentId)) {
      const path = tree.pathOf(parentId);
      const isOpen = path !== undefined && (path === '' || pattern.isMatch(path) || pattern.mayHold(path));
      folders.set(parentId, isOpen ? path : undefined);
    }
    const folder = folders.get(parentId);
    return folder === undefined ? undefined : joinPath(folder, knownName(entry));
  };
}

function targetTree(state: MirrorState): Tree {
  const { baseline } = state;
  return {
    get: (id) => baseline.get(id),
    pathOf: (id) => sourcePathOf(state, id),
    children: (id) => baseline.children(id),
  };
}

function knownName({ name, sourceName }: Node): string {
  return sourceName ?? name;
}

function isInPlace(source: Placed | undefined, target: Placed | undefined): boolean {
  return (
    source !== undefined &&
    source.parentId === target?.parentId &&
    source.name === target.name &&
    source.kind === target.kind
  );
}

/** Ids of all that match below a folder. */
function* matchingBelow(tree: Tree, folderId: number, pattern: PathPattern): Generator<number> {
  const stack: [number, string | undefined][] = [[folderId, tree.pathOf(folderId)]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [id, path] = top;
    if (path === undefined || !(path === '' || pattern.isMatch(path) || pattern.mayHold(path))) continue;
    for (const child of tree.children(id)) {
      const childPath = joinPath(path, knownName(child));
      if (pattern.isMatch(childPath)) yield child.id;
      if (child.kind === 'directory') stack.push([child.id, childPath]);
    }
  }
}

/** Entries without which this one cannot come to its place, or would take with it what stays. */
function* neededBy({ baseline, meta }: MirrorState, source: Tree, id: number): Generator<number> {
  const after = source.get(id);
  const before = baseline.get(id);
  if (after !== undefined && id !== meta.rootId) {
    const occupant = baseline.occupantId(after.parentId, after.name);
    if (occupant !== undefined && occupant !== id) yield occupant;
    yield* misplacedAbove({ baseline, meta }, source, after.parentId);
  }
  if (before?.kind === 'directory' && before.kind !== after?.kind) yield* leftFrom(baseline, source, id);
}

/** The nearest of this folder and those above it that is not in its place. */
function* misplacedAbove(
  { baseline, meta }: Pick<MirrorState, 'baseline' | 'meta'>,
  source: Tree,
  folderId: number,
): Generator<number> {
  for (
    let at = source.get(folderId);
    at !== undefined && at.id !== meta.rootId;
    at = source.get(at.parentId)
  ) {
    if (isInPlace(at, baseline.get(at.id))) continue;
    yield at.id;
    return;
  }
}

/** What stood below this folder of the target and stands elsewhere at the source. */
function* leftFrom(target: Tree, source: Tree, folderId: number): Generator<number> {
  const stack = [folderId];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const child of target.children(id)) {
      const after = source.get(child.id);
      if (after !== undefined && !isInPlace(after, child)) yield child.id;
      else if (child.kind === 'directory') stack.push(child.id);
    }
  }
}
