/**
 * Hours in which something is allowed. Pure: when such hours open and close is an argument, so that time zones and
 * days that are an hour longer or shorter are no business of this file.
 */

/** The first moment of its kind strictly after `ms` (milliseconds since 1970); undefined when there is none. */
export type NextAfter = (ms: number) => number | undefined;

/** Hours that come again and again. They begin with the moment of their opening and end before that of their closing. */
export interface TimeWindow {
  readonly opensAfter: NextAfter;
  readonly closesAfter: NextAfter;
}

export interface WindowState {
  readonly isOpen: boolean;
  /** When that changes; undefined for never. */
  readonly changesMs: number | undefined;
}

/** A week has so many openings or closings at most that lead nowhere. */
const MAX_STEPS = 100;

/** Whether `ms` lies in any of these windows, and until when that is so. Without a window it is always open. */
export function windowAt(windows: readonly TimeWindow[], ms: number): WindowState {
  if (windows.length === 0) return { isOpen: true, changesMs: undefined };
  const isOpen = isInAny(windows, ms);
  return { isOpen, changesMs: isOpen ? closingAfter(windows, ms) : openingAfter(windows, ms) };
}

/** The first moment from `ms` on at which one of these windows is open; undefined for never. */
export function openFrom(windows: readonly TimeWindow[], ms: number): number | undefined {
  const { isOpen, changesMs } = windowAt(windows, ms);
  return isOpen ? ms : changesMs;
}

/** In it is who meets its end before its beginning. Where both are one moment, as in an hour that a clock leaves out, there is nothing between. */
function isIn({ opensAfter, closesAfter }: TimeWindow, ms: number): boolean {
  const closes = closesAfter(ms);
  const opens = opensAfter(ms);
  return closes !== undefined && (opens === undefined || closes < opens);
}

function isInAny(windows: readonly TimeWindow[], ms: number): boolean {
  return windows.some((window) => isIn(window, ms));
}

/** One window may go on where another ends. */
function closingAfter(windows: readonly TimeWindow[], ms: number): number | undefined {
  let at = ms;
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const inside = windows.filter((window) => isIn(window, at));
    if (inside.length === 0) return at;
    at = Math.max(...inside.map(({ closesAfter }) => closesAfter(at) ?? Number.POSITIVE_INFINITY));
    if (at === Number.POSITIVE_INFINITY) return undefined;
  }
  return undefined;
}

function openingAfter(windows: readonly TimeWindow[], ms: number): number | undefined {
  let at = ms;
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    at = Math.min(...windows.map(({ opensAfter }) => opensAfter(at) ?? Number.POSITIVE_INFINITY));
    if (at === Number.POSITIVE_INFINITY) return undefined;
    if (isInAny(windows, at)) return at;
  }
  return undefined;
}
