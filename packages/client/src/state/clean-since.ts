/**
 * Since when each file is known to be in sync as it is, for the days after which it may go from the source. In the time of
 * the clock of what is kept, which nobody can set ahead. What is lost begins anew: nothing is ever taken for older.
 */
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';

export interface SinceRecord {
  /** Of the content: another one begins anew. */
  readonly version: number;
  /** Of the clock, when it was first seen. */
  readonly ageMs: number;
  /** How long ago its file had been created then; null where that is not known. */
  readonly createdForMs: number | null;
}

export class CleanSince {
  readonly #table: Table<number, SinceRecord>;

  constructor(store: OrderedStore) {
    this.#table = store.table('clean-since', msgpackCodec<SinceRecord>());
  }

  /** What is known of this version; undefined when it was never seen. */
  get(id: number, version: number): SinceRecord | undefined {
    const record = this.#table.get(id);
    return record?.version === version ? record : undefined;
  }

  /** Inside a transaction. */
  put(id: number, record: SinceRecord): void {
    this.#table.put(id, record);
  }

  /** Inside a transaction. The ids mean other files from now on, or the target is another one. */
  clear(): void {
    this.#table.clear();
  }

  /** Inside a transaction. Forgets the ids that `isThere` does not know. */
  sweep(isThere: (id: number) => boolean): void {
    const gone = [...this.#table.range()].map(({ key }) => key).filter((id) => !isThere(id));
    for (const id of gone) this.#table.remove(id);
  }
}
