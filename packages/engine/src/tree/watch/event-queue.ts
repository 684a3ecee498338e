/**
 * The kernel's event queue as all watches of one event loop share it: there is one queue for each
 * loop, so an overflow concerns every watcher on it, and closing a watch touches the others too.
 */
import { kernelQueueLength, OverflowDetector } from './overflow.ts';

/**
 * Closing a live watch puts an event into the queue that reaches no callback. So many at a time, as a
 * part of the queue's length, keep such events far below what the detector tolerates.
 */
const CLOSE_SHARE = 1 / 16;

export interface Closable {
  close(): void;
}

export class EventQueue {
  readonly #detector: OverflowDetector;
  readonly #closeBatch: number;
  readonly #onOverflow = new Set<(detail: string) => void>();
  readonly #closing: Closable[] = [];
  #isTurnOpen = false;
  #drained: Promise<void> | undefined;

  /** `queueLength`: events the kernel holds for this event loop before it drops any. */
  constructor(queueLength: number) {
    this.#detector = new OverflowDetector(queueLength);
    this.#closeBatch = Math.max(1, Math.floor(queueLength * CLOSE_SHARE));
  }

  /** `listener` is called, with a text for the log, after each turn that may have lost events. Returns the way to stop that. */
  subscribe(listener: (detail: string) => void): () => void {
    this.#onOverflow.add(listener);
    return () => this.#onOverflow.delete(listener);
  }

  /** To be called first thing in every callback of every watch. */
  countCallback(): void {
    this.#detector.count();
    if (this.#isTurnOpen) return;
    this.#isTurnOpen = true;
    // Immediates run right after the phase in which the whole queue is read.
    setImmediate(() => this.#endTurn());
  }

  /**
   * Closes `watch` once everything that is queued now has been read: events of a closed watch reach no
   * callback, and an overflow would go unseen. The caller ignores its callbacks from now on.
   */
  closeLater(watch: Closable): void {
    this.#closing.push(watch);
    this.#drained ??= this.#closeAll();
  }

  /** Resolves when every watch given to `closeLater` is closed. */
  async drained(): Promise<void> {
    while (this.#drained !== undefined) await this.#drained;
  }

  #endTurn(): void {
    this.#isTurnOpen = false;
    const count = this.#detector.endTurn();
    if (count === undefined) return;
    for (const listener of [...this.#onOverflow]) listener(`${count} events in one turn of the event loop`);
  }

  async #closeAll(): Promise<void> {
    // The first turn may be in the middle of reading; after the second one a whole reading has passed.
    await nextTurn();
    while (this.#closing.length > 0) {
      await nextTurn();
      for (const watch of this.#closing.splice(0, this.#closeBatch)) watch.close();
    }
    this.#drained = undefined;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let queueOfThisLoop: EventQueue | undefined;

/** The queue of the event loop that runs this module: one for each thread. */
export function sharedEventQueue(): EventQueue {
  queueOfThisLoop ??= new EventQueue(kernelQueueLength());
  return queueOfThisLoop;
}
