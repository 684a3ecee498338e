/** Finds in the history what a person asks for. */
import { setImmediate } from 'node:timers/promises';
import { readPattern, type TypedPattern } from '@lanmirror/engine/host';
import type { HistoryLog } from './history-log.ts';
import type { HistoryRow } from './history-row.ts';

/** Rows that are read without a pause: some milliseconds. */
const SLICE_ROWS = 2000;

export interface HistoryQuery {
  /** As for `trash list`; '' is everything. */
  readonly pattern: string;
  /** Only what happened at or after this, milliseconds since 1970. */
  readonly sinceMs: number;
  /** At most so many rows, the newest. */
  readonly limit: number;
  /** Only what was overwritten without being kept. */
  readonly isLostOnly?: boolean;
  /** Only what has a content before in the trash. */
  readonly isKeptOnly?: boolean;
}

/**
 * Whether a row is about what `pattern` names. Of a rename either name will do. A plain path is also found in
 * what happened to a folder above it as a whole: it went, or got its name, with that folder.
 */
export function rowMatcher(pattern: TypedPattern): (row: HistoryRow) => boolean {
  // What is in the history need not exist: a name may have the characters of a pattern in it, and then means itself.
  const [literal, globbed] = [pattern(() => true), pattern(() => false)];
  const isMatch = (path: string): boolean => literal.isMatch(path) || globbed.isMatch(path);
  const isAbove = (path: string): boolean => path !== '' && literal.mayHold(path);
  return ({ operation, kind, path, from, code }) => {
    if (isMatch(path) || (from !== '' && isMatch(from))) return true;
    const isWhole = operation === 'deleted' || operation === 'renamed' || operation === 'put-away';
    return isWhole && code === '' && kind === 'directory' && (isAbove(path) || isAbove(from));
  };
}

/** What a person asks for, the newest first. Lets others work while it looks, and holds no more than it gives. */
export async function* findRows(log: HistoryLog, query: HistoryQuery): AsyncGenerator<HistoryRow> {
  const { pattern, sinceMs, limit, isLostOnly = false, isKeptOnly = false } = query;
  const isMatch = rowMatcher(await readPattern(pattern));
  let read = 0;
  let left = limit;
  for (const rows of log.newestFirst()) {
    for (const row of rows) {
      if ((isLostOnly && !row.isVersionLost) || (isKeptOnly && row.trash === '')) continue;
      if (row.atMs < sinceMs || !isMatch(row)) continue;
      if (left === 0) return;
      left -= 1;
      yield row;
    }
    read += rows.length;
    if (read < SLICE_ROWS) continue;
    read = 0;
    await setImmediate();
  }
}
