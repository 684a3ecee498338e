/**
 * Where the text of a lock stands: in a file of the lock's name; on a disk without hard links (FAT, exFAT, many
 * others) in a folder of that name, because no file can appear there whole and only once, but a folder can: a
 * rename never replaces a folder that has something in it.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, replaceWhole, writeNew } from './exclusive-file.ts';
import { readSmallFile } from './small-file.ts';
import { UserError } from './user-error.ts';

/** The file in the folder. */
const TEXT = 'holder';

/**
 * Makes the lock with this text, in one step.
 * @returns false when something of that name is there already
 * @throws errors of the file system
 */
export function makeLock(path: string, text: string): boolean {
  try {
    return createWhole(path, text, false);
  } catch (error) {
    if (error instanceof UserError && error.code === 'NO_HARD_LINKS') return makeFolder(path, text);
    throw error;
  }
}

/**
 * The text of a lock.
 * @returns undefined when there is none, or only the empty folder of one: that is in nobody's way
 * @throws errors of the file system
 */
export function readLock(path: string): string | undefined {
  try {
    return readSmallFile(path, false);
  } catch (error) {
    if (!isFolder(path)) throw error;
    return readSmallFile(join(path, TEXT), false);
  }
}

/** Puts `text` in the place of that of a lock in one step. The caller knows that nobody else does so. */
export function replaceLock(path: string, text: string): void {
  replaceWhole(isFolder(path) ? join(path, TEXT) : path, text);
}

/** Removes a lock that is there. The caller knows that it is his. */
export function removeLock(path: string): void {
  if (!isFolder(path)) return unlinkSync(path);
  unlinkSync(join(path, TEXT));
  try {
    rmdirSync(path);
  } catch (error) {
    // Somebody has taken the empty place already, and perhaps given it back.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function makeFolder(path: string, text: string): boolean {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  mkdirSync(draft, { mode: 0o700 });
  try {
    writeNew(join(draft, TEXT), text, false);
    renameSync(draft, path);
    return true;
  } catch (error) {
    // What stands there is in the way; with anything else the disk is.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) throw error;
    return false;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
