/** What is known of entries that are parked, and of what is below them: their paths are those that they had. Reads the state only. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
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
