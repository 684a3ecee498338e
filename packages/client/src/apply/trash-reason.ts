/** Whose it is what goes from the target. Pure. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import type { Stat, TrashReason } from '@lanmirror/engine/tree';
import { isDoubtful } from '../plan/doubt.ts';
import { type BaselineEntry, isAsLeft, isFromServer } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { wanted } from '../state/placement.ts';

/**
 * Why what stands at a place goes: only what is as it was left came from the server. Everything else was written by
 * somebody on the mirror, and may be all there is of it. So may a file that was taken over by its size and time, as
 * long as nobody has ever compared its content.
 */
export function trashReason(
  known: BaselineEntry | undefined,
  there: Stat,
  ours: 'deleted' | 'replaced',
): TrashReason {
  if (known === undefined || isExtra(known)) return 'extra';
  const isOurs = known.hash !== null || !isDoubtful(known);
  return isLeftByServer(known, there) && isOurs ? ours : 'edited';
}

/** Whether it goes to the trash in any case: a rule kept it, or a person let it go, who was told that it goes there. */
export function isInTrashAnyway(
  state: Pick<MirrorState, 'isAgreed' | 'baseline'>,
  known: BaselineEntry,
): boolean {
  if (known.isSpared === true) return true;
  // Of a folder that was let go a pass over a part of the tree may take a part.
  let at: BaselineEntry | undefined = known;
  while (at !== undefined && !state.isAgreed(at.id)) at = state.baseline.get(at.parentId);
  return at !== undefined;
}

/**
 * Whether the source has it under another name, or in another folder: to get there it failed, or has to wait, and what
 * comes into its place does not mean it.
 */
export function belongsElsewhere(state: MirrorState, { id, parentId, name }: BaselineEntry): boolean {
  const after = wanted(state, id);
  return after !== undefined && (after.parentId !== parentId || after.name !== name);
}

/** Whether nobody is known to have written to it since it was left here. */
export function isLeftByServer(known: BaselineEntry, there: Stat): boolean {
  return isFromServer(known) && isAsLeft(known, there);
}

/** The server never told of it: it was found here. One that has gone at the source, and lost its id to another, was told. */
export function isExtra({ id, isGone }: Pick<BaselineEntry, 'id' | 'isGone'>): boolean {
  return id < PARKED_PARENT && isGone !== true;
}
