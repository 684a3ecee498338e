/**
 * The values of a table that were used last, decoded: most of what is asked of a tree's tables is asked again within
 * a moment (an entry while it is applied, the folders above it), and decoding costs more than all else of a read.
 *
 * Owns two generations of values; when the younger is full it becomes the older, and what was not asked for since
 * is forgotten. That nothing is there is remembered too: a new entry is asked for several times before it is put.
 * Whoever undoes writes of the table calls `clear`.
 */
import type { Key } from './port.ts';

/** Values that are kept at least, and half of what is kept at most. A pair with another number counts as several. */
const GENERATION = 4096;
/** What the first pair with a number takes, in values. */
const FIRST_OF_NUMBER = 4;

/** The table has nothing at a key. */
export const ABSENT = Symbol('absent');

type Known<V> = V | typeof ABSENT;

export class ValueCache<V> {
  #young = new Generation<Known<V>>();
  #old = new Generation<Known<V>>();
  readonly #size: number;

  constructor(size = GENERATION) {
    this.#size = size;
  }

  /** Undefined when it is not known what the table has. */
  get(key: Key): Known<V> | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Known<V>): void {
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.set(key, value);
  }

  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }
}

/** Values by a number, or by a number and a string; what has another key is not kept. */
class Generation<V> {
  readonly #numbered = new Map<number, V>();
  /** One level for each part: to make one string of a pair takes several times as long as to find the value. */
  readonly #paired = new Map<number, Map<string, V>>();
  #size = 0;

  /** How much is kept, in values. */
  get size(): number {
    return this.#size;
  }

  get(key: Key): V | undefined {
    if (typeof key === 'number') return this.#numbered.get(key);
    if (!isPair(key)) return undefined;
    return this.#paired.get(key[0])?.get(key[1]);
  }

  set(key: Key, value: V): void {
    if (typeof key === 'number') this.#put(this.#numbered, key, value);
    else if (isPair(key)) this.#put(this.#namesOf(key[0]), key[1], value);
  }

  #put<K>(values: Map<K, V>, key: K, value: V): void {
    const before = values.size;
    values.set(key, value);
    this.#size += values.size - before;
  }

  #namesOf(first: number): Map<string, V> {
    const known = this.#paired.get(first);
    if (known !== undefined) return known;
    const names = new Map<string, V>();
    this.#paired.set(first, names);
    this.#size += FIRST_OF_NUMBER - 1;
    return names;
  }
}

function isPair(key: Key): key is readonly [number, string] {
  return (
    typeof key === 'object' && key.length === 2 && typeof key[0] === 'number' && typeof key[1] === 'string'
  );
}
