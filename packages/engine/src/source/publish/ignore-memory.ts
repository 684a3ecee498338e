/**
 * Keeps the rules of ignore files over a restart: one that cannot be read then holds as it was.
 *
 * Written by the publisher only. A kill leaves those of the opening before, which matter only for files that the next
 * scan finds and cannot read.
 */
import type { NumberedRule } from '../../host/index.ts';
import { msgpackCodec, type OrderedStore, type Table } from '../../store/index.ts';

/** An ignore file: its path in the share, and the rules in it. */
export interface RememberedIgnoreFile {
  readonly path: string;
  readonly rules: readonly NumberedRule[];
}

export class IgnoreMemory {
  readonly #store: OrderedStore;
  readonly #table: Table<number, RememberedIgnoreFile>;

  constructor(store: OrderedStore) {
    this.#store = store;
    this.#table = store.table('ignore-rules', msgpackCodec<RememberedIgnoreFile>());
  }

  all(): RememberedIgnoreFile[] {
    return [...this.#table.range()].map(({ value }) => value);
  }

  /** All of them are no more than the rules of a share may be. Throws StoreError. */
  save(files: readonly RememberedIgnoreFile[]): void {
    if (files.length === 0 && this.#table.count() === 0) return;
    this.#store.transact(() => {
      this.#table.clear();
      for (const [at, file] of files.entries()) this.#table.put(at, file);
    });
  }
}
