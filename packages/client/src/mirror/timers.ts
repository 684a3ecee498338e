/** Named timers: setting one again replaces it, and stopping ends them all. */
import type { Clock } from '@lanmirror/engine/core';

export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  once(name: string, delayMs: number, work: () => void): void {
    this.#cancels.get(name)?.();
    if (this.#isStopped) return;
    const cancel = this.#clock.after(Math.max(0, delayMs), () => {
      this.#cancels.delete(name);
      work();
    });
    this.#cancels.set(name, cancel);
  }

  every(name: string, intervalMs: number, work: () => void): void {
    this.once(name, intervalMs, () => {
      work();
      this.every(name, intervalMs, work);
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
