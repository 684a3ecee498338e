/**
 * The values of a table that were used last, decoded: most of what is asked of a tree's tables is asked again within
 * a moment (an entry while it is applied, the folders above it), and decoding costs more than all else of a read.
 *
 * Owns two generations of values; when the younger is full it becomes the older, and what was not asked for since
 * is forgotten. That nothing is there is remembered too: a new entry is asked for several times before it is put.
 * Whoever undoes writes of the table calls `clear`.
 */
import type { Key } from './port.ts';

/** Values that are kept at least, and half of what is kept at most. */
const GENERATION = 4096;

/** The table has nothing at a key. */
export const ABSENT = Symbol('absent');

export class ValueCache<V> {
  #young = new Map<number | string, V | typeof ABSENT>();
  #old = new Map<number | string, V | typeof ABSENT>();
  readonly #size: number;

  constructor(size = GENERATION) {
    this.#size = size;
  }

  /** Undefined when it is not known what the table has. */
  get(key: Key): V | typeof ABSENT | undefined {
    const name = nameOf(key);
    if (name === undefined) return undefined;
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.#add(name, old);
    return old;
  }

  set(key: Key, value: V | typeof ABSENT): void {
    const name = nameOf(key);
    if (name !== undefined) this.#add(name, value);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #add(name: number | string, value: V | typeof ABSENT): void {
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, value);
  }
}

/** A number as it is, [number, string] as one string; other keys are not remembered. */
function nameOf(key: Key): number | string | undefined {
  if (typeof key === 'number') return key;
  if (typeof key === 'string' || key.length !== 2) return undefined;
  const [first, second] = key;
  return typeof first === 'number' && typeof second === 'string' ? `${first}\0${second}` : undefined;
}
