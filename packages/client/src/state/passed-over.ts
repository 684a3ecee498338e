/**
 * Which entries of the source the rule for comparing passes over: what stands here in their places differs, or nothing
 * does, and it stays so. Kept with every change of the view and of the baseline, so that to say how many they are costs
 * nothing; a plan never asks here, but judges what it plans.
 *
 * Written in the transactions that write those two. A kill leaves a table that goes with them.
 */
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';

export class PassedOver {
  readonly #table: Table<number, number>;

  constructor(store: OrderedStore) {
    this.#table = store.table('passed-over', msgpackCodec<number>());
  }

  get count(): number {
    return this.#table.count();
  }

  has(id: number): boolean {
    return this.#table.get(id) !== undefined;
  }

  /** Inside a transaction, as everything that follows. */
  note(id: number, isPassed: boolean): void {
    if (isPassed === this.has(id)) return;
    if (isPassed) this.#table.put(id, 1);
    else this.#table.remove(id);
  }

  clear(): void {
    if (this.#table.count() > 0) this.#table.clear();
  }

  /** Their ids, lowest first. Read to the end before writing. */
  *ids(): Generator<number> {
    for (const { key } of this.#table.range()) yield key;
  }
}
