/**
 * Errors of a tree. The layer that failed says what the failure means; the layers above only read
 * `code` and `retry`.
 */

export type TreeErrorCode =
  /** Proved absent (ENOENT, ENOTDIR) where something was required. */
  | 'ABSENT'
  | 'EXISTS'
  /** Not a regular file, folder or link as required; also a symbolic link on the way (ELOOP). */
  | 'NOT_A_FILE'
  | 'NOT_EMPTY'
  | 'DENIED'
  | 'READ_ONLY'
  | 'NO_SPACE'
  | 'TOO_MANY_OPEN'
  | 'NAME_TOO_LONG'
  | 'BUSY'
  /** Something is mounted at or below what was to be moved or deleted. */
  | 'MOUNTED'
  /** EIO and whatever else a device reports. */
  | 'IO'
  | 'FLUSH_FAILED'
  /** What stands at a place is left out by the rules of the share, and keeps it. Said by who works on a tree. */
  | 'PLACE_EXCLUDED'
  /** What stands at a place was cleaned from the source, or holds what was: it keeps it. Said by who works on a tree. */
  | 'PLACE_CLEANED'
  /** The target of another mirror is, or lies in, what was to be moved or deleted. Said by who works on a tree. */
  | 'TARGET_WITHIN'
  /** The operation needs something this tree does not have. */
  | 'UNSUPPORTED';

/** When trying again is worth it: soon, after a while, or not until something changes. */
export type RetryClass = 'now' | 'later' | 'never';

export class TreeError extends Error {
  readonly code: TreeErrorCode;
  readonly path: string;
  readonly retry: RetryClass;

  constructor(code: TreeErrorCode, path: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TreeError';
    this.code = code;
    this.path = path;
    this.retry = RETRY[code];
  }
}

const RETRY: Record<TreeErrorCode, RetryClass> = {
  ABSENT: 'now',
  EXISTS: 'now',
  NOT_A_FILE: 'never',
  NOT_EMPTY: 'later',
  DENIED: 'later',
  READ_ONLY: 'later',
  NO_SPACE: 'later',
  TOO_MANY_OPEN: 'now',
  NAME_TOO_LONG: 'never',
  BUSY: 'later',
  MOUNTED: 'later',
  IO: 'later',
  FLUSH_FAILED: 'later',
  PLACE_EXCLUDED: 'later',
  PLACE_CLEANED: 'later',
  TARGET_WITHIN: 'later',
  UNSUPPORTED: 'never',
};
