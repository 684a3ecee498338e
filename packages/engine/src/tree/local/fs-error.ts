/**
 * What an error number of the operating system means for a tree, in words a user understands.
 * The text the system gives names our own handles instead of the user's path, so it stays behind as `cause`.
 */

import { TreeError, type TreeErrorCode } from '../error.ts';

const MEANING: Readonly<Record<string, readonly [TreeErrorCode, string]>> = {
  ENOENT: ['ABSENT', 'it does not exist (any more)'],
  ENOTDIR: ['ABSENT', 'there is no such folder'],
  EEXIST: ['EXISTS', 'something stands there already'],
  ENOTEMPTY: ['NOT_EMPTY', 'the folder is not empty'],
  EISDIR: ['NOT_A_FILE', 'a folder stands there'],
  ELOOP: ['NOT_A_FILE', 'a symbolic link stands there, and links are not followed'],
  ENXIO: ['NOT_A_FILE', 'it is a FIFO, socket or device, not a file'],
  EACCES: ['DENIED', 'permission denied'],
  EPERM: ['DENIED', 'the system does not permit it (owner, or a file marked unchangeable)'],
  EROFS: ['READ_ONLY', 'the file system is mounted read-only'],
  ENOSPC: ['NO_SPACE', 'no space (or no free inode) is left on the disk'],
  EDQUOT: ['NO_SPACE', 'the disk quota is used up'],
  EFBIG: ['NO_SPACE', 'the file is larger than the file system or a limit allows'],
  EMFILE: ['TOO_MANY_OPEN', 'this program has too many files open'],
  ENFILE: ['TOO_MANY_OPEN', 'the system has too many files open'],
  ENAMETOOLONG: ['NAME_TOO_LONG', 'the name or path is too long for this file system'],
  EBUSY: ['BUSY', 'it is in use'],
  ETXTBSY: ['BUSY', 'it is a program that is running'],
  EAGAIN: ['BUSY', 'it is locked for the moment'],
  EMLINK: ['UNSUPPORTED', 'the file has as many hard links as the file system allows'],
  EXDEV: ['UNSUPPORTED', 'it lies on another file system'],
  EINVAL: ['UNSUPPORTED', 'the file system refuses this name or operation'],
  EILSEQ: ['UNSUPPORTED', 'the file system cannot store this name'],
  ENOTSUP: ['UNSUPPORTED', 'the file system cannot do this'],
  EOPNOTSUPP: ['UNSUPPORTED', 'the file system cannot do this'],
  ENOSYS: ['UNSUPPORTED', 'the system cannot do this'],
  EIO: ['IO', 'the disk reports an input/output error'],
  ESTALE: ['IO', 'the network file system lost this file'],
};

/** The system's code of an error (`ENOENT`), or '' for an error that is not the system's. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return '';
  return String(error.code);
}

/** Whether this process, or the system, has no descriptor left. */
export function isTooManyOpen(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Whether the error proves absence: only ENOENT and ENOTDIR do. */
export function isAbsence(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * The TreeError for an error of the system at `path` (relative to its tree). A TreeError comes back as
 * it is; an error that is not the system's is a defect of ours and comes back as it is too.
 */
export function toTreeError(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  if (code === '') return error;
  const [meaning, text] = MEANING[code] ?? ['IO', `the system reports ${code}`];
  return new TreeError(meaning, path, text, { cause: error });
}

/** Runs `step` and throws what it throws as a TreeError of `path`. */
export function guard<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw toTreeError(error, path);
  }
}

/** Like `guard`, with `undefined` for a proved absence. */
export function guardAbsence<T>(path: string, step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw toTreeError(error, path);
  }
}
