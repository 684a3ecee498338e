/**
 * Programs save by renaming a new file over the old one. When both were mirrored, the file that stands here under the old
 * name is judged like one that was written in place: where the rule for comparing leaves it as it is, it becomes the
 * source's entry of that name, and what came as the new file is something that the source does not have any more.
 */
import { isWanted, PARKED_PARENT } from '@lanmirror/engine/core';
import { type BaselineEntry, UNKNOWN_VERSION, withoutWord } from '../state/baseline-entry.ts';
import { isSameTimeHere, type MirrorState } from '../state/mirror-state.ts';
import { wanted } from '../state/placement.ts';

/** Finds such renames among these ids. Returns the ids to be looked at for them. Inside a transaction. */
export function leaveSavedOver(state: MirrorState, ids: Iterable<number>): number[] {
  const found: number[] = [];
  // Where contents count, another one is taken.
  if (state.meta.compare.includes('hash')) return found;
  for (const id of ids) {
    const occupant = leftUnder(state, id);
    const before = state.baseline.get(id);
    if (occupant !== undefined && before !== undefined) found.push(...trade(state, before, occupant));
  }
  return found;
}

/** The file at the new place of a renamed one, if it is gone at the source and the rule leaves it as it is. */
function leftUnder(state: MirrorState, id: number): BaselineEntry | undefined {
  const before = state.baseline.get(id);
  const after = wanted(state, id);
  if (before?.kind !== 'file' || before.parentId === PARKED_PARENT || after?.kind !== 'file')
    return undefined;
  const occupantId = state.baseline.occupantId(after.parentId, after.name);
  if (occupantId === undefined || occupantId === id || state.view.get(occupantId) !== undefined)
    return undefined;
  const occupant = state.baseline.get(occupantId);
  if (occupant?.kind !== 'file' || occupant.isDamaged === true) return undefined;
  const standing = { ...occupant, version: UNKNOWN_VERSION };
  const counting = isWanted(state.meta.compare, after, standing, (here, there) =>
    isSameTimeHere(state, here, there),
  );
  return counting === undefined ? occupant : undefined;
}

function trade(state: MirrorState, before: BaselineEntry, occupant: BaselineEntry): number[] {
  const { baseline } = state;
  const localId = state.newLocalId();
  for (const { id } of [before, occupant]) baseline.remove(id);
  baseline.put({ ...withoutWord(before), id: localId, isGone: true });
  baseline.put({ ...withoutWord(occupant), id: before.id, version: UNKNOWN_VERSION });
  state.markClean(occupant.id);
  const ids = [before.id, localId];
  for (const id of ids) state.markDirty(id);
  return ids;
}
