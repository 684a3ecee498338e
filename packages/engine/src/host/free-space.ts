/** Room on disks. */
import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { UserError } from './user-error.ts';

/** With less than this a state is not opened: its file is mapped into memory, and a disk that is full then kills the process. */
const MIN_FREE_BYTES = 1 << 20;

/** Whether the disk of `dir` has room for a state to be opened and written; true where that cannot be told. */
export function hasRoom(dir: string): boolean {
  try {
    return freeBytes(dir) >= MIN_FREE_BYTES;
  } catch {
    // Whoever uses the folder learns what is wrong with it.
    return true;
  }
}

/** Throws UserError when the disk of `dir` is full. */
export function requireRoom(dir: string): void {
  if (hasRoom(dir)) return;
  throw new UserError(
    'STATE_FULL',
    `The disk of the state folder ${dir} is full (${Math.floor(freeBytes(dir) / 1024)} KiB free).`,
    'Make room on it, or give another folder with --state-dir, and start again.',
  );
}

/**
 * Bytes of the disk of `dir`: all, and what this user may still write.
 * @throws NodeJS.ErrnoException
 */
export async function diskSpace(dir: string): Promise<{ totalBytes: number; freeBytes: number }> {
  const disk = await statfs(dir);
  return { totalBytes: disk.blocks * disk.bsize, freeBytes: usableBytes(disk) };
}

function freeBytes(dir: string): number {
  return usableBytes(statfsSync(dir));
}

function usableBytes({ bavail, bfree, bsize }: { bavail: number; bfree: number; bsize: number }): number {
  // Some blocks of a disk are kept for root.
  return (process.getuid?.() === 0 ? bfree : bavail) * bsize;
}
