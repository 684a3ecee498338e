/**
 * What is mounted in a trash is not in it: it came there with a folder, if at all, and to empty the trash is not to
 * delete the files of another disk.
 */
import { lstat, opendir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mountPointsBelow, readMountTable } from '../mount-table.ts';

/** The code with which such a place is told and refused, in the way of an error of the system. */
export const MOUNTED_IN_TRASH = 'MOUNTED';

export interface TrashMounts {
  /** Places in the trash at which something is mounted, relative to it. */
  readonly points: ReadonlySet<string>;
  /** The device of the trash where the system has no table of mounts: a folder on another one is taken for mounted. */
  readonly device: number | undefined;
}

/** As it is now; nothing for a trash that is not there. Throws errors of the system. */
export async function trashMounts(trashDir: string, table = readMountTable()): Promise<TrashMounts> {
  const base = await realpath(trashDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (base === '') return { points: new Set(), device: undefined };
  if (table === '') return { points: new Set(), device: (await lstat(base)).dev };
  return { points: mountPointsBelow(base, table), device: undefined };
}

/** Whether something is mounted right at a place. */
export function isMounted({ points, device }: TrashMounts, at: string, stat: { dev: number }): boolean {
  return points.has(at) || (device !== undefined && stat.dev !== device);
}

/** Throws MOUNTED when something is mounted at a place of the trash, or on the way to it. */
export async function refuseOnMount(trashDir: string, at: string, table?: string): Promise<void> {
  const mounts = await trashMounts(trashDir, table);
  if (mounts.device !== undefined && (await lstat(join(trashDir, dirname(at)))).dev !== mounts.device)
    throw mountedInTrash(dirname(at));
  for (let above = at; above !== '.'; above = dirname(above))
    if (mounts.points.has(above)) throw mountedInTrash(above);
}

/** The first place of a day at which something is mounted; undefined for none. Throws errors of the system. */
export async function mountInDay(trashDir: string, day: string, table?: string): Promise<string | undefined> {
  const mounts = await trashMounts(trashDir, table);
  const { points, device } = mounts;
  if (device !== undefined) return onOtherDevice(trashDir, day, mounts);
  return [...points].find((point) => point === day || point.startsWith(`${day}/`));
}

async function onOtherDevice(
  trashDir: string,
  day: string,
  mounts: TrashMounts,
): Promise<string | undefined> {
  const stack = [day];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (isMounted(mounts, at, await lstat(join(trashDir, at)))) return at;
    for await (const entry of await opendir(join(trashDir, at)))
      if (entry.isDirectory()) stack.push(join(at, entry.name));
  }
  return undefined;
}

export function mountedInTrash(at: string): NodeJS.ErrnoException {
  const text = `something is mounted at ${at}, and nothing of it is deleted`;
  return Object.assign(new Error(text), { code: MOUNTED_IN_TRASH });
}
