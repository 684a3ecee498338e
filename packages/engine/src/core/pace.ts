/** A flow that is held to the bandwidth of the moment. Whoever asks sees a new setting, or a new hour, at once. */
import { type Bandwidth, minuteOfWeek, rateAt } from './bandwidth.ts';
import type { Clock } from './clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** Nobody sleeps longer than this, ms: by then the bandwidth may be another one. */
const MAX_REST_MS = 1000;

export class Pace {
  readonly #clock: Clock;
  readonly #bandwidth: () => Bandwidth;
  readonly #bucket: TokenBucket;

  /** `bandwidth`: as it is set at the moment. */
  constructor(clock: Clock, bandwidth: () => Bandwidth) {
    this.#clock = clock;
    this.#bandwidth = bandwidth;
    this.#bucket = new TokenBucket(clock.nowMs());
  }

  /** What is allowed now; Infinity for no limit. */
  get bytesPerSecond(): number {
    const bandwidth = this.#bandwidth();
    return bandwidth.length === 0
      ? Number.POSITIVE_INFINITY
      : rateAt(bandwidth, minuteOfWeek(this.#clock.wallMs()));
  }

  /** Bytes that go now; below 0: so many less went than was said. */
  spend(bytes: number): void {
    this.#adjust();
    this.#bucket.spend(bytes, this.#clock.nowMs());
  }

  /** 0 when the next piece may go; else ask again after so many ms. */
  restMs(): number {
    this.#adjust();
    return Math.min(this.#bucket.restMs(this.#clock.nowMs()), MAX_REST_MS);
  }

  #adjust(): void {
    this.#bucket.setRate(this.bytesPerSecond, this.#clock.nowMs());
  }
}
