/** Timers that end together, and whose failures one place hears of. */
import type { Clock } from './clock.ts';

export class Timers {
  readonly #clock: Clock;
  readonly #run: (work: () => void) => void;
  readonly #cancels = new Set<() => void>();
  readonly #named = new Map<string, () => void>();
  #isStopped = false;

  /** `run` does the work of every timer; an error that it lets pass is the clock's. */
  constructor(clock: Clock, run: (work: () => void) => void = (work) => work()) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Runs `work` once after `delayMs`, unless it is stopped or cancelled by the returned function. */
  once(delayMs: number, work: () => void): () => void {
    if (this.#isStopped) return () => undefined;
    const end = this.#clock.after(Math.max(0, delayMs), () => {
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

  /** Like `once`, in place of what was set under this name before. */
  replace(name: string, delayMs: number, work: () => void): void {
    this.#named.get(name)?.();
    this.#named.set(name, this.once(delayMs, work));
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
