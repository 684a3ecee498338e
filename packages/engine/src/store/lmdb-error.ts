/** What an error of LMDB means. */
import { statfsSync } from 'node:fs';
import { StoreError, type StoreErrorCode } from './store-error.ts';

/** ENOSPC, EDQUOT, EFBIG; MDB_MAP_FULL. */
const NO_SPACE = /no space left|quota exceeded|file too large|MDB_MAP_FULL|ENOSPC|EDQUOT|EFBIG/i;
const IO_ERROR = /input\/output error|EIO/i;
/** Refused by the system. When it takes a part of a write, LMDB calls it an I/O error and prints nothing. */
const WRITE_ERROR = /no space left|quota exceeded|file too large/i;
/** A disk with less than this free is full: a write of LMDB may be this large. */
const FULL_BYTES = 1 << 20;
const CORRUPT = /MDB_(?:INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH|PANIC|BAD_TXN|INCOMPATIBLE)/i;
const DENIED = /permission denied|operation not permitted|read-only file system|EACCES|EPERM|EROFS/i;

const EXPLANATIONS: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  NO_SPACE: 'there is no space left on its disk; nothing of this step was saved',
  CORRUPT: 'its files are damaged or are not a lanmirror state',
  DENIED: 'permission denied',
};

/**
 * @param what - the beginning of the sentence, such as `The state could not be saved`.
 * @param folder - where the store lies.
 * @returns `error` itself when it already is a StoreError.
 */
export function storeErrorFrom(error: unknown, what: string, folder: string): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const code = codeOf(reason, folder);
  // LMDB has written "Write error: ..." of its own to standard error, without an end of the line.
  if (WRITE_ERROR.test(reason)) process.stderr.write('\n');
  return new StoreError(code, `${what}: ${EXPLANATIONS[code] ?? reason}`, { cause: error });
}

function codeOf(reason: string, folder: string): StoreErrorCode {
  if (NO_SPACE.test(reason)) return 'NO_SPACE';
  if (IO_ERROR.test(reason) && isFull(folder)) return 'NO_SPACE';
  if (CORRUPT.test(reason)) return 'CORRUPT';
  return DENIED.test(reason) ? 'DENIED' : 'IO';
}

/** The disk takes the first part of a write and LMDB calls what is missing an I/O error. */
function isFull(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < FULL_BYTES;
}
