/**
 * Who may send the next frame of contents when all clients together are held to a bandwidth: one client after the
 * other, whatever each has asked for; of one client's frames those that a person waits for first. Owns the queue, and
 * the timer until the next turn. Events do not come here: they are never held back.
 */
import { MAX_FRAME_BYTES } from '@lanmirror/protocol';
import { type Bandwidth, type Clock, Pace } from '../../core/index.ts';

/** What one connection asks before each of its frames. */
export interface FrameGate {
  /** Resolves when a frame may be made and sent: true, and then `sent` must be called; false when the client has left. */
  turn(): Promise<boolean> | true;
  /** The frame of a turn had so many bytes; 0 when there was none. */
  sent(bytes: number): void;
}

/** For who is held to nothing. */
export const OPEN_GATE: FrameGate = { turn: () => true, sent: () => undefined };

type Waiter = (isGranted: boolean) => void;

export class ContentTurns {
  readonly #clock: Clock;
  readonly #pace: Pace;
  /** By client, in the order of their turns. */
  readonly #waiting = new Map<object, Waiter[]>();
  #cancelTimer: (() => void) | undefined;

  /** `bandwidth`: of all clients together, as it is set at the moment. */
  constructor(clock: Clock, bandwidth: () => Bandwidth) {
    this.#clock = clock;
    this.#pace = new Pace(clock, bandwidth);
  }

  /** What is allowed now; Infinity for no limit. */
  get bytesPerSecond(): number {
    return this.#pace.bytesPerSecond;
  }

  /** For one connection of `client`; what comes by an urgent one goes before its others. */
  gateOf(client: object, isUrgent: boolean): FrameGate {
    return {
      turn: () => this.#turn(client, isUrgent),
      sent: (bytes) => {
        this.#pace.spend(bytes - MAX_FRAME_BYTES);
        this.#next();
      },
    };
  }

  /** The client is gone: nothing of it waits any more. */
  leave(client: object): void {
    const waiters = this.#waiting.get(client) ?? [];
    this.#waiting.delete(client);
    for (const wake of waiters) wake(false);
    if (this.#waiting.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #turn(client: object, isUrgent: boolean): Promise<boolean> | true {
    if (this.#waiting.size === 0 && this.#pace.restMs() === 0) {
      this.#grant();
      return true;
    }
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(client) ?? [];
      if (isUrgent) waiters.unshift(resolve);
      else waiters.push(resolve);
      this.#waiting.set(client, waiters);
      this.#next();
    });
  }

  /** How large a frame is shows when it is made: until then it counts as the largest. */
  #grant(): void {
    this.#pace.spend(MAX_FRAME_BYTES);
  }

  #next(): void {
    while (this.#waiting.size > 0) {
      const restMs = this.#pace.restMs();
      if (restMs > 0) {
        this.#cancelTimer ??= this.#clock.after(restMs, () => {
          this.#cancelTimer = undefined;
          this.#next();
        });
        return;
      }
      const [client, waiters] = this.#waiting.entries().next().value as [object, Waiter[]];
      const wake = waiters.shift();
      // To the end of the queue, behind all others that wait.
      this.#waiting.delete(client);
      if (waiters.length > 0) this.#waiting.set(client, waiters);
      this.#grant();
      wake?.(true);
    }
  }
}
