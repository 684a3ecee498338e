/**
 * Opens the record of what was cleaned, with two more witnesses: the state of the same target, and the trash of the
 * source, where that is a folder of this machine.
 */
import { microseconds } from '@lanmirror/engine/core';
import { listCleaned, openOwnJournal, type ReadableTree } from '@lanmirror/engine/tree';
import type { MirrorState } from '../state/mirror-state.ts';
import { CleanedRecord, type RowWitness } from './cleaned-record.ts';

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
    trashWitness(tree, sourceDir),
  );
}

/** What went to the trash of the source, as far as a file of the same size stands here. */
function trashWitness(tree: ReadableTree, sourceDir: string): RowWitness {
  return (isKnown) => {
    if (sourceDir === '') return [];
    return listCleaned(sourceDir, isKnown).flatMap(({ path, sizeBytes, trashedMs }) => {
      const there = tree.stat(path);
      if (there?.kind !== 'file' || there.sizeBytes !== sizeBytes) return [];
      const mtimeUs = microseconds(there.mtimeNs);
      return [{ path, sizeBytes, mtimeUs, hash: '', cleanedMs: trashedMs }];
    });
  };
}
