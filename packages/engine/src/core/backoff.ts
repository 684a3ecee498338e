/**
 * How long to wait before trying again: after a lost connection, and for a path that failed.
 * Randomness is an argument (0 <= random01 < 1), so that every delay can be foretold in a test.
 */

import type { TargetKind } from './target-kind.ts';

/** When trying again is worth it: soon, after a while, or not until something changes. */
export type RetryClass = 'now' | 'later' | 'never';

export interface BackoffRange {
  /** No delay is shorter, in milliseconds. */
  readonly minMs: number;
  /** No delay is longer, in milliseconds. */
  readonly maxMs: number;
}

/** Reconnecting: the first try comes within a second, an absent server is asked every 30 s at most. */
export const RECONNECT_RANGE: BackoffRange = { minMs: 500, maxMs: 30_000 };

type RetryRanges = Readonly<Record<RetryClass, BackoffRange | undefined>>;

const RETRY_RANGES: Readonly<Record<TargetKind, RetryRanges>> = {
  local: { now: { minMs: 100, maxMs: 5000 }, later: { minMs: 2000, maxMs: 600_000 }, never: undefined },
  // What is in the way there lasts longer, and every try costs its server something.
  network: {
    now: { minMs: 1000, maxMs: 60_000 },
    later: { minMs: 5000, maxMs: 1_800_000 },
    never: undefined,
  },
};

/**
 * Exponential backoff with full jitter: the delay is spread evenly between `minMs` and a ceiling that
 * doubles with each attempt, so that a hundred clients that lost one server do not return at once.
 * @param attempt attempts that have failed since the last success, less one: 0 for the first delay.
 * @param random01 a random number from 0 to 1.
 * @returns milliseconds from `minMs` to `maxMs`.
 * @throws RangeError when `attempt` is not a whole number from 0 up or `random01` is outside 0 to 1.
 */
export function backoffMs(attempt: number, random01: number, range: BackoffRange = RECONNECT_RANGE): number {
  if (!Number.isInteger(attempt) || attempt < 0) throw new RangeError(`attempt ${attempt}`);
  if (!(random01 >= 0 && random01 <= 1)) throw new RangeError(`random01 ${random01}`);
  const ceilingMs = Math.min(range.maxMs, range.minMs * 2 ** (attempt + 1));
  return range.minMs + random01 * (ceilingMs - range.minMs);
}

/**
 * The delay before a path of the source that could not be read is looked at again, without an event: a second
 * after it was found, then twice as long each time, at most a minute.
 * @param attempts looks that failed, at least 1
 * @returns milliseconds
 */
export function relookDelayMs(attempts: number): number {
  if (!Number.isInteger(attempts) || attempts < 1) throw new RangeError(`attempts ${attempts}`);
  return Math.min(60_000, 1000 * 2 ** (attempts - 1));
}

/**
 * The delay before a failed path is tried again.
 * @returns milliseconds (`now`: 100 ms to 5 s, `later`: 2 s to 10 min; on a network drive 1 s to a minute, and
 * 5 s to half an hour), or `undefined` for `never`: such a path waits for a change of itself.
 */
export function retryDelayMs(
  retryClass: RetryClass,
  attempt: number,
  random01: number,
  kind: TargetKind = 'local',
): number | undefined {
  const range = RETRY_RANGES[kind][retryClass];
  return range === undefined ? undefined : backoffMs(attempt, random01, range);
}
