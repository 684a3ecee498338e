/** What of files that were cleaned is still in the trash of a source of this machine. Reads only. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { displayName } from '@lanmirror/engine/host';
import { dayItems, TRASH, trashDays } from '@lanmirror/engine/tree';
import type { CleanedFile } from './cleaned-desk.ts';

/** For a person who is about to forget these. `sourceDir`: '' for a source that is a server, of which nothing is known. */
export async function trashedText(sourceDir: string, files: readonly CleanedFile[]): Promise<string> {
  if (sourceDir === '') return '';
  const trashDir = join(sourceDir, TRASH);
  // A source that is not mounted looks like one of which the trash was deleted.
  if (await isAbsent(trashDir)) return absentText(displayName(trashDir));
  const [paths, hashes] = [new Set<string>(), new Set<string | undefined>()];
  let isAllRead = true;
  try {
    for (const day of await trashDays(trashDir)) {
      const unreadable = (): void => {
        isAllRead = false;
      };
      for (const { reason, path, look } of await dayItems(trashDir, day, unreadable)) {
        if (reason !== 'cleaned') continue;
        paths.add(path);
        hashes.add(look?.hash);
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    isAllRead = false;
  }
  // One that was renamed here is known there by its content alone.
  const found = files.filter(({ path, hash }) => paths.has(path) || (hash !== '' && hashes.has(hash))).length;
  return sentence(found, files.length, isAllRead, displayName(trashDir));
}

/** What cannot be looked at for another reason is not all read below. */
async function isAbsent(path: string): Promise<boolean> {
  try {
    await access(path);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
}

function absentText(where: string): string {
  return `Whether the trash of the source has any of it is not known: ${where} is not there now, because the source is away, or because that was deleted.`;
}

function sentence(found: number, all: number, isAllRead: boolean, where: string): string {
  const rest = isAllRead ? '' : ' Not all of that could be read.';
  if (found === 0 && !isAllRead)
    return `Whether the trash of the source, ${where}, has any of it is not known.`;
  if (found === 0) return `The trash of the source, ${where}, has none of it any more.`;
  const what =
    found === all
      ? all === 1
        ? 'It is'
        : `All ${all} are`
      : `${found} of the ${all} ${found === 1 ? 'is' : 'are'}`;
  return `${what} still in the trash of the source, ${where}, which is left as it is.${rest}`;
}
