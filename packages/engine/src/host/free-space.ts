/** Room on disks. */
import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { EXIT } from './exit-code.ts';
import { UserError } from './user-error.ts';

/** With less than this a state is not opened: its file is mapped into memory, and a disk that is full then kills the process. */
const MIN_FREE_BYTES = 1 << 20;
const LOOK_AGAIN_MS = 2000;

/** Whether the disk of `dir` has room for a state to be opened and written; true where that cannot be told. */
export function hasRoom(dir: string, minBytes = MIN_FREE_BYTES): boolean {
  try {
    return freeBytes(dir) >= minBytes;
  } catch {
    // Whoever uses the folder learns what is wrong with it.
    return true;
  }
}

/** Throws UserError when the disk of `dir` is full. For what is not meant to wait. */
export function requireRoom(dir: string): void {
  if (hasRoom(dir)) return;
  const next = 'Make room on it, or give another folder with --state-dir, and start again.';
  throw new UserError('STATE_FULL', fullText(dir), next, EXIT.someFailed);
}

/**
 * Waits until the disk of `dir` has `minBytes` free; `warn` is told once, if there is anything to wait for.
 * Resolves to false when `ended` resolves before that.
 */
export async function untilRoom(
  dir: string,
  warn: (text: string) => void,
  ended: Promise<unknown>,
  minBytes = MIN_FREE_BYTES,
): Promise<boolean> {
  if (hasRoom(dir, minBytes)) return true;
  const need = minBytes / (1 << 20);
  warn(
    `${fullText(dir)} Nothing is done until there is room: free ${need} MiB or more, and it goes on by itself.`,
  );
  const end = new AbortController();
  void ended.then(() => end.abort());
  while (!hasRoom(dir, minBytes)) {
    // Rejects only because it was aborted.
    await setTimeout(LOOK_AGAIN_MS, undefined, { signal: end.signal }).catch(() => undefined);
    if (end.signal.aborted) return false;
  }
  warn('There is room again; going on.');
  return true;
}

function fullText(dir: string): string {
  return `The disk of the state folder ${dir} is full (${Math.floor(freeBytes(dir) / 1024)} KiB free).`;
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
