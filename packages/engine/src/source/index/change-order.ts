/**
 * In which order the entries of the index changed, and which went: what is sent to who has an older state.
 *
 * Owns two tables of the index's store, which are written within its transactions: `order` from sequence to id
 * (below zero for a tombstone), and `removals` from the sequence of a tombstone to its time.
 */

import { type Removal, type SourceEntry, wireBytes } from '@lanmirror/protocol';
import { numberCodec, type OrderedStore, type Table } from '../../store/index.ts';
import { type IndexEntry, toSourceEntry } from './index-entry.ts';

/** About how many bytes a removal takes on the wire. */
const REMOVAL_BYTES = 20;

export interface ChangePart {
  readonly entries: SourceEntry[];
  readonly removed: Removal[];
  /** Everything up to here is in this part or before it. */
  readonly upTo: number;
}

/** Which changes are wanted: those after `sequence`, at most `limit` of them and about `maxBytes` on the wire. */
export interface ChangeRange {
  readonly sequence: number;
  readonly limit: number;
  readonly maxBytes: number;
  /** Tombstones up to here are left out. */
  readonly skipRemovedTo: number;
}

export class ChangeOrder {
  readonly #order: Table<number, number>;
  /** Wall-clock milliseconds at which the tombstone of a sequence was made. */
  readonly #removals: Table<number, number>;

  constructor(store: OrderedStore) {
    this.#order = store.table('order', numberCodec());
    this.#removals = store.table('removals', numberCodec());
  }

  /** The entry last changed at this sequence. */
  put({ sequence, id }: IndexEntry): void {
    this.#order.put(sequence, id);
  }

  /** The entry changes again, or goes. */
  remove({ sequence }: IndexEntry): void {
    this.#order.remove(sequence);
  }

  /** The entry `id` went at this sequence. */
  putTombstone(sequence: number, id: number, wallMs: number): void {
    this.#order.put(sequence, -id);
    this.#removals.put(sequence, wallMs);
  }

  /**
   * Forgets tombstones of before `beforeMs`, and the oldest `excess` of them whatever their age; at most `limit`.
   * Returns their sequences in order.
   */
  expire(beforeMs: number, excess: number, limit: number): number[] {
    const expired: number[] = [];
    for (const { key, value } of [...this.#removals.range({ limit })]) {
      if (value >= beforeMs && expired.length >= excess) break;
      this.#order.remove(key);
      this.#removals.remove(key);
      expired.push(key);
    }
    return expired;
  }

  /** The changes of a range, in order, of an index whose last sequence is `head`; `find` gives an entry as it is now. */
  changesSince(range: ChangeRange, head: number, find: (id: number) => IndexEntry | undefined): ChangePart {
    const { sequence, limit, maxBytes, skipRemovedTo } = range;
    const part: ChangePart = { entries: [], removed: [], upTo: sequence };
    let upTo = sequence;
    let bytes = 0;
    let count = 0;
    for (const { key, value } of this.#order.range({ start: sequence + 1, limit })) {
      if (value < 0) {
        if (key > skipRemovedTo) part.removed.push({ id: -value, sequence: key });
        bytes += REMOVAL_BYTES;
      } else {
        const entry = find(value);
        if (entry === undefined)
          throw new Error(`index: sequence ${key} names entry ${value}, which does not exist`);
        part.entries.push(toSourceEntry(entry));
        bytes += wireBytes(entry);
      }
      upTo = key;
      count += 1;
      if (bytes >= maxBytes) return { ...part, upTo };
    }
    // The last ones may be of removals that are forgotten.
    return { ...part, upTo: count < limit ? head : upTo };
  }
}
