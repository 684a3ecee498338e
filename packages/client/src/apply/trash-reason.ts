/** Whose it is what goes from the target. Pure. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import type { Stat, TrashReason } from '@lanmirror/engine/tree';
import { isDoubtful } from '../plan/doubt.ts';
import { type BaselineEntry, isAsLeft, isFromServer } from '../state/baseline-entry.ts';

/**
 * Why what stands at a place goes: only what is as it was left came from the server. Everything else was written by
 * somebody on the mirror, and may be all there is of it. So may a file that was taken over by its size and time, as
 * long as nobody has compared its content.
 */
export function trashReason(
  known: BaselineEntry | undefined,
  there: Stat,
  ours: 'deleted' | 'replaced',
): TrashReason {
  if (known === undefined || known.id < PARKED_PARENT) return 'extra';
  return isLeftByServer(known, there) && !isDoubtful(known) ? ours : 'edited';
}

/** Whether nobody is known to have written to it since it was left here. */
export function isLeftByServer(known: BaselineEntry, there: Stat): boolean {
  return isFromServer(known) && isAsLeft(known, there);
}
