/**
 * Keeps the record of what was cleaned true: a row ends when its file is an ordinary one of both ends again, and a copy
 * that has another path by now gets a row of its own. Nothing is concluded from what only the books say: whether the source has a file
 * again is looked at there.
 */
import { type ReadableTree, TreeError } from '@lanmirror/engine/tree';
import { keptPathOf } from '../plan/kept.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { cleanedRowOf } from './cleaned-guard.ts';
import type { CleanedRecord } from './cleaned-record.ts';

export interface TendHost {
  readonly state: MirrorState;
  readonly target: ReadableTree;
  readonly record: CleanedRecord;
  /** Whether something stands there at the source now. Throws TreeError when that is not known. */
  isAtSource(path: string): boolean;
}

/**
 * Copies that were renamed on the target, with their folder or alone, get a row for their present path. The row of their
 * former path goes with them only when nothing stands there: what does may be another copy, or that one, edited. Throws
 * TreeError.
 */
export function followRenames({ state, target, record }: Omit<TendHost, 'isAtSource'>): void {
  if (record.isEmpty) return;
  record.together(() => {
    for (const entry of state.kept.all()) {
      const path = keptPathOf(state, entry);
      if (path === undefined || record.rowAt(path) !== undefined) continue;
      const row = cleanedRowOf(record, { tree: target, state }, path, entry);
      if (row === undefined) continue;
      if (isVacant(target, row.path)) record.move(row, path);
      else record.copy([{ ...row, path }]);
    }
  });
}

/** What cannot be looked at is not known to be gone. */
function isVacant(target: ReadableTree, path: string): boolean {
  try {
    return target.stat(path) === undefined;
  } catch (error) {
    if (error instanceof TreeError) return false;
    throw error;
  }
}

/** Ends the rows of those of these paths at which both ends have a file that is in sync. Throws TreeError. */
export function endReturned(
  { state, record, isAtSource }: Omit<TendHost, 'target'>,
  paths: readonly string[],
): void {
  record.end(
    paths.filter((path) => {
      const id = state.baseline.idAt(path);
      if (id === undefined || state.view.get(id) === undefined) return false;
      // It is on its way: the next time it is here. What a rule passes over is still the copy that was cleaned.
      const isHere = !state.isDirty(id) && !state.passedOver.has(id);
      if (!isHere) record.suspect(path);
      return isHere && state.view.pathOf(id) === path && isAtSource(path);
    }),
  );
}
