/** One table of the store in memory: rows sorted by key. */
import { compareKeys, encodeKey } from './key.ts';
import type { Key, RangeOptions, Table, ValueCodec } from './port.ts';
import { decodeStored } from './stored-value.ts';
import type { TransactionGate } from './transaction-gate.ts';
import { ABSENT, type ValueCache } from './value-cache.ts';

export interface Row {
  readonly key: Key;
  readonly bytes: Uint8Array;
}

export type Rows = Row[];

/** Takes one write back; only right when all later ones were taken back before. */
export type Undo = () => void;

export interface MemoryTableParts<V> {
  readonly name: string;
  readonly rows: Rows;
  readonly codec: ValueCodec<V>;
  readonly gate: TransactionGate;
  readonly cache: ValueCache<V> | undefined;
  record(undo: Undo): void;
}

export class MemoryTable<K extends Key, V> implements Table<K, V> {
  readonly #name: string;
  readonly #rows: Rows;
  readonly #codec: ValueCodec<V>;
  readonly #gate: TransactionGate;
  readonly #cache: ValueCache<V> | undefined;
  readonly #record: (undo: Undo) => void;

  constructor({ name, rows, codec, gate, cache, record }: MemoryTableParts<V>) {
    this.#name = name;
    this.#rows = rows;
    this.#codec = codec;
    this.#gate = gate;
    this.#cache = cache;
    this.#record = record;
  }

  get(key: K): V | undefined {
    this.#gate.assertOpen();
    const known = this.#cache?.get(key);
    if (known !== undefined) return known === ABSENT ? undefined : known;
    const row = this.#rows[this.#seek(key)];
    const isThere = row !== undefined && compareKeys(row.key, key) === 0;
    const value = isThere ? this.#decode(row) : undefined;
    this.#cache?.set(key, value === undefined ? ABSENT : value);
    return value;
  }

  put(key: K, value: V): void {
    this.#gate.assertWritable(this.#name);
    // For its refusals: what the store on disk does not take must not pass here.
    encodeKey(key);
    const row = { key: copyKey(key), bytes: new Uint8Array(this.#codec.encode(value)) };
    const at = this.#seek(key);
    const before = this.#rows[at];
    const isReplaced = before !== undefined && compareKeys(before.key, key) === 0;
    this.#rows.splice(at, isReplaced ? 1 : 0, row);
    this.#record(() => this.#rows.splice(at, 1, ...(isReplaced ? [before] : [])));
    this.#cache?.set(key, value);
  }

  remove(key: K): void {
    this.#gate.assertWritable(this.#name);
    this.#cache?.set(key, ABSENT);
    const at = this.#seek(key);
    const row = this.#rows[at];
    if (row === undefined || compareKeys(row.key, key) !== 0) return;
    this.#rows.splice(at, 1);
    this.#record(() => this.#rows.splice(at, 0, row));
  }

  *range(options: RangeOptions<K> = {}): Iterable<{ readonly key: K; readonly value: V }> {
    const { start, end, reverse } = options;
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    let last: K | undefined;
    while (left-- > 0) {
      this.#gate.assertOpen();
      const row = reverse ? this.#before(last ?? end) : this.#after(last, start);
      if (row === undefined || !isInside(row.key, start, end)) return;
      last = row.key as K;
      yield { key: copyKey(last), value: this.#decode(row) };
    }
  }

  count(): number {
    this.#gate.assertOpen();
    return this.#rows.length;
  }

  clear(): void {
    this.#gate.assertWritable(this.#name);
    this.#cache?.clear();
    const rows = this.#rows.splice(0);
    this.#record(() => {
      for (const row of rows) this.#rows.push(row);
    });
  }

  /** Index of the first row at or above `key`. */
  #seek(key: Key): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys((this.#rows[middle] as Row).key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #after(last: Key | undefined, start: Key | undefined): Row | undefined {
    if (last === undefined) return this.#rows[start === undefined ? 0 : this.#seek(start)];
    const at = this.#seek(last);
    const row = this.#rows[at];
    return row !== undefined && compareKeys(row.key, last) === 0 ? this.#rows[at + 1] : row;
  }

  #before(end: Key | undefined): Row | undefined {
    return this.#rows[(end === undefined ? this.#rows.length : this.#seek(end)) - 1];
  }

  /** A copy, because the port allows a codec to be given bytes that are used again. */
  #decode(row: Row): V {
    return decodeStored(this.#codec, this.#name, new Uint8Array(row.bytes));
  }
}

function isInside(key: Key, start: Key | undefined, end: Key | undefined): boolean {
  if (start !== undefined && compareKeys(key, start) < 0) return false;
  return end === undefined || compareKeys(key, end) < 0;
}

function copyKey<K extends Key>(key: K): K {
  return typeof key === 'object' ? ([...key] as unknown as K) : key;
}
