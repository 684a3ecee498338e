/**
 * Opens the record of what was cleaned, with two more witnesses: the state of the same target, and the trash of the
 * source, where that is a folder of this machine.
 */
import { openOwnJournal, type ReadableTree } from '@lanmirror/engine/tree';
import type { MirrorState } from '../state/mirror-state.ts';
import { CleanedRecord } from './cleaned-record.ts';
import { trashWitness } from './trash-witness.ts';

export interface RecordPlace {
  readonly targetDir: string;
  readonly tree: ReadableTree;
  readonly state: MirrorState;
  /** '' for a source that is not of this machine. */
  readonly sourceDir: string;
  /** What it has lost is known, and not written. */
  readonly isReadOnly: boolean;
}

export function openRecord({ targetDir, tree, state, sourceDir, isReadOnly }: RecordPlace): CleanedRecord {
  const journal = openOwnJournal(targetDir, 'cleaned');
  const memory = {
    all: () => state.cleanedRows.all(),
    save: (...[rows, ended]: Parameters<MirrorState['cleanedRows']['save']>) =>
      state.transact(() => state.cleanedRows.save(rows, ended)),
  };
  return new CleanedRecord(
    isReadOnly ? { ...journal, append: () => undefined } : journal,
    memory,
    trashWitness(tree, sourceDir, () => state.baseline.get(state.meta.rootId) === undefined),
  );
}
