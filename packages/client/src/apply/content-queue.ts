/**
 * Which files are fetched next, and which of those on their way are not wanted any more.
 *
 * Owns two lanes of ids (live changes go before the bulk of a first copy) and what is in flight: an id is in one
 * flight at most. In memory: a new run plans again what is not here. Acts on nothing but how a flight is cancelled.
 */
import type { Clock } from '@lanmirror/engine/core';
import { SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { BulkQueue, inOrder, type KeyOf, sortedIds } from './bulk-queue.ts';

/** A unit of small files: enough for the wire to be busy, small enough to be done in a moment. */
const UNIT_FILES = 256;
export const UNIT_BYTES = 1 << 20;

/** What the source has under an id now; undefined when it has nothing. */
export type EntryOf = (id: number) => Pick<SourceEntry, 'kind' | 'version' | 'sizeBytes'> | undefined;

/** Files that are fetched together: small ones, or one large one. */
export interface Unit {
  readonly ids: readonly number[];
  /** Of all of them, as they were when they were taken. */
  readonly bytes: number;
  readonly isLarge: boolean;
  /** The first of them is a live change. */
  readonly isLive: boolean;
}

interface Flight {
  readonly version: number;
  isWantedAgain: boolean;
  cancel(): void;
}

export class ContentQueue {
  readonly #entryOf: EntryOf;
  #keyOf: KeyOf;
  readonly #clock: Clock;
  #live: number[] = [];
  readonly #bulk: BulkQueue;
  readonly #flights = new Map<number, Flight>();

  /** `keyOf`: which files of those that are planned together go first; undefined for none. */
  constructor(entryOf: EntryOf, keyOf: KeyOf, clock: Clock) {
    this.#entryOf = entryOf;
    this.#keyOf = keyOf;
    this.#clock = clock;
    this.#bulk = new BulkQueue(keyOf, clock);
  }

  /** Nothing waits to be taken; something may be in flight. */
  get isEmpty(): boolean {
    return this.#live.length === 0 && this.#bulk.isEmpty;
  }

  /** What is taken next is a large file. */
  get isLargeNext(): boolean {
    return this.#isLarge(this.#peek());
  }

  /** Files of a plan: a few go before everything else, many after everything that is queued. Resolves when they are. */
  async add(ids: readonly number[], isBulk: boolean): Promise<void> {
    this.supersede(ids);
    if (isBulk) await this.#bulk.add(ids);
    else for (const id of await this.#ordered(ids)) this.#live.push(id);
  }

  /** Another order for what waits and what comes. Resolves when all is in it. */
  async reorder(keyOf: KeyOf): Promise<void> {
    this.#keyOf = keyOf;
    // At once: these are few, and none of them may be out of the queue for a moment.
    if (keyOf !== undefined) this.#live = inOrder(this.#live, keyOf);
    await this.#bulk.reorder(keyOf);
  }

  /** These entries changed or went: what is in flight of an older version is cancelled. */
  supersede(ids: Iterable<number>): void {
    for (const id of ids) {
      const flight = this.#flights.get(id);
      if (flight !== undefined && this.#entryOf(id)?.version !== flight.version) flight.cancel();
    }
  }

  /** To be taken before all that only waits in bulk, once each. */
  requeue(ids: readonly number[]): void {
    const queued = new Set(this.#live);
    for (const id of ids) if (!queued.has(id)) this.#live.push(id);
  }

  /** The next small files that fit into a unit, or one large file: in flight until they {@link land}. */
  take(): Unit | undefined {
    const isLive = this.#live.length > 0;
    const ids: number[] = [];
    let bytes = 0;
    for (let id = this.#peek(); id !== undefined; id = this.#peek()) {
      const { sizeBytes = 0, version = 0 } = this.#entryOf(id) ?? {};
      const isLarge = sizeBytes > SMALL_FILE_BYTES;
      if (ids.length > 0 && (isLarge || bytes + sizeBytes > UNIT_BYTES)) break;
      this.#skip();
      if (!this.#begin(id, version)) continue;
      ids.push(id);
      bytes += sizeBytes;
      if (isLarge || ids.length === UNIT_FILES) break;
    }
    const [first] = ids;
    return first === undefined
      ? undefined
      : { ids, bytes, isLarge: ids.length === 1 && this.#isLarge(first), isLive };
  }

  /** Returns whether the file is not on its way already; one that is comes back here when it lands. */
  #begin(id: number, version: number): boolean {
    const flight = this.#flights.get(id);
    if (flight === undefined)
      this.#flights.set(id, { version, isWantedAgain: false, cancel: () => undefined });
    else flight.isWantedAgain = true;
    return flight === undefined;
  }

  /** How the flight of an id is ended from now on, when nobody wants it any more. */
  onCancel(id: number, cancel: () => void): void {
    const flight = this.#flights.get(id);
    if (flight !== undefined) flight.cancel = cancel;
  }

  /** Nobody wants what is in flight for this id. It has to {@link land} all the same. */
  cancel(id: number): void {
    this.#flights.get(id)?.cancel();
  }

  /** Their flight is over. What the source changed while it was on its way has a newer version by now: once more. */
  land(ids: readonly number[]): void {
    const again = ids.filter((id) => {
      const flight = this.#flights.get(id);
      const now = this.#entryOf(id);
      this.#flights.delete(id);
      return now?.kind === 'file' && (flight?.isWantedAgain === true || now.version !== flight?.version);
    });
    this.requeue(again);
  }

  #ordered(ids: readonly number[]): Iterable<number> | Promise<Iterable<number>> {
    if (this.#keyOf === undefined || ids.length < 2) return ids;
    return sortedIds(ids, this.#keyOf, this.#clock);
  }

  #isLarge(id: number | undefined): boolean {
    return id !== undefined && (this.#entryOf(id)?.sizeBytes ?? 0) > SMALL_FILE_BYTES;
  }

  #peek(): number | undefined {
    return this.#live[0] ?? this.#bulk.peek();
  }

  #skip(): void {
    if (this.#live.length > 0) this.#live.shift();
    else this.#bulk.skip();
  }
}
