/**
 * When files that nobody touches are read again, to find what a disk has lost in silence. Pure: the state of
 * a pass in, what to do next out.
 */

const DAY_MS = 86_400_000;
/** A rest is so many times as long as the reading before it: at most a tenth of the time is spent on it. */
const REST_FACTOR = 9;
/** Small files are read one after another for so long before a rest. */
export const SCRUB_SPELL_MS = 20;
/** For so long something else has its turn. */
export const SCRUB_BUSY_MS = 5000;
/** While no pass is due, it is asked this often whether one is. */
export const SCRUB_WAIT_MS = 3_600_000;

/** How far a pass is. Kept across restarts. */
export interface ScrubState {
  /** From here the days until the next pass count, wall clock: the first look at the tree, or the end of a pass. */
  readonly sinceMs: number;
  /** When the last pass ended, wall clock; 0 for never. */
  readonly finishedMs: number;
  /** A pass is going on: ids up to `position` were dealt with. */
  readonly isRunning: boolean;
  readonly position: number;
  /** Files read, and found damaged, in the present pass or in the last. */
  readonly read: number;
  readonly found: number;
}

export const NEVER_SCRUBBED: ScrubState = {
  ...{ sinceMs: 0, finishedMs: 0, isRunning: false, position: 0, read: 0, found: 0 },
};

/**
 * The state at `wallMs`, in which a pass runs if it is time for one. `days` is the time between passes; with 0
 * there are none, and one that was begun is given up. A clock that was set back makes nobody wait longer.
 */
export function scrubNow(state: ScrubState, days: number, wallMs: number): ScrubState {
  if (days === 0) return state.isRunning ? { ...state, isRunning: false, sinceMs: wallMs } : state;
  if (state.isRunning) return state;
  const sinceMs = state.sinceMs === 0 ? wallMs : Math.min(state.sinceMs, wallMs);
  if (wallMs - sinceMs < days * DAY_MS) return sinceMs === state.sinceMs ? state : { ...state, sinceMs };
  return { ...state, sinceMs, isRunning: true, position: 0, read: 0, found: 0 };
}

/** The pass has come to its end. */
export function scrubEnded(state: ScrubState, wallMs: number): ScrubState {
  return { ...state, isRunning: false, sinceMs: wallMs, finishedMs: wallMs };
}

/** How long to rest after `readMs` of reading. */
export function scrubRestMs(readMs: number): number {
  return Math.max(1, Math.ceil(readMs * REST_FACTOR));
}
