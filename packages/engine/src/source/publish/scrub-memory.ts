/**
 * Keeps how far the scrub is over a restart, in the store of the index.
 *
 * A kill leaves what was a moment before: a few files are read once more.
 */
import { NEVER_SCRUBBED, type ScrubState } from '../../core/index.ts';
import { msgpackCodec, type OrderedStore, type Table } from '../../store/index.ts';

export interface ScrubRecord {
  readonly state: ScrubState;
  /** Ids of files that gave another content once, and are to be read again before that is believed. */
  readonly doubted: readonly number[];
}

export class ScrubMemory {
  readonly #store: OrderedStore;
  readonly #table: Table<string, ScrubRecord>;

  constructor(store: OrderedStore) {
    this.#store = store;
    this.#table = store.table('scrub', msgpackCodec<ScrubRecord>());
  }

  load(): ScrubRecord {
    return this.#table.get('scrub') ?? { state: NEVER_SCRUBBED, doubted: [] };
  }

  /** Throws StoreError. */
  save(record: ScrubRecord): void {
    this.#store.transact(() => this.#table.put('scrub', record));
  }
}
