/**
 * The values of a table that were used last, decoded: most of what is asked of a tree's tables is asked again within
 * a moment (an entry while it is applied, the folders above it), and decoding costs more than all else of a read.
 *
 * Owns two generations of values; when the younger is full it becomes the older, and what was not asked for since
 * is forgotten. Whoever undoes writes of the table calls `clear`.
 */
import type { Key } from './port.ts';

/** Values that are kept at least, and half of what is kept at most. */
const GENERATION = 4096;

export class ValueCache<V> {
  #young = new Map<number | string, V>();
  #old = new Map<number | string, V>();
  readonly #size: number;

  constructor(size = GENERATION) {
    this.#size = size;
  }

  get(key: Key): V | undefined {
    const name = nameOf(key);
    if (name === undefined) return undefined;
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.#add(name, old);
    return old;
  }

  set(key: Key, value: V): void {
    const name = nameOf(key);
    if (name !== undefined) this.#add(name, value);
  }

  delete(key: Key): void {
    const name = nameOf(key);
    if (name === undefined) return;
    this.#young.delete(name);
    this.#old.delete(name);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #add(name: number | string, value: V): void {
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
