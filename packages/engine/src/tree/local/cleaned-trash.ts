/** What was cleaned from a source of this machine, as its own trash says. Reads only. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CleanedLook, JOURNAL, readRecords } from '../trash/journal.ts';
import { guard, guardAbsence } from './fs-error.ts';
import { TRASH } from './own-folder.ts';

export interface CleanedFile {
  /** At the source, before it went. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly trashedMs: number;
  /** As it came there, if that was written down and its size is still the same. */
  readonly look?: CleanedLook | undefined;
}

/**
 * The files in the trash of the source at `root` that were cleaned from it, without those of paths that are `isKnown`. Of a
 * path that went more than once each. Throws TreeError when that cannot be read.
 */
export function listCleaned(root: string, isKnown: (path: string) => boolean): readonly CleanedFile[] {
  const folder = `${TRASH}/${JOURNAL}`;
  const names = guardAbsence(folder, () => readdirSync(join(root, folder))) ?? [];
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      const text = guard(path, () => readFileSync(join(root, path), 'utf8'));
      return [...readRecords(text).values()]
        .filter((record) => record.reason === 'cleaned' && !isKnown(record.path))
        .flatMap(({ at, path: from, trashedMs, look }) => {
          const stat = guardAbsence(at, () => lstatSync(join(root, TRASH, at)));
          if (stat?.isFile() !== true) return [];
          const known = look?.sizeBytes === stat.size ? { look } : {};
          return [{ path: from, sizeBytes: stat.size, trashedMs, ...known }];
        });
    });
}
