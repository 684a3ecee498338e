/**
 * Ids without duplicates. A plan of a first copy is about every entry there is: with a million of them each `Set`
 * would take 40 MB, several times over.
 */

/** What is asked of a set of ids that does not change any more. */
export interface IdSet extends Iterable<number> {
  readonly size: number;
  has(id: number): boolean;
}

type IdList = readonly number[] | IdSet;

/** From here on the order of the ids is given up for their memory. */
const MANY = 10_000;

/** Few ids stay in the order in which they come first; many are sorted, at eight bytes each. */
export function idSet(...lists: readonly IdList[]): IdSet {
  const count = lists.reduce((sum, list) => sum + sizeOf(list), 0);
  if (count < MANY) return new Set(lists.flatMap((list) => [...list]));
  const ids = new Float64Array(count);
  let at = 0;
  for (const list of lists) for (const id of list) ids[at++] = id;
  return new SortedIds(ids);
}

class SortedIds implements IdSet {
  readonly #ids: Float64Array;
  readonly size: number;

  /** `ids` in any order; they are taken over. */
  constructor(ids: Float64Array) {
    ids.sort();
    let size = 0;
    for (const id of ids) if (size === 0 || ids[size - 1] !== id) ids[size++] = id;
    this.#ids = ids.subarray(0, size);
    this.size = size;
  }

  has(id: number): boolean {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] as number) < id) low = middle + 1;
      else high = middle;
    }
    return this.#ids[low] === id;
  }

  [Symbol.iterator](): Iterator<number> {
    return this.#ids[Symbol.iterator]();
  }
}

function sizeOf(list: IdList): number {
  return 'length' in list ? list.length : list.size;
}
