/**
 * The rows of the record of what was cleaned from the source, as this client saw them last: the record is in the target,
 * and a target may lose it, or come back from a backup that has an older one. A kill leaves them one write behind it.
 */
import { createHash } from 'node:crypto';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import type { CleanedRow } from '../clean/record-line.ts';

export class CleanedRows {
  readonly #table: Table<string, CleanedRow>;

  constructor(store: OrderedStore) {
    this.#table = store.table('cleaned', msgpackCodec<CleanedRow>());
  }

  all(): readonly CleanedRow[] {
    return [...this.#table.range()].map(({ value }) => value);
  }

  /** Inside a transaction. */
  save(rows: readonly CleanedRow[], endedPaths: readonly string[]): void {
    for (const path of endedPaths) this.#table.remove(keyOf(path));
    for (const row of rows) this.#table.put(keyOf(row.path), row);
  }
}

/** A path may be longer than a key can be. */
function keyOf(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}
