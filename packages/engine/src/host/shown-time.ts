/**
 * Times that a clock on the wall shows, as moments. Pure. A time is written as that moment at which a clock of UTC would
 * show it, in milliseconds since 1970.
 *
 * A clock that is set forward leaves times out, and one that is set back shows times twice. Both have one rule: a time has
 * come at the first moment at which the clock shows it or a later one.
 */
import type { OffsetAt } from './time-zone.ts';

/** The first time strictly after `ms` (milliseconds since 1970); undefined when there is none. */
export type NextAfter = (ms: number) => number | undefined;

/** No clock was ever set by more, and none is set twice in so short a time. */
const DAY_MS = 24 * 3_600_000;

/** The moments of these times: what is left out comes once, right after the gap, and what is shown twice the first time. */
export function onceShown(shownAfter: NextAfter, offsetAt: OffsetAt): NextAfter {
  return (ms) => {
    const shownMs = shownAfter(latestShown(offsetAt, ms));
    return shownMs === undefined ? undefined : firstMoment(offsetAt, shownMs);
  };
}

/** The latest time that the clock has shown up to this moment. */
function latestShown(offsetAt: OffsetAt, ms: number): number {
  const shownMs = ms + offsetAt(ms);
  const changeMs = changeBetween(offsetAt, ms - DAY_MS, ms);
  return changeMs === undefined ? shownMs : Math.max(shownMs, changeMs - 1 + offsetAt(changeMs - 1));
}

/** The first moment at which the clock shows this time or a later one. */
function firstMoment(offsetAt: OffsetAt, shownMs: number): number {
  const [fromMs, toMs] = [shownMs - DAY_MS, shownMs + DAY_MS];
  const changeMs = changeBetween(offsetAt, fromMs, toMs);
  const before = shownMs - offsetAt(fromMs);
  if (changeMs === undefined || before < changeMs) return before;
  return Math.max(changeMs, shownMs - offsetAt(toMs));
}

/** The first moment after the one and up to the other at which the clock was set; undefined for none. */
function changeBetween(offsetAt: OffsetAt, fromMs: number, toMs: number): number | undefined {
  const before = offsetAt(fromMs);
  if (offsetAt(toMs) === before) return undefined;
  let [sameMs, otherMs] = [fromMs, toMs];
  while (otherMs - sameMs > 1) {
    const middleMs = Math.floor((sameMs + otherMs) / 2);
    if (offsetAt(middleMs) === before) sameMs = middleMs;
    else otherMs = middleMs;
  }
  return otherMs;
}
