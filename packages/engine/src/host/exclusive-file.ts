/**
 * Files that appear once and whole: whoever looks sees nothing or everything, and of several makers
 * exactly one succeeds. Never follows a link.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from './user-error.ts';

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * Makes `path` with `text`, readable by this user alone.
 * @param isDurable whether it must survive a power cut from now on
 * @returns false when something of that name is there already
 * @throws UserError when the file system has no hard links, which this is built on; errors of the file system
 */
export function createWhole(path: string, text: string, isDurable: boolean): boolean {
  const draft = writeDraft(path, text, isDurable);
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === undefined || !['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code))
      throw error;
    const cause = `The file system of ${dirname(path)} has no hard links (${code}).`;
    throw new UserError('NO_HARD_LINKS', cause, 'Give a folder on a local disk with --state-dir.');
  } finally {
    unlinkSync(draft);
  }
  if (isDurable) flushFolder(dirname(path));
  return true;
}

/** Puts `text` in the place of `path` in one step. The caller knows that nobody else does so. */
export function replaceWhole(path: string, text: string): void {
  const draft = writeDraft(path, text, false);
  try {
    renameSync(draft, path);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  }
}

function writeDraft(path: string, text: string, isDurable: boolean): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  writeNew(draft, text, isDurable);
  return draft;
}

/** Makes a file that others may see half-written. Throws errors of the file system; EEXIST when it is there. */
export function writeNew(path: string, text: string, isDurable: boolean): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  const file = openSync(path, flags, 0o600);
  try {
    writeSync(file, text);
    if (isDurable) fsyncSync(file);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

function flushFolder(path: string): void {
  // Windows cannot open a folder, and needs no flush of it.
  if (process.platform === 'win32') return;
  const folder = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
