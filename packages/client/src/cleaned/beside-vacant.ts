/** What stays in a folder only because the place of a row is empty there, and has no row of its own. Reads only. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import { joinPath, parentOf } from '@lanmirror/protocol';
import { rowAfter } from '../clean/cleaned-guard.ts';
import type { CleanedRecord, CleanedRow } from '../clean/cleaned-record.ts';
import { shownPathOf } from '../clean/row-place.ts';
import { idHere } from '../plan/kept.ts';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';

export interface BesideHost {
  readonly state: MirrorState;
  readonly record: CleanedRecord;
  /** Whether an entry that is kept stays by the rule for deletions, whatever was cleaned. */
  isKeptByRule(path: string, entry: BaselineEntry): boolean;
}

/**
 * The rows that such entries would have if they had come when the places of these were empty: a rule kept them before
 * that, and does so no longer.
 */
export function besideVacant(
  { state, record, isKeptByRule }: BesideHost,
  vacant: readonly CleanedRow[],
): CleanedRow[] {
  const byFolder = new Map(vacant.map((row) => [parentOf(shownPathOf(row)), row]));
  const found: CleanedRow[] = [];
  for (const [folder, row] of byFolder) {
    const id = folder === '' ? state.meta.rootId : idHere(state, folder);
    for (const entry of id === undefined ? [] : state.kept.children(id)) {
      const path = joinPath(folder, entry.sourceName ?? entry.name);
      const isOnlyHere = entry.kind !== 'directory' && entry.id < PARKED_PARENT;
      if (isOnlyHere && record.rowAt(path) === undefined && !isKeptByRule(path, entry))
        found.push({ ...rowAfter(row, entry.disk), path });
    }
  }
  return found;
}
