/** Lets the index forget old removals, a little at a time. Who has not heard of them compares everything. */
import type { Clock, Timers } from '../../core/index.ts';
import type { TreeIndex } from '../index/tree-index.ts';

/** How long removals are remembered, and how many of them. */
export interface TombstoneRule {
  readonly keepMs: number;
  readonly maxCount: number;
}

export const TOMBSTONE_RULE: TombstoneRule = { keepMs: 30 * 24 * 3_600_000, maxCount: 1_000_000 };

const CHECK_MS = 3_600_000;
/** Forgotten in one transaction, so that clients and events have their turn. */
const SLICE = 5000;
const SLICE_PAUSE_MS = 5;

/** Looks once an hour, for the first time at once. A failure of the store is the caller's, through `timers`. */
export function expireTombstones(
  index: TreeIndex,
  clock: Clock,
  timers: Timers,
  { keepMs, maxCount }: TombstoneRule,
): void {
  const look = (): void => {
    // Asked for first: a store that fails now must not be the end of it.
    const cancel = timers.once(CHECK_MS, look);
    const beforeMs = clock.wallMs() - keepMs;
    const isMore = index.transact(() => index.expireTombstones(beforeMs, maxCount, SLICE)).result;
    if (!isMore) return;
    cancel();
    timers.once(SLICE_PAUSE_MS, look);
  };
  timers.once(0, look);
}
