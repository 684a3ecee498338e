/** What is known of entries that are parked, and of what is below them: their paths are those that they had. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import type { WritableTree } from '@lanmirror/engine/tree';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNameOf } from '../state/placement.ts';

/** Whether `stays` is true of a parked entry or of anything below it; what is kept there stays until it is judged. */
export function holdsStaying(
  state: MirrorState,
  parked: BaselineEntry,
  stays: (path: string, entry: BaselineEntry) => boolean,
): boolean {
  const isStaying = (entry: BaselineEntry, path: string): boolean => {
    if (stays(path, entry)) return true;
    if (entry.kind !== 'directory') return false;
    if (state.meta.keptEntries > 0 && !state.kept.children(entry.id).next().done) return true;
    for (const child of state.baseline.children(entry.id))
      if (isStaying(child, `${path}/${sourceNameOf(child)}`)) return true;
    return false;
  };
  return isStaying(parked, parked.parkedFrom ?? parked.name);
}

/** Whether the folder that a kept entry stands in is parked, or in one that is. */
export function isKeptInParked({ baseline, kept }: MirrorState, top: BaselineEntry): boolean {
  let at: BaselineEntry | undefined = top;
  while (at !== undefined && at.parentId !== PARKED_PARENT)
    at = kept.get(at.parentId) ?? baseline.get(at.parentId);
  return at !== undefined;
}

/**
 * Where an entry that is parked, or in a folder that is, can be read, and the path at the source that a person knows it
 * by. Undefined when it is neither. Throws TreeError.
 */
export function whereParked(
  tree: WritableTree,
  { baseline }: MirrorState,
  entry: BaselineEntry,
): { path: string; shown: string } | undefined {
  const below: BaselineEntry[] = [];
  let top = entry;
  while (top.parentId !== PARKED_PARENT) {
    below.unshift(top);
    const folder = baseline.get(top.parentId);
    if (folder === undefined) return undefined;
    top = folder;
  }
  const node = tree.parked(top.name);
  if (node === undefined) return undefined;
  return {
    path: [node.at, ...below.map(({ name }) => name)].join('/'),
    shown: [top.parkedFrom ?? node.path, ...below.map(sourceNameOf)].join('/'),
  };
}
