/** What is in a trash: every file and link, with where it was, when it went and why. */
import { constants } from 'node:fs';
import { lstat, opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPath } from '@lanmirror/protocol';
import { type CleanedLook, journalOf, readRecords, type TrashReason, type TrashRecord } from './journal.ts';
import { isMounted, mountedInTrash, trashMounts } from './mounted.ts';

const DAY = /^\d{4}-\d\d-\d\d( ~\d{6}(-\d+)?)?$/;
/** O_NONBLOCK: a FIFO in the place of a journal would be waited for for ever. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** What is added to a name that is taken. */
const SUFFIX = / ~\d{6}(-\d+)?$/;

export interface TrashItem {
  /** Relative to the trash. */
  readonly at: string;
  /** Where it was, relative to the target; without a record, what its place in the trash tells. */
  readonly path: string;
  readonly trashedMs: number;
  readonly reason: TrashReason | 'unknown';
  /** It went by itself; false: with a folder, in which others may have put it. */
  readonly isAlone: boolean;
  readonly kind: 'file' | 'link';
  readonly sizeBytes: number;
  /** How a cleaned file came here; undefined for anything else, and where that was not written down. */
  readonly look?: CleanedLook | undefined;
  /** Of what came with a folder that was cleaned: when anything in that was written last, microseconds since 1970. */
  readonly writtenUs?: number | undefined;
}

/** Told of what could not be looked at. */
export type Unreadable = (path: string, error: NodeJS.ErrnoException) => void;

/** Days with something in the trash, the oldest first. No trash has none. */
export async function trashDays(trashDir: string): Promise<string[]> {
  const days: string[] = [];
  try {
    for await (const entry of await opendir(trashDir))
      if (entry.isDirectory() && DAY.test(entry.name)) days.push(entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return days.sort();
}

/**
 * Everything of one day, in the order in which it went. What vanishes meanwhile is left out, and so is what is mounted
 * there, which `unreadable` is told with the code MOUNTED.
 */
export async function dayItems(trashDir: string, day: string, unreadable: Unreadable): Promise<TrashItem[]> {
  const records = readRecords(await journalText(trashDir, day, unreadable));
  const items: TrashItem[] = [];
  const mounts = await trashMounts(trashDir);
  const walk = async (at: string, above: TrashRecord | undefined, path: string): Promise<void> => {
    for (const name of await namesIn(join(trashDir, at), unreadable)) {
      const childAt = `${at}/${name}`;
      const own = records.get(childAt);
      const record = own ?? above;
      const childPath = own?.path ?? (path === '' ? plain(name, record) : `${path}/${plain(name, record)}`);
      const stat = await look(join(trashDir, childAt), unreadable);
      if (stat === undefined) continue;
      if (isMounted(mounts, childAt, stat)) {
        unreadable(childAt, mountedInTrash(childAt));
        continue;
      }
      if (stat.isDirectory()) await walk(childAt, record, childPath);
      else if ((stat.isFile() || stat.isSymbolicLink()) && checkPath(childPath) === undefined)
        items.push({
          ...{ at: childAt, path: childPath, sizeBytes: stat.size },
          ...{ trashedMs: record?.trashedMs ?? stat.ctimeMs, reason: record?.reason ?? 'unknown' },
          kind: stat.isFile() ? 'file' : 'link',
          isAlone: own !== undefined,
          ...(own?.look === undefined ? {} : { look: own.look }),
          ...(own === undefined && above?.writtenUs !== undefined && { writtenUs: above.writtenUs }),
        });
    }
  };
  await walk(day, undefined, '');
  return items.sort((one, other) => one.trashedMs - other.trashedMs);
}

/** Below a folder that is recorded names are as they were; elsewhere one may have got a suffix. */
function plain(name: string, above: TrashRecord | undefined): string {
  return above === undefined ? name.replace(SUFFIX, '') : name;
}

async function journalText(trashDir: string, day: string, unreadable: Unreadable): Promise<string> {
  try {
    return await readFile(join(trashDir, journalOf(day)), { encoding: 'utf8', flag: READ });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') unreadable(journalOf(day), error as NodeJS.ErrnoException);
    return '';
  }
}

async function namesIn(folder: string, unreadable: Unreadable): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) names.push(name);
  } catch (error) {
    tellUnlessGone(folder, error, unreadable);
  }
  return names.sort();
}

async function look(path: string, unreadable: Unreadable) {
  try {
    return await lstat(path);
  } catch (error) {
    tellUnlessGone(path, error, unreadable);
    return undefined;
  }
}

function tellUnlessGone(path: string, error: unknown, unreadable: Unreadable): void {
  const failure = error as NodeJS.ErrnoException;
  if (failure.code !== 'ENOENT') unreadable(path, failure);
}
