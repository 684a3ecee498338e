/**
 * Holds a flow of pieces to a rate. A piece goes whole as soon as nothing is owed, and what it took beyond the rate is
 * waited for before the next one. So in any time not more flows than rate x time, what a tenth of a second brings, and
 * one piece. Pure: time is an argument (monotonic milliseconds).
 */

/** What was not used for so long is still allowed: timers come late, and that must not make the flow slower. */
export const CREDIT_MS = 100;
/** Less than a byte is owed by rounding only. */
const NOTHING = 0.5;

export class TokenBucket {
  #rate = Number.POSITIVE_INFINITY;
  /** Bytes that may flow now; below 0 they are owed. */
  #level = 0;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** Bytes a second; Infinity for no limit. */
  get rate(): number {
    return this.#rate;
  }

  /** Another rate from now on: what is owed is waited for by the new one. */
  setRate(bytesPerSecond: number, nowMs: number): void {
    if (bytesPerSecond === this.#rate) return;
    this.#fill(nowMs);
    if (bytesPerSecond === Number.POSITIVE_INFINITY) this.#level = 0;
    this.#rate = bytesPerSecond;
    this.#level = Math.min(this.#level, this.#mostCredit);
  }

  /** A piece of so many bytes goes; below 0: it turned out to be smaller by so many than was spent. */
  spend(bytes: number, nowMs: number): void {
    if (this.#rate === Number.POSITIVE_INFINITY) return;
    this.#fill(nowMs);
    this.#level = Math.min(this.#level - bytes, this.#mostCredit);
  }

  /** Whole milliseconds until the next piece may go; 0 for now. */
  restMs(nowMs: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0;
    this.#fill(nowMs);
    return this.#level > -NOTHING ? 0 : Math.ceil((-this.#level * 1000) / this.#rate);
  }

  get #mostCredit(): number {
    return this.#rate === Number.POSITIVE_INFINITY ? 0 : (this.#rate * CREDIT_MS) / 1000;
  }

  #fill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    if (this.#rate === Number.POSITIVE_INFINITY) return;
    this.#level = Math.min(this.#level + (this.#rate * passedMs) / 1000, this.#mostCredit);
  }
}
