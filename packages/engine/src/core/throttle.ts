/**
 * How hard a target that fails may be worked on: with all workers, with one, or not at all for a while. Pure: each
 * outcome makes the next state of the one before.
 *
 * A fault weighs as much as four files that succeed, so a fault now and then changes nothing, and more than one in five
 * sooner or later slows the work. It is fast again only after many files in a row.
 */
import { backoffMs } from './backoff.ts';
import type { Workers } from './workers.ts';

export interface Throttle {
  readonly level: 'full' | 'one' | 'pause';
  /** Weight of the faults since the level changed; every success makes it less. */
  readonly heat: number;
  /** Successes in a row. */
  readonly calm: number;
  /** Pauses since it last was at full speed. */
  readonly pauses: number;
}

export const UNTHROTTLED: Throttle = { level: 'full', heat: 0, calm: 0, pauses: 0 };

const FAULT_HEAT = 4;
const SUCCESS_COOLS = 1;
const TOO_HOT = 16;
const CALM_AGAIN = 20;
const PAUSE_RANGE = { minMs: 1000, maxMs: 60_000 };

/** After a file was done, or the disk failed. What ends during a pause was begun before it, and counts no more. */
export function afterOutcome(throttle: Throttle, isFault: boolean): Throttle {
  if (throttle.level === 'pause') return throttle;
  return isFault ? afterFault(throttle) : afterSuccess(throttle);
}

function afterFault({ level, heat, pauses }: Throttle): Throttle {
  const hotter = heat + FAULT_HEAT;
  if (hotter < TOO_HOT) return { level, heat: hotter, calm: 0, pauses };
  if (level === 'full') return { level: 'one', heat: 0, calm: 0, pauses };
  return { level: 'pause', heat: 0, calm: 0, pauses: pauses + 1 };
}

function afterSuccess({ level, heat, calm, pauses }: Throttle): Throttle {
  if (level === 'full' || calm + 1 >= CALM_AGAIN)
    return { ...UNTHROTTLED, heat: level === 'full' ? Math.max(0, heat - SUCCESS_COOLS) : 0 };
  return { level, heat: Math.max(0, heat - SUCCESS_COOLS), calm: calm + 1, pauses };
}

/** A pause is over: one worker tries. */
export function afterPause(throttle: Throttle): Throttle {
  return throttle.level === 'pause' ? { ...throttle, level: 'one' } : throttle;
}

/**
 * How long the pause lasts that has begun: a second or two at first, longer with each, at most a minute.
 * @param random01 a random number from 0 to 1
 * @returns milliseconds; 0 while there is no pause
 */
export function pauseMs({ level, pauses }: Throttle, random01: number): number {
  return level === 'pause' ? backoffMs(pauses - 1, random01, PAUSE_RANGE) : 0;
}

/** How many of the workers may work; none in a pause. */
export function throttledWorkers({ level }: Throttle, workers: Workers): Workers {
  if (level === 'full') return workers;
  return level === 'one' ? { most: 1, large: 1 } : { most: 0, large: 0 };
}
