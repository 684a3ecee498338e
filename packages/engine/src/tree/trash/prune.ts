/** Ends the life of what is in a trash: the only place where lanmirror deletes a file of somebody. */
import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, open, opendir, realpath, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dayName } from '../local/trash-name.ts';
import { dayItems, type TrashItem, trashDays, type Unreadable } from './inventory.ts';
import { JOURNAL, journalName, journalOf } from './journal.ts';
import { mountedInTrash, mountInDay, refuseOnMount } from './mounted.ts';

const DAY_MS = 24 * 3_600_000;
/** A running client may have begun so long ago to put something into a folder that is empty yet. */
const ON_ITS_WAY_MS = 3_600_000;
/** What a system says of a folder that has something else in it by now, is gone, or is where something is mounted. */
const LEFT_THERE: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY']);

export interface TrashRule {
  /** What went longer ago than this is deleted; 0 keeps everything. */
  readonly days: number;
  /** While there is more than this, the oldest days are deleted, but never today; 0 is without a limit. */
  readonly maxBytes: number;
}

/** Days of which nothing has to be kept any more. Pure; `days` are the folders, `sizes` their bytes. */
export function daysToPrune(
  { days, maxBytes }: TrashRule,
  sizes: ReadonlyMap<string, number>,
  nowMs: number,
): string[] {
  const oldest = days === 0 ? '' : dayName(nowMs - days * DAY_MS);
  const today = dayName(nowMs);
  let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const gone: string[] = [];
  for (const [day, bytes] of [...sizes].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const isTooMuch = maxBytes > 0 && total > maxBytes && day < today;
    if (day >= oldest && !isTooMuch) continue;
    gone.push(day);
    total -= bytes;
  }
  return gone;
}

/**
 * Applies the rule once, as long as `mayGoOn`. Returns the days that were deleted. Sizes are looked at only when they matter.
 * A day in which something is mounted stays whole; `unreadable` is told where, with the code MOUNTED.
 */
export async function pruneTrash(
  trashDir: string,
  rule: TrashRule,
  nowMs: number,
  unreadable: Unreadable,
  mayGoOn: () => boolean = () => true,
): Promise<string[]> {
  const sizes = new Map<string, number>();
  for (const day of await trashDays(trashDir)) {
    const items = rule.maxBytes > 0 ? await dayItems(trashDir, day, unreadable) : [];
    sizes.set(
      day,
      items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
  }
  const gone: string[] = [];
  for (const day of daysToPrune(rule, sizes, nowMs)) {
    if (!mayGoOn()) break;
    const point = await removeDay(trashDir, day);
    if (point === undefined) gone.push(day);
    else unreadable(point, mountedInTrash(point));
  }
  return gone;
}

/**
 * Deletes one item, and the folders that are empty then, but for those of the present day (`nowMs`): a client may
 * be about to put something there. They go with their day. One that is gone already is fine. Rejects with the code MOUNTED
 * for one on something that is mounted there.
 */
export async function pruneItem(trashDir: string, { at }: TrashItem, nowMs: number): Promise<void> {
  const present = dayName(nowMs - ON_ITS_WAY_MS);
  await withTrash(trashDir, async (base) => {
    if (!(await isStraight(base, dirname(at)))) return;
    await refuseOnMount(base, at);
    await withAccess(join(base, dirname(at)), () => unlink(join(base, at)).catch(unlessAbsent));
    if (at.slice(0, present.length) >= present) return;
    for (let folder = dirname(at); folder !== '.'; folder = dirname(folder)) {
      try {
        await withAccess(join(base, dirname(folder)), () => rmdir(join(base, folder)));
      } catch (error) {
        if (LEFT_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return;
        throw error;
      }
    }
  });
}

/** Deletes what is written down of days of which nothing is left. */
export async function pruneJournals(trashDir: string, nowMs: number): Promise<void> {
  const present = dayName(nowMs - ON_ITS_WAY_MS);
  await withTrash(trashDir, async (base) => {
    if (!(await isStraight(base, JOURNAL))) return;
    for await (const { name } of await opendir(join(base, JOURNAL))) {
      const day = name.slice(0, -journalName('').length);
      if (name !== journalName(day) || day.slice(0, present.length) >= present) continue;
      if (!(await isThere(join(base, day)))) await unlink(join(base, JOURNAL, name)).catch(unlessAbsent);
    }
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    unlessAbsent(error);
    return false;
  }
}

/** Whether the way to a folder of the trash leads through no link: somebody may have put one there. */
async function isStraight(base: string, folder: string): Promise<boolean> {
  try {
    return (await realpath(join(base, folder))) === join(await realpath(base), folder);
  } catch (error) {
    unlessAbsent(error);
    return false;
  }
}

/** Resolves to a place in it at which something is mounted: then it stays whole. Undefined when it is gone. */
async function removeDay(trashDir: string, day: string): Promise<string | undefined> {
  let point: string | undefined;
  await withTrash(trashDir, async (base) => {
    const folder = join(base, day);
    point = await mountInDay(base, day);
    if (point !== undefined) return;
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
      await openUp(folder);
      await rm(folder, { recursive: true, force: true });
    }
    await rm(join(base, journalOf(day)), { force: true });
  });
  return point;
}

/** Runs `step` in a folder; when that lets us change nothing in it, with it opened meanwhile. */
async function withAccess(folder: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    const { mode } = await lstat(folder);
    await chmod(folder, 0o700);
    try {
      await step();
    } finally {
      await chmod(folder, mode & 0o7777);
    }
  }
}

/** Folders keep their mode in the trash, and some let not even their owner remove what is in them. */
async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for await (const entry of await opendir(folder))
    if (entry.isDirectory()) await openUp(join(folder, entry.name));
}

/** Works on the trash itself and on nothing that is put in its place meanwhile, a link least of all. */
async function withTrash(trashDir: string, work: (base: string) => Promise<void>): Promise<void> {
  if (process.platform !== 'linux') return work(trashDir);
  let folder: FileHandle;
  try {
    folder = await open(trashDir, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    return unlessAbsent(error);
  }
  try {
    await work(`/proc/self/fd/${folder.fd}`);
  } finally {
    await folder.close();
  }
}

function unlessAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
