/** Timers that end together, and whose failures one place hears of. */
import type { Clock } from '@lanmirror/engine/core';

export class Timers {
  readonly #clock: Clock;
  readonly #run: (work: () => void) => void;
  readonly #cancels = new Set<() => void>();
  #isStopped = false;

  /** `run` does the work of every timer. */
  constructor(clock: Clock, run: (work: () => void) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Runs `work` once after `delayMs`, unless it is stopped or cancelled by the returned function. */
  once(delayMs: number, work: () => void): () => void {
    if (this.#isStopped) return () => undefined;
    const end = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      this.#run(work);
    });
    const cancel = (): void => {
      this.#cancels.delete(cancel);
      end();
    };
    this.#cancels.add(cancel);
    return cancel;
  }

  /** Runs `work` every `intervalMs`, for the first time after one. */
  every(intervalMs: number, work: () => void): void {
    this.once(intervalMs, () => {
      this.every(intervalMs, work);
      work();
    });
  }

  /** Nothing runs any more. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of [...this.#cancels]) cancel();
  }
}
