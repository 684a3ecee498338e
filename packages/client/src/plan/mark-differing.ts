/**
 * Compares the whole of view and baseline, a slice of time at once, and marks what differs: a kill in the middle
 * forgets nothing.
 */
import type { Clock } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import type { MirrorState } from '../state/mirror-state.ts';
import { differingIds } from './difference.ts';
import { matchingFiles } from './part.ts';

/** Longest time that a comparison of all keeps the event loop; what it found meanwhile is one transaction. */
const SLICE_MS = 10;

export interface Wanted {
  /** Files count as different although they may be equal: of the part only, where there is one. */
  readonly isForced: boolean;
  /** The only part that is dealt with. */
  readonly part: PathPattern | undefined;
}

/** Returns the ids that differ; all of them are dirty then. No comparison is due any more. */
export async function markDiffering(
  state: MirrorState,
  clock: Clock,
  { isForced, part }: Wanted,
): Promise<number[]> {
  // What is sent again without need is that of the part only: nothing else may differ by that.
  const forced = isForced && part !== undefined ? matchingFiles(state, part) : [];
  const ids: number[] = [];
  const found = differingIds(state, isForced && part === undefined);
  while (state.transact(() => markSlice(state, clock, found, ids))) await clock.turn();
  for (const id of forced) ids.push(id);
  state.transact(() => {
    for (const id of forced) state.markDirty(id);
    state.setMeta({ isCompareDue: false });
  });
  return ids;
}

/** Marks what is found until the time is up; returns whether there may be more. */
function markSlice(state: MirrorState, clock: Clock, found: Iterator<number>, ids: number[]): boolean {
  const endMs = clock.nowMs() + SLICE_MS;
  for (let count = 1; count % 64 > 0 || clock.nowMs() < endMs; count++) {
    const { value, done } = found.next();
    if (done) return false;
    state.markDirty(value);
    ids.push(value);
  }
  return true;
}
