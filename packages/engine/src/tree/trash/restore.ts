/** Copies files out of a trash. The trash keeps them, and nothing that stands at the destination is touched. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, link, lstat, mkdir, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refusesHardLink } from '../local/rename-node.ts';
import type { TrashItem } from './inventory.ts';

const { COPYFILE_EXCL, COPYFILE_FICLONE } = constants;

/**
 * Copies one item to its path below `folder`, with mode and modification time.
 * @throws NodeJS.ErrnoException EEXIST when something stands there
 */
export async function restoreItem(trashDir: string, item: TrashItem, folder: string): Promise<void> {
  const from = join(trashDir, item.at);
  const to = join(folder, item.path);
  await mkdir(dirname(to), { recursive: true });
  if (item.kind === 'link') return symlink(await readlink(from), to);
  const { mode, atime, mtime } = await lstat(from);
  const draft = `${to}.${randomBytes(6).toString('hex')}.part`;
  try {
    await copyFile(from, draft, COPYFILE_EXCL | COPYFILE_FICLONE);
    await chmod(draft, mode & 0o777);
    await utimes(draft, atime, mtime);
    await nameIfFree(draft, to);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whole or not at all, and never over something: a rename would replace it. */
async function nameIfFree(draft: string, to: string): Promise<void> {
  try {
    await link(draft, to);
  } catch (error) {
    if (!refusesHardLink(error)) throw error;
    // RACE: on a disk without hard links, what comes to stand there after this look is replaced.
    if (await isThere(to)) throw Object.assign(new Error(`something stands at ${to}`), { code: 'EEXIST' });
    await rename(draft, to);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Of several versions of one path, the one to be taken: the newest, or with `oldest` the one that went first. */
export function oneForEachPath(items: readonly TrashItem[], which: 'newest' | 'oldest'): TrashItem[] {
  const chosen = new Map<string, TrashItem>();
  for (const item of items) {
    const other = chosen.get(item.path);
    const isBetter =
      other === undefined ||
      (which === 'newest' ? item.trashedMs >= other.trashedMs : item.trashedMs < other.trashedMs);
    if (isBetter) chosen.set(item.path, item);
  }
  return [...chosen.values()];
}
