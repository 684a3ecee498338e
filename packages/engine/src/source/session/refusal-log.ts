/**
 * Tells a person who was refused, and why, without flooding the log: a client tries again every few seconds
 * for ever, and a stranger may knock a thousand times a second from as many ports.
 */
import type { Clock } from '../../core/index.ts';

const AGAIN_MS = 60_000;
/** Addresses and reasons that are remembered; the oldest is forgotten first. */
const MAX_KNOWN = 1000;
/** Lines in a minute, whoever they are about. */
const MAX_LINES = 20;

export class RefusalLog {
  readonly #clock: Clock;
  readonly #warn: (text: string) => void;
  /** When each was told last; what is told once is told at no time again. */
  readonly #told = new Map<string, number>();
  #windowMs = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(clock: Clock, warn: (text: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** `peer`: address and port. Told once a minute at most for each address and reason. */
  tell(peer: string, why: string): void {
    this.#tell(peer, why, AGAIN_MS);
  }

  /** The same, told once for each address and reason: it lasts until somebody does something. */
  tellOnce(peer: string, why: string): void {
    this.#tell(peer, why, Number.POSITIVE_INFINITY);
  }

  #tell(peer: string, why: string, againMs: number): void {
    const now = this.#clock.nowMs();
    // A new port for each try is no news.
    const text = `Refused ${peer.replace(/:\d+$/, '')}: ${why}`;
    if (now - (this.#told.get(text) ?? Number.NEGATIVE_INFINITY) < againMs) return;
    if (now - this.#windowMs >= AGAIN_MS) {
      this.#windowMs = now;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines === MAX_LINES) this.#warn('Others were refused too; they are not named for a minute.');
    if (this.#lines >= MAX_LINES) return;
    this.#told.delete(text);
    this.#told.set(text, now);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MAX_KNOWN && oldest !== undefined) this.#told.delete(oldest);
    this.#warn(text);
  }
}
