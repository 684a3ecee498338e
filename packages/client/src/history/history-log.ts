/**
 * The table `history`: what happened to the paths of this mirror, in the order in which it happened.
 *
 * Rows are written in the transaction that records what they tell, all of one transaction as one value: a
 * kill loses neither without the other, and a first copy pays for a few hundred values instead of one for
 * each file. The key is the number of the value's first row since the beginning, so the number of rows is
 * a subtraction.
 *
 * What is too old, or too much, goes when something is added, a few values at a time.
 */
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { type HistoryRow, type PackedRow, packRow, unpackRow } from './history-row.ts';

/** Rows that are kept at most: about 100 MB. */
const MAX_ROWS = 1_000_000;
/** Values that are looked at for leaving with each that comes: more than one, so that it gets less. */
const SLICE_VALUES = 8;
const DAY_MS = 24 * 3_600_000;
const DEFAULT_DAYS = 30;

type Rows = readonly PackedRow[];

export class HistoryLog {
  readonly #table: Table<number, Rows>;
  readonly #maxRows: number;
  #days = DEFAULT_DAYS;
  #pending: PackedRow[] = [];
  /** Number of the next row; undefined until something is written. */
  #next: number | undefined;
  /** The oldest value that is kept; undefined until something is written. */
  #oldest: { readonly key: number; readonly endMs: number } | undefined;

  constructor(store: OrderedStore, maxRows = MAX_ROWS) {
    this.#table = store.table('history', msgpackCodec<Rows>());
    this.#maxRows = maxRows;
  }

  /** Notes what happened. It is written with the present transaction of the state, or the next one. */
  note(row: HistoryRow): void {
    if (this.#days > 0) this.#pending.push(packRow(row));
  }

  /** How long rows are kept; 0 keeps none, and none that there are. Inside a transaction. */
  keepFor(days: number): void {
    this.#days = days;
    if (days > 0) return;
    this.#pending = [];
    this.#oldest = undefined;
    if (this.#table.count() > 0) this.#table.clear();
  }

  /** At the end of a transaction. */
  settle(): void {
    if (this.#pending.length === 0) return;
    const rows = this.#pending;
    const key = this.#next ?? this.#nextOnDisk();
    this.#pending = [];
    this.#table.put(key, rows);
    this.#next = key + rows.length;
    this.#oldest ??= this.#readOldest();
    this.#makeRoom(endOf(rows));
  }

  /** The transaction failed: what it was to record did not happen. */
  forget(): void {
    this.#pending = [];
    this.#next = undefined;
    this.#oldest = undefined;
  }

  /** All rows that are kept, those of one transaction at a time, the newest first. May be read across awaits. */
  *newestFirst(): Generator<readonly HistoryRow[]> {
    for (const { value } of this.#table.range({ reverse: true }))
      yield value.flatMap((packed) => unpackRow(packed) ?? []).reverse();
  }

  #nextOnDisk(): number {
    for (const { key, value } of this.#table.range({ reverse: true, limit: 1 })) return key + value.length;
    return 0;
  }

  #readOldest(): { key: number; endMs: number } | undefined {
    for (const { key, value } of this.#table.range({ limit: 1 })) return { key, endMs: endOf(value) };
    return undefined;
  }

  #makeRoom(nowMs: number): void {
    if (this.#oldest === undefined || !this.#mayGo(this.#oldest.key, this.#oldest.endMs, nowMs)) return;
    const going: number[] = [];
    for (const { key, value } of this.#table.range({ limit: SLICE_VALUES })) {
      if (!this.#mayGo(key, endOf(value), nowMs)) break;
      going.push(key);
    }
    for (const key of going) this.#table.remove(key);
    this.#oldest = this.#readOldest();
  }

  #mayGo(key: number, endMs: number, nowMs: number): boolean {
    return endMs < nowMs - this.#days * DAY_MS || (this.#next ?? 0) - key > this.#maxRows;
  }
}

/** When the last of these rows happened. */
function endOf(rows: Rows): number {
  return Number(rows.at(-1)?.[0] ?? 0);
}
