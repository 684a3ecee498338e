/**
 * Keeps the first problems over a restart, so that what was wrong is known before the first scan is through.
 *
 * Written by the publisher only. A kill leaves those of a moment before; the next scan finds how it is.
 */
import { MAX_REMEMBERED, type ProblemRecord } from '../../core/index.ts';
import { msgpackCodec, type OrderedStore, type Table } from '../../store/index.ts';
import type { ProblemList } from './problem-list.ts';

export class ProblemMemory {
  readonly #store: OrderedStore;
  readonly #table: Table<number, ProblemRecord>;
  #saved: number | undefined;

  constructor(store: OrderedStore) {
    this.#store = store;
    this.#table = store.table('problems', msgpackCodec<ProblemRecord>());
  }

  /** What the last run met. */
  all(): ProblemRecord[] {
    return [...this.#table.range()].map(({ value }) => value);
  }

  /** Writes the list down if it became another one since the last call. Throws StoreError. */
  save(problems: ProblemList): void {
    if (this.#saved === problems.revision) return;
    const list = problems.timed(MAX_REMEMBERED);
    if (list.length > 0 || this.#table.count() > 0) {
      this.#store.transact(() => {
        this.#table.clear();
        for (const [at, { path, code, message, attempts, sinceMs }] of list.entries())
          this.#table.put(at, { path, code, message, attempts, sinceMs });
      });
    }
    this.#saved = problems.revision;
  }
}
