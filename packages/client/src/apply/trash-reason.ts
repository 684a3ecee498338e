/** Whose it is what goes from the target. Pure. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import type { Stat, TrashReason } from '@lanmirror/engine/tree';
import { type BaselineEntry, isAsLeft, isFromServer } from '../state/baseline-entry.ts';

/**
 * Why what stands at a place goes: only what is as it was left came from the server. Everything else was written by
 * somebody on the mirror, and may be all there is of it.
 */
export function trashReason(
  known: BaselineEntry | undefined,
  there: Stat,
  ours: 'deleted' | 'replaced',
): TrashReason {
  if (known === undefined || known.id < PARKED_PARENT) return 'extra';
  return isFromServer(known) && isAsLeft(known, there) ? ours : 'edited';
}
