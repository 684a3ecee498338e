/** How much of the processor the bulk of the work may take. */
import type { Clock } from './clock.ts';
import type { Pacing } from './pace.ts';

/** So far back what was used counts, ms. */
export const CPU_WINDOW_MS = 5000;
/** Two readings of a window are at least so far apart, ms. */
const APART_MS = 20;
/** Nobody sleeps longer than this, ms: by then the limit may be another one. */
const MAX_REST_MS = 1000;
/** After so much rest something goes in any case, ms: what is not held to the limit may use all of it for ever. */
export const STARVED_MS = 5000;

/**
 * Whole milliseconds of rest after which `usedMs` of processor time in `elapsedMs` is no more than `percent` of the
 * time of one core; 0 when it is already. 0 percent is no limit. Pure.
 */
export function cpuRestMs(usedMs: number, elapsedMs: number, percent: number): number {
  if (percent <= 0) return 0;
  return Math.max(0, Math.ceil((usedMs * 100) / percent - elapsedMs));
}

/**
 * Holds what asks it to a part of the processor, counted over the last seconds in which somebody asked: who comes
 * after a pause has nothing saved. Counts what the whole process uses, on all its threads, whoever it is for.
 */
export class CpuLimit implements Pacing {
  readonly #clock: Clock;
  readonly #percent: () => number;
  readonly #usedMs: () => number;
  #readings: { readonly atMs: number; readonly usedMs: number }[] = [];
  #wentAtMs: number;

  /** `percent`: of one core, as it is set at the moment; 0 for no limit. `usedMs`: processor time since any moment. */
  constructor(clock: Clock, percent: () => number, usedMs: () => number) {
    this.#clock = clock;
    this.#percent = percent;
    this.#usedMs = usedMs;
    this.#wentAtMs = clock.nowMs();
  }

  get bytesPerSecond(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Bytes say nothing of the time they take. */
  spend(): void {}

  restMs(): number {
    const percent = this.#percent();
    if (percent === 0) {
      this.#readings = [];
      return 0;
    }
    const nowMs = this.#clock.nowMs();
    const restMs = this.#restMs(nowMs, percent);
    if (restMs > 0 && nowMs - this.#wentAtMs < STARVED_MS) return Math.min(restMs, MAX_REST_MS);
    this.#wentAtMs = nowMs;
    return 0;
  }

  #restMs(nowMs: number, percent: number): number {
    const usedMs = this.#usedMs();
    const kept = this.#readings.findIndex(({ atMs }) => atMs >= nowMs - CPU_WINDOW_MS);
    if (kept !== 0) this.#readings = kept < 0 ? [] : this.#readings.slice(kept);
    const [first] = this.#readings;
    const lastMs = this.#readings.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    if (nowMs - lastMs >= APART_MS) this.#readings.push({ atMs: nowMs, usedMs });
    if (first === undefined) return 0;
    return cpuRestMs(usedMs - first.usedMs, nowMs - first.atMs, percent);
  }
}

/** Rests as long as `pace` says, in one go or several; at once when it says nothing, or `isOver`. */
export async function rested(pace: Pacing, clock: Clock, isOver: () => boolean): Promise<void> {
  for (let restMs = pace.restMs(); restMs > 0 && !isOver(); restMs = pace.restMs())
    await new Promise<void>((resolve) => void clock.after(restMs, resolve));
}
