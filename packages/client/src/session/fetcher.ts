/**
 * Fetches contents over one connection of a session: numbers the requests, hands each record to its
 * sink, and stops reading from the connection while the sinks are behind.
 */
import {
  type Connection,
  encodeMessage,
  type FetchItem,
  MAX_DIGESTS_BYTES,
  ProtocolError,
  type RecordKind,
  readRecords,
  runBytes,
} from '@lanmirror/protocol';

/** Bytes given to sinks that they have not taken yet, above which nothing more is read ... */
const PAUSE_BYTES = 4 << 20;
/** ... until there are no more than this. */
const RESUME_BYTES = 1 << 20;
/** A byte of a run that is copied here weighs so much less than one that has to be kept. */
const RUN_SHARE = 16;

const FINAL: ReadonlySet<RecordKind> = new Set(['end', 'changed', 'gone', 'unreadable']);

/** The session ended before the answer was complete. */
export class DisconnectedError extends Error {
  constructor() {
    super('the connection was lost');
    this.name = 'DisconnectedError';
  }
}

/**
 * Takes the records of one item, in order. A promise says when the bytes have been taken; the next
 * record may come before. Must not throw for a failing file: an error ends the session.
 */
export type Sink = (kind: RecordKind, payload: Uint8Array) => Promise<void> | undefined;

export interface RunningFetch {
  /** Resolves when every item had its last record or the fetch was cancelled; rejects with DisconnectedError. */
  readonly done: Promise<void>;
  /** Nothing is given to the sinks any more. */
  cancel(): void;
}

interface OpenFetch {
  readonly sinks: readonly Sink[];
  readonly isDone: boolean[];
  left: number;
  resolve(): void;
  reject(error: Error): void;
}

export class Fetcher {
  readonly #connection: Connection;
  readonly #failed: (error: unknown) => void;
  readonly #open = new Map<number, OpenFetch>();
  readonly #cancelled = new Set<number>();
  #next = 1;
  #pendingBytes = 0;
  #isPaused = false;
  #isClosed = false;
  /** Bytes of file contents that came, headers not counted. */
  receivedBytes = 0;

  /** `failed` is told when the peer breaks the protocol or a sink throws. */
  constructor(connection: Connection, failed: (error: unknown) => void) {
    this.#connection = connection;
    this.#failed = failed;
  }

  /** Fetches all items, one sink for each. `digests`: the block list that the only item announces. */
  fetch(items: readonly FetchItem[], sinks: readonly Sink[], digests?: Uint8Array): RunningFetch {
    if (this.#isClosed) return { done: Promise.reject(new DisconnectedError()), cancel: () => undefined };
    const request = this.#next;
    this.#next = (this.#next + 1) % 0xffffffff;
    const done = new Promise<void>((resolve, reject) => {
      this.#open.set(request, { sinks, isDone: items.map(() => false), left: items.length, resolve, reject });
      this.#connection.send(encodeMessage({ type: 'fetch', request, items }));
    });
    for (let at = 0; digests !== undefined && at < digests.length; at += MAX_DIGESTS_BYTES) {
      const part = digests.subarray(at, at + MAX_DIGESTS_BYTES);
      this.#connection.send(encodeMessage({ type: 'blocks', request, digests: part }));
    }
    return { done, cancel: () => this.#cancel(request) };
  }

  /** A data frame came. Throws ProtocolError when it answers nothing that was asked. */
  receive(frame: Uint8Array): void {
    for (const { request, item, kind, payload } of readRecords(frame)) {
      if (kind === 'bytes') this.receivedBytes += payload.length;
      if (this.#cancelled.has(request)) continue;
      const fetch = this.#open.get(request);
      const sink = fetch?.sinks[item];
      if (fetch === undefined || sink === undefined || fetch.isDone[item])
        throw new ProtocolError('record for nothing asked');
      const weight = weightOf(kind, payload);
      const taken = sink(kind, payload);
      if (taken !== undefined) this.#await(taken, weight);
      if (!FINAL.has(kind)) continue;
      fetch.isDone[item] = true;
      fetch.left -= 1;
      if (fetch.left > 0) continue;
      this.#open.delete(request);
      fetch.resolve();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const fetch of this.#open.values()) fetch.reject(new DisconnectedError());
    this.#open.clear();
  }

  /** Frames that are on their way already are ignored. */
  #cancel(request: number): void {
    const fetch = this.#open.get(request);
    if (fetch === undefined) return;
    this.#open.delete(request);
    this.#cancelled.add(request);
    this.#connection.send(encodeMessage({ type: 'cancel', request }));
    fetch.resolve();
  }

  #await(taken: Promise<void>, bytes: number): void {
    this.#pendingBytes += bytes;
    if (!this.#isPaused && this.#pendingBytes > PAUSE_BYTES) {
      this.#isPaused = true;
      this.#connection.pause();
    }
    taken
      .finally(() => {
        this.#pendingBytes -= bytes;
        if (!this.#isPaused || this.#pendingBytes > RESUME_BYTES) return;
        this.#isPaused = false;
        this.#connection.resume();
      })
      .catch(this.#failed);
  }
}

/** What a record counts for while it is not taken: a run is little to keep and much to do. */
function weightOf(kind: RecordKind, payload: Uint8Array): number {
  return kind === 'same' || kind === 'zeros' ? runBytes(payload) / RUN_SHARE : payload.length;
}
