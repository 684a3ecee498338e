/**
 * Setting a modification time to the microsecond through an interface that takes seconds as a
 * floating-point number and cuts what it cannot keep.
 */

import { microseconds } from '../../core/index.ts';

const US_PER_SECOND = 1_000_000;

/** What Node takes for a time: a number, or a string before 1970, because a negative number sets the present. */
export type FileTime = number | string;

/**
 * The time to give to the system for `mtimeUs` (whole microseconds since 1970).
 *
 * Half a microsecond is added so that cutting towards zero ends in the wanted microsecond in spite of
 * rounding; seconds and fraction are added last, because the sum in microseconds has no halves after
 * the year 2112. Before 1970 the cut goes the other way, so the half is taken away.
 */
function fileTime(mtimeUs: number, halfUs = mtimeUs < 0 ? -0.5 : 0.5): FileTime {
  const seconds = Math.floor(mtimeUs / US_PER_SECOND);
  const time = seconds + (mtimeUs - seconds * US_PER_SECOND + halfUs) / US_PER_SECOND;
  return time < 0 ? String(time) : time;
}

/**
 * Sets a modification time: `set` hands a time to the system, `readNs` reads back what it stored.
 * A system that keeps nanoseconds instead of cutting them needs the other half before 1970; there it is
 * read back. A file system that is coarser than a microsecond keeps what it can; the caller sees it in
 * the stat.
 */
export function setFileTime(mtimeUs: number, set: (time: FileTime) => void, readNs: () => bigint): void {
  set(fileTime(mtimeUs));
  if (mtimeUs < 0 && microseconds(readNs()) === mtimeUs - 1) set(fileTime(mtimeUs, 0.5));
}
