/**
 * Who may send the next frame of contents when all clients together are held to a pace: one client after the other,
 * whatever each has asked for; of one client's frames those that a person waits for first. The clients of one share
 * may be held to another pace beside it, and those of the others pass them then. Owns the queue, and the timer until
 * the next turn. Events do not come here: they are never held back.
 */
import { MAX_FRAME_BYTES } from '@lanmirror/protocol';
import { type Clock, heldToAll, type Pacing, pieceBytes } from '../../core/index.ts';

/** What one connection asks before each of its frames. */
export interface FrameGate {
  /** Resolves when a frame may be made and sent: true, and then `sent` must be called; false when the client has left. */
  turn(): Promise<boolean> | true;
  /** How large the next frame is to be, bytes; what cannot be divided may be larger. */
  readonly frameBytes: number;
  /** The frame of a turn had so many bytes; 0 when there was none. */
  sent(bytes: number): void;
}

/** For who is held to nothing. */
export const OPEN_GATE: FrameGate = {
  turn: () => true,
  frameBytes: MAX_FRAME_BYTES,
  sent: () => undefined,
};

/** Smaller ones are more headers and calls than contents. */
const LEAST_FRAME_BYTES = 16 * 1024;

/** Turns for the clients of one share, or of all. */
export interface Turns {
  /** What is allowed now; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** For one connection of `client`; what comes by an urgent one goes before its others. */
  gateOf(client: object, isUrgent: boolean): FrameGate;
  /** The client is gone: nothing of it waits any more. */
  leave(client: object): void;
}

type Waiter = (isGranted: boolean) => void;

interface Queue {
  /** To which the client is held: the pace of all, and that of its share. */
  readonly pace: Pacing;
  readonly waiters: Waiter[];
}

export class ContentTurns implements Turns {
  readonly #clock: Clock;
  readonly #pace: Pacing;
  /** By client, in the order of their turns. */
  readonly #waiting = new Map<object, Queue>();
  #cancelTimer: (() => void) | undefined;

  /** `pace`: of all clients together. */
  constructor(clock: Clock, pace: Pacing) {
    this.#clock = clock;
    this.#pace = pace;
  }

  get bytesPerSecond(): number {
    return this.#pace.bytesPerSecond;
  }

  gateOf(client: object, isUrgent: boolean): FrameGate {
    return this.#gateOf(client, isUrgent, this.#pace);
  }

  /** The turns of one share, whose clients together are held to `own`, too. */
  within(own: Pacing): Turns {
    const pace = heldToAll([this.#pace, own]);
    return {
      get bytesPerSecond() {
        return pace.bytesPerSecond;
      },
      gateOf: (client, isUrgent) => this.#gateOf(client, isUrgent, pace),
      leave: (client) => this.leave(client),
    };
  }

  leave(client: object): void {
    const waiters = this.#waiting.get(client)?.waiters ?? [];
    this.#waiting.delete(client);
    for (const wake of waiters) wake(false);
    if (this.#waiting.size === 0) this.#cancel();
  }

  #gateOf(client: object, isUrgent: boolean, pace: Pacing): FrameGate {
    return {
      turn: () => this.#turn(client, isUrgent, pace),
      get frameBytes() {
        return pieceBytes(pace.bytesPerSecond, LEAST_FRAME_BYTES, MAX_FRAME_BYTES);
      },
      sent: (bytes) => {
        pace.spend(bytes - MAX_FRAME_BYTES);
        this.#next();
      },
    };
  }

  #turn(client: object, isUrgent: boolean, pace: Pacing): Promise<boolean> | true {
    if (this.#waiting.size === 0 && pace.restMs() === 0) {
      grant(pace);
      return true;
    }
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(client)?.waiters ?? [];
      if (isUrgent) waiters.unshift(resolve);
      else waiters.push(resolve);
      this.#waiting.set(client, { pace, waiters });
      this.#next();
    });
  }

  /** Gives turns to those whose turn it is, and looks again when the next one may have his. */
  #next(): void {
    this.#cancel();
    while (this.#waiting.size > 0) {
      const { ready, restMs } = this.#first();
      if (ready === undefined) {
        this.#cancelTimer = this.#clock.after(restMs, () => this.#next());
        return;
      }
      const [client, queue] = ready;
      const wake = queue.waiters.shift();
      // To the end of the queue, behind all others that wait.
      this.#waiting.delete(client);
      if (queue.waiters.length > 0) this.#waiting.set(client, queue);
      grant(queue.pace);
      wake?.(true);
    }
  }

  /** The first client that need not rest; without one, how long all of them have to. */
  #first(): { readonly ready?: [object, Queue]; readonly restMs: number } {
    let shortest = this.#pace.restMs();
    if (shortest > 0) return { restMs: shortest };
    shortest = Number.POSITIVE_INFINITY;
    for (const [client, queue] of this.#waiting) {
      const restMs = queue.pace.restMs();
      if (restMs === 0) return { ready: [client, queue], restMs };
      shortest = Math.min(shortest, restMs);
    }
    return { restMs: shortest };
  }

  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

/** How large a frame is shows when it is made: until then it counts as the largest. */
function grant(pace: Pacing): void {
  pace.spend(MAX_FRAME_BYTES);
}
