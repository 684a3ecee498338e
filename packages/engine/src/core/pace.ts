/** A flow that is held to the bandwidth of the moment. Whoever asks sees a new setting, or a new hour, at once. */
import { type Bandwidth, minuteOfWeek, rateAt } from './bandwidth.ts';
import type { Clock } from './clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** Nobody sleeps longer than this, ms: by then the bandwidth may be another one. */
const MAX_REST_MS = 1000;

/** What a flow of pieces asks before each of them. */
export interface Pacing {
  /** What is allowed now; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Bytes that go now; below 0: so many less went than was said. */
  spend(bytes: number): void;
  /** 0 when the next piece may go; else ask again after so many ms. */
  restMs(): number;
}

export class Pace implements Pacing {
  readonly #clock: Clock;
  readonly #bandwidth: () => Bandwidth;
  readonly #bucket: TokenBucket;

  /** `bandwidth`: as it is set at the moment. */
  constructor(clock: Clock, bandwidth: () => Bandwidth) {
    this.#clock = clock;
    this.#bandwidth = bandwidth;
    this.#bucket = new TokenBucket(clock.nowMs());
  }

  get bytesPerSecond(): number {
    const bandwidth = this.#bandwidth();
    return bandwidth.length === 0
      ? Number.POSITIVE_INFINITY
      : rateAt(bandwidth, minuteOfWeek(this.#clock.wallMs()));
  }

  spend(bytes: number): void {
    this.#adjust();
    this.#bucket.spend(bytes, this.#clock.nowMs());
  }

  restMs(): number {
    this.#adjust();
    return Math.min(this.#bucket.restMs(this.#clock.nowMs()), MAX_REST_MS);
  }

  #adjust(): void {
    this.#bucket.setRate(this.bytesPerSecond, this.#clock.nowMs());
  }
}

/** Holds a flow to each of these: what goes counts for all, and it goes when none has to rest. */
export function heldToAll(paces: readonly Pacing[]): Pacing {
  return {
    get bytesPerSecond() {
      return Math.min(...paces.map((pace) => pace.bytesPerSecond));
    },
    spend(bytes) {
      for (const pace of paces) pace.spend(bytes);
    },
    restMs: () => Math.max(0, ...paces.map((pace) => pace.restMs())),
  };
}
