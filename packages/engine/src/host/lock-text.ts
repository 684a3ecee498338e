/**
 * Where the text of a lock stands: in a file of the lock's name; on a disk without hard links (FAT, exFAT, many
 * others) in a folder of that name, because no file can appear there whole and only once, but a folder can: a
 * rename never replaces a folder that has something in it.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, writeNew } from './exclusive-file.ts';
import { readSmallFile } from './small-file.ts';
import { UserError } from './user-error.ts';

/** The file in the folder. */
const TEXT = 'holder';
/** Errors of a rename to, or of the removal of, a place where something stands. */
const IS_TAKEN: ReadonlySet<string> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);

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

/**
 * Puts `text` in the place of that of a dead holder. The caller knows that nobody else replaces this one. Where a
 * rename replaces nothing, the dead text goes first: the free place is anybody's then, and only one can take it.
 * @returns false when somebody else took it
 * @throws errors of the file system
 */
export function replaceLock(path: string, text: string): boolean {
  const isInFolder = isFolder(path);
  const place = isInFolder ? join(path, TEXT) : path;
  // Beside the folder: what a kill left in it would keep it from ever being empty.
  const draft = draftOf(path);
  writeNew(draft, text, false);
  try {
    renameSync(draft, place);
    return true;
  } catch (error) {
    unlinkSync(draft);
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  unlinkSync(place);
  return isInFolder ? makeFolder(path, text) : makeLock(path, text);
}

/** Removes a lock that is there. The caller knows that it is his. */
export function removeLock(path: string): void {
  if (!isFolder(path)) return unlinkSync(path);
  unlinkSync(join(path, TEXT));
  isEmptyRemoved(path);
}

function makeFolder(path: string, text: string): boolean {
  const draft = draftOf(path);
  mkdirSync(draft, { mode: 0o700 });
  try {
    writeNew(join(draft, TEXT), text, false);
    // Not every disk lets a folder take the place of an empty one.
    return isPlaced(draft, path) || (isEmptyRemoved(path) && isPlaced(draft, path));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Gives the folder its name; false when something of that name is there. */
function isPlaced(draft: string, path: string): boolean {
  try {
    renameSync(draft, path);
    return true;
  } catch (error) {
    // What stands there is in the way; with anything else the disk is.
    if (IS_TAKEN.has(codeOf(error)) || lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false;
    throw error;
  }
}

/** Removes the folder of a lock if it is empty; false when somebody has taken it, or it is no folder. */
function isEmptyRemoved(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    // Somebody else who wants the place was faster.
    if (code === 'ENOENT') return true;
    if (IS_TAKEN.has(code)) return false;
    throw error;
  }
}

function draftOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.new`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
