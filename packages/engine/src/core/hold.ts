/**
 * The guard against mass deletion. Deletes are held for a person when more than half, and at least
 * a hundred, of the entries that existed at the start of a sliding window exist nowhere now. What
 * was born inside the window never counts, so that trying a program out is never held.
 *
 * The state is plain data, kept with the client's own state so that a restart forgets nothing.
 * Times are milliseconds of the wall clock, because they outlive the program.
 */

const BUCKET_MS = 60_000;
/** Full minutes that the window reaches back; with the running minute it is never shorter than that. */
const WINDOW_BUCKETS = 10;

/** The default of HoldPercent, and the share of its index at which a server asks. */
export const HOLD_PERCENT = 50;
/** The default of HoldMin, and the number of entries below which a server does not ask. */
export const HOLD_MIN = 100;

/** What happened within one minute. */
export interface HoldBucket {
  /** Whole minutes since 1970. */
  readonly minute: number;
  /** Entries that appeared in this minute and have not been removed since. */
  readonly born: number;
  /** Entries removed in this minute that had existed when the window began. */
  readonly removed: number;
}

export interface HoldState {
  /** Oldest first; never longer than the window. */
  readonly buckets: readonly HoldBucket[];
}

export const EMPTY_HOLD_STATE: HoldState = { buckets: [] };

export interface HoldPolicy {
  /** Deletes are held when more than this share of the entries is missing, 0 to 100. */
  readonly holdPercent: number;
  /** Fewer missing entries than this are never held. */
  readonly holdMin: number;
}

export interface HoldFacts {
  /** Entries on the target now, before the plan is applied. */
  readonly entries: number;
  /** Entries that the plan would remove and that existed at the start of the window. */
  readonly removing: number;
}

export interface HoldJudgement {
  readonly hold: boolean;
  /** Entries that existed at the start of the window. */
  readonly existed: number;
  /** Those of them that exist nowhere once the plan is applied. */
  readonly missing: number;
  /** Entries that were born inside the window, and are not counted. */
  readonly young: number;
}

/** The instant at which the window ending at `now` began: an entry born before it counts. */
export function windowStart(now: number): number {
  return (minuteOf(now) - WINDOW_BUCKETS) * BUCKET_MS;
}

/** `count` entries appeared on the target at `now`. A rename is not a birth. */
export function recordBorn(state: HoldState, count: number, now: number): HoldState {
  return add(current(state, now), minuteOf(now), { born: count, removed: 0 });
}

/** `count` entries that existed before {@link windowStart} were removed from the target at `now`. */
export function recordRemoved(state: HoldState, count: number, now: number): HoldState {
  return add(current(state, now), minuteOf(now), { born: 0, removed: count });
}

/** `count` entries born at `bornAt`, inside the window, are gone again: as if they had never been. */
export function recordUnborn(state: HoldState, count: number, bornAt: number, now: number): HoldState {
  return add(current(state, now), minuteOf(bornAt), { born: -count, removed: 0 });
}

/** `count` entries that were recorded as removed exist again. They are not births. */
export function recordReturned(state: HoldState, count: number, now: number): HoldState {
  let left = count;
  const buckets = current(state, now)
    .buckets.toReversed()
    .map((bucket) => {
      const taken = Math.min(left, bucket.removed);
      left -= taken;
      return { ...bucket, removed: bucket.removed - taken };
    });
  return { buckets: buckets.reverse() };
}

/** Judges a plan. A plan that removes nothing which counts is never held. */
export function judge(state: HoldState, facts: HoldFacts, policy: HoldPolicy, now: number): HoldJudgement {
  const { buckets } = current(state, now);
  const born = buckets.reduce((sum, bucket) => sum + bucket.born, 0);
  const removed = buckets.reduce((sum, bucket) => sum + bucket.removed, 0);
  const missing = removed + facts.removing;
  const existed = Math.max(missing, removed + facts.entries - born);
  const hold =
    facts.removing > 0 && missing >= policy.holdMin && missing * 100 > existed * policy.holdPercent;
  return { hold, existed, missing, young: born };
}

/**
 * The server's question after it was off: is what is missing from its index believable?
 * @returns `ask` when a person has to say so: everything is missing, or more than half and at least 100.
 */
export function judgeAbsence({
  indexed,
  missing,
}: {
  readonly indexed: number;
  readonly missing: number;
}): 'pass' | 'ask' {
  if (missing <= 0) return 'pass';
  if (missing >= indexed) return 'ask';
  return missing >= HOLD_MIN && missing * 100 > indexed * HOLD_PERCENT ? 'ask' : 'pass';
}

function minuteOf(now: number): number {
  return Math.floor(now / BUCKET_MS);
}

/**
 * The state as of `now`: what is older than the window is gone. Minutes of the future, left by a
 * clock that was set back, are counted as the present one, so that they expire too.
 */
function current(state: HoldState, now: number): HoldState {
  const minute = minuteOf(now);
  const kept = state.buckets.filter((bucket) => bucket.minute >= minute - WINDOW_BUCKETS);
  const past: HoldState = { buckets: kept.filter((bucket) => bucket.minute <= minute) };
  return kept.filter((bucket) => bucket.minute > minute).reduce((sum, late) => add(sum, minute, late), past);
}

/** Adds to one minute; a count never falls below zero. Opens the minute when it is new and something is added. */
function add(
  state: HoldState,
  minute: number,
  { born, removed }: { readonly born: number; readonly removed: number },
): HoldState {
  const known = state.buckets.find((bucket) => bucket.minute === minute) ?? { minute, born: 0, removed: 0 };
  const sum: HoldBucket = {
    minute,
    born: Math.max(0, known.born + born),
    removed: Math.max(0, known.removed + removed),
  };
  const others = state.buckets.filter((bucket) => bucket.minute !== minute);
  if (sum.born === 0 && sum.removed === 0) return { buckets: others };
  return { buckets: [...others, sum].sort((a, b) => a.minute - b.minute) };
}
