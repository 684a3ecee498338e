/** How many files went from a source, by the rows of the record. Pure. */
import { type CleanedRow, lookKey } from '../clean/cleaned-record.ts';

/**
 * A copy that was moved has a row for each path that it had: one at whose place nothing stands is no file of its own when
 * another row has the same content, and that stands. `isStanding`: asked only for rows of the same file.
 */
export function countCleaned(rows: readonly CleanedRow[], isStanding: (row: CleanedRow) => boolean): number {
  let count = 0;
  const twins = new Map<string, CleanedRow[]>();
  for (const row of rows) {
    if (row.vacantPath !== undefined) continue;
    const key = row.hash === '' ? row.path : `${lookKey(row)} ${row.cleanedMs} ${row.hash}`;
    const known = twins.get(key);
    if (known === undefined) twins.set(key, [row]);
    else known.push(row);
  }
  for (const same of twins.values())
    count += same.length === 1 ? 1 : same.filter(isStanding).length || same.length;
  return count;
}
