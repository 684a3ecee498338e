/**
 * Keeps the record of what was cleaned true: a row ends when its file is an ordinary one of both ends again, and a copy
 * that has another path by now gets a row of its own. Nothing is concluded from what only the books say: whether the source has a file
 * again is looked at there.
 */
import { type ReadableTree, TreeError } from '@lanmirror/engine/tree';
import { keptPathOf } from '../plan/kept.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { cleanedRowOf } from './cleaned-guard.ts';
import type { CleanedRecord, CleanedRow } from './cleaned-record.ts';
import { hasNoPlace, isSuccessorSame, successorOf } from './row-place.ts';

export interface TendHost {
  readonly state: MirrorState;
  readonly target: ReadableTree;
  readonly record: CleanedRecord;
  /** Whether something stands there at the source now. Throws TreeError when that is not known. */
  isAtSource(path: string): boolean;
}

/**
 * Copies that were renamed on the target, with their folder or alone, get a row for their present path. The row of their
 * former path goes with them only when nothing stands there, or what the source has there: anything else may be another
 * copy, or that one, edited. Throws TreeError.
 */
export function followRenames({ state, target, record }: Omit<TendHost, 'isAtSource'>): void {
  if (record.isEmpty) return;
  record.together(() => {
    for (const entry of state.kept.all()) {
      const path = keptPathOf(state, entry);
      if (path === undefined || record.rowAt(path) !== undefined) continue;
      const row = cleanedRowOf(record, { tree: target, state }, path, entry);
      if (row === undefined) continue;
      if (isVacant(target, row) || record.isReturned(row.path)) record.move(row, path);
      else record.copy([{ row, path }]);
    }
  });
}

/** What cannot be looked at is not known to be gone. */
function isVacant(target: ReadableTree, row: CleanedRow): boolean {
  try {
    return hasNoPlace(row) || target.stat(row.path) === undefined;
  } catch (error) {
    if (error instanceof TreeError) return false;
    throw error;
  }
}

/**
 * Ends the rows of those of these paths at which both ends have a file that is in sync. Of another content than that of the
 * row it proves nothing about the copy, which a person may have moved: that goes on to be known without a place. Throws
 * TreeError.
 */
export function endReturned(
  { state, record, isAtSource }: Omit<TendHost, 'target'>,
  paths: readonly string[],
): void {
  const same: string[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const [row, entry] = [record.rowAt(path), state.baseline.get(state.baseline.idAt(path) ?? 0)];
    if (row === undefined || entry === undefined || state.view.get(entry.id) === undefined) continue;
    // It is on its way: the next time it is here. What a rule passes over is still the copy that was cleaned.
    const isHere = !state.isDirty(entry.id) && !state.passedOver.has(entry.id);
    if (!isHere) record.suspect(path);
    if (!isHere || state.view.pathOf(entry.id) !== path || !isAtSource(path)) continue;
    (isSuccessorSame(row, successorOf(entry)) ? same : others).push(path);
  }
  record.end(same);
  record.displace(others);
}
