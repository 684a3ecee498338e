/** One table of the store on disk: a named database of LMDB with keys and values as bytes. */
import type { Database } from 'lmdb';
import { asBuffer } from './buffer.ts';
import { decodeKey, encodeKey } from './key.ts';
import type { Key, RangeOptions, Table, ValueCodec } from './port.ts';
import { decodeStored } from './stored-value.ts';
import type { TransactionGate } from './transaction-gate.ts';
import { ABSENT, type ValueCache } from './value-cache.ts';

/** Keys read in one go; the first run is short because many ranges are. */
const FIRST_RUN = 32;
const LONGEST_RUN = 1024;
/** Sorts before every key. */
const LOWEST = Uint8Array.of(0);

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

interface Bounds {
  readonly start: Uint8Array | undefined;
  readonly end: Uint8Array | undefined;
}

export interface LmdbTableParts<V> {
  readonly name: string;
  readonly database: Database<Buffer, Uint8Array>;
  readonly codec: ValueCodec<V>;
  readonly gate: TransactionGate;
  readonly cache: ValueCache<V> | undefined;
  explain(error: unknown): Error;
}

export class LmdbTable<K extends Key, V> implements Table<K, V> {
  readonly #name: string;
  readonly #database: Database<Buffer, Uint8Array>;
  readonly #codec: ValueCodec<V>;
  readonly #gate: TransactionGate;
  readonly #cache: ValueCache<V> | undefined;
  readonly #explain: (error: unknown) => Error;

  constructor({ name, database, codec, gate, cache, explain }: LmdbTableParts<V>) {
    this.#name = name;
    this.#database = database;
    this.#codec = codec;
    this.#gate = gate;
    this.#cache = cache;
    this.#explain = explain;
  }

  get(key: K): V | undefined {
    this.#gate.assertOpen();
    const known = this.#cache?.get(key);
    if (known !== undefined) return known === ABSENT ? undefined : known;
    const shared = this.#act(() => this.#database.getBinaryFast(encodeKey(key)));
    // Good until the next read, as a view: of what comes, the length alone is that of the value.
    const value = shared === undefined ? undefined : this.#decode(shared.subarray(0, shared.length));
    this.#cache?.set(key, value === undefined ? ABSENT : value);
    return value;
  }

  put(key: K, value: V): void {
    this.#gate.assertWritable(this.#name);
    const bytes = this.#codec.encode(value);
    this.#act(() => this.#database.putSync(encodeKey(key), asBuffer(bytes)));
    this.#cache?.set(key, value);
  }

  remove(key: K): void {
    this.#gate.assertWritable(this.#name);
    this.#act(() => this.#database.removeSync(encodeKey(key)));
    this.#cache?.set(key, ABSENT);
  }

  *range(options: RangeOptions<K> = {}): Iterable<{ readonly key: K; readonly value: V }> {
    let { start, end } = boundsOf(options);
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const isReverse = options.reverse ?? false;
    let last: Uint8Array | undefined;
    for (let run = FIRST_RUN; left > 0; run = Math.min(run * 2, LONGEST_RUN)) {
      const wanted = Math.min(run, left);
      const entries = this.#read({ start, end }, last, wanted, isReverse);
      for (const { key, value } of entries) yield { key: decodeKey(key) as K, value: this.#decode(value) };
      if (entries.length < wanted) return;
      left -= entries.length;
      last = entries.at(-1)?.key;
      if (isReverse) end = last;
      else start = last;
    }
  }

  count(): number {
    return this.#act(() => (this.#database.getStats() as { entryCount: number }).entryCount);
  }

  clear(): void {
    this.#gate.assertWritable(this.#name);
    this.#act(() => this.#database.clearSync());
    this.#cache?.clear();
  }

  /** Up to `limit` entries within the bounds that come after `last`. */
  #read(bounds: Bounds, last: Uint8Array | undefined, limit: number, isReverse: boolean): Entry[] {
    const { start, end } = bounds;
    const range = isReverse
      ? { ...(end && { start: end }), exclusiveStart: true, end: start ?? LOWEST, inclusiveEnd: true }
      : { start: start ?? LOWEST, exclusiveStart: last !== undefined, ...(end && { end }) };
    return this.#act(() => {
      const entries: Entry[] = [];
      const found = this.#database.getRange({ ...range, reverse: isReverse, limit } as object);
      for (const { key, value } of found) entries.push({ key, value });
      return entries;
    });
  }

  #decode(bytes: Uint8Array): V {
    return decodeStored(this.#codec, this.#name, bytes);
  }

  #act<T>(work: () => T): T {
    this.#gate.assertOpen();
    try {
      return work();
    } catch (error) {
      throw this.#explain(error);
    }
  }
}

/** Copies, because encoded keys are valid only until the next one is encoded. */
function boundsOf(options: RangeOptions<Key>): Bounds {
  return {
    start: options.start === undefined ? undefined : new Uint8Array(encodeKey(options.start)),
    end: options.end === undefined ? undefined : new Uint8Array(encodeKey(options.end)),
  };
}
