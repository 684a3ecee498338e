/** Finds what is zero in a content, so that it is neither sent nor written: a hole stays a hole. */

/** Zeros count from this many on: shorter runs cost more to be told than to be sent. */
const GRANULE_BYTES = 32 * 1024;
const ZEROS = Buffer.alloc(GRANULE_BYTES);

/** A part of a buffer that is zero as a whole, or taken as it is. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly isZero: boolean;
}

/** `bytes` in order and without gaps, cut where zeros begin and end. Zeros are found in granules of 32 KiB. */
export function extentsOf(bytes: Uint8Array): Extent[] {
  const extents: Extent[] = [];
  let start = 0;
  let isZero = false;
  for (let at = 0; at < bytes.length; at += GRANULE_BYTES) {
    const isZeroHere = isAllZero(bytes, at);
    if (at > start && isZeroHere !== isZero) {
      extents.push({ start, end: at, isZero });
      start = at;
    }
    isZero = isZeroHere;
  }
  if (bytes.length > start) extents.push({ start, end: bytes.length, isZero });
  return extents;
}

/** A part that is shorter than a granule is not worth a record of its own. */
function isAllZero(bytes: Uint8Array, at: number): boolean {
  const end = at + GRANULE_BYTES;
  if (end > bytes.length || bytes[at] !== 0) return false;
  return ZEROS.compare(bytes, at, end) === 0;
}
