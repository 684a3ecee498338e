/**
 * Who has which place on a target that takes different names for one: a table by (parent id, folded name, id).
 * Kept only while names fold; on a plain disk nothing is written and nothing is looked up.
 */
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { hashText } from '@lanmirror/engine/tree';

/** Longer ones are told by their hash: a key of the store has an end. */
const MAX_KEY_LENGTH = 255;

type FoldedKey = readonly [number, string, number];

interface Sibling {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
}

export interface FoldedPlacesHost {
  /** Equal for names that are one name to the target; undefined where each name is its own. */
  folded(name: string): string | undefined;
  /** Told of an entry that became the first of its folded name, or ceased to be, by what came or went beside it. */
  regrouped(id: number): void;
}

export class FoldedPlaces {
  readonly #table: Table<FoldedKey, number>;
  readonly #host: FoldedPlacesHost;

  constructor(store: OrderedStore, name: string, host: FoldedPlacesHost) {
    this.#table = store.table(name, msgpackCodec<number>());
    this.#host = host;
  }

  /** Lowest id in a folder of those whose names fold to this. */
  first(parentId: number, folded: string): number | undefined {
    const key = keyOf(folded);
    const range = { start: [parentId, key, -Infinity] as const, end: [parentId, key, Infinity] as const };
    for (const { value } of this.#table.range({ ...range, limit: 1 })) return value;
    return undefined;
  }

  /** An entry is no longer `before` but `after`; undefined: it was not there, or is gone. Inside a transaction. */
  change(before: Sibling | undefined, after: Sibling | undefined): void {
    const from = before && this.#host.folded(before.name);
    const to = after && this.#host.folded(after.name);
    if (before?.parentId === after?.parentId && from === to) return;
    if (before !== undefined && from !== undefined) this.#leave(before, from);
    if (after !== undefined && to !== undefined) this.#enter(after, to);
  }

  clear(): void {
    this.#table.clear();
  }

  #leave({ id, parentId }: Sibling, folded: string): void {
    const first = this.first(parentId, folded);
    this.#table.remove([parentId, keyOf(folded), id]);
    const next = first === id ? this.first(parentId, folded) : undefined;
    if (next !== undefined) this.#host.regrouped(next);
  }

  #enter({ id, parentId }: Sibling, folded: string): void {
    const first = this.first(parentId, folded);
    this.#table.put([parentId, keyOf(folded), id], id);
    if (first !== undefined && id < first) this.#host.regrouped(first);
  }
}

function keyOf(folded: string): string {
  return folded.length > MAX_KEY_LENGTH ? hashText(folded) : folded;
}
