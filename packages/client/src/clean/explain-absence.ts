/**
 * Proves that files which a source has no more were cleaned from it by this mirror: the target says so, and they lie in
 * the trash of the source. After a kill between the last file and the index of the source nothing else tells a source
 * that was cleaned from a disk that is not mounted, and that has no such trash.
 */
import { microseconds } from '@lanmirror/engine/core';
import type { IsExplained } from '@lanmirror/engine/source';
import { cleanedCopy, openLocalSource, openOwnJournal, TreeError } from '@lanmirror/engine/tree';
import { CleanedRecord } from './cleaned-record.ts';

/** What can be said at this moment of files of `sourceDir`. What cannot be read proves nothing. */
export function explainAbsence(sourceDir: string, targetDir: string): IsExplained {
  const record = new CleanedRecord(openOwnJournal(targetDir, 'cleaned'));
  const source = openLocalSource(sourceDir);
  const isProved: IsExplained = (path, { kind, sizeBytes, mtimeUs, hash }) => {
    record.refresh();
    const row = record.rowAt(path);
    if (kind !== 'file' || row === undefined || row.sizeBytes !== sizeBytes) return false;
    if (hash !== null && Buffer.from(hash).toString('hex') !== row.hash) return false;
    // The row has the time that the disk of the target keeps, which may be coarser: here it is the source's own.
    const copy = cleanedCopy(source, path, row.cleanedMs);
    const isAsIndexed = copy?.sizeBytes === sizeBytes && microseconds(copy.mtimeNs) === mtimeUs;
    return copy?.kind === 'file' && isAsIndexed;
  };
  return (path, entry) => {
    try {
      return isProved(path, entry);
    } catch (error) {
      if (error instanceof TreeError) return false;
      throw error;
    } finally {
      source.release();
    }
  };
}
