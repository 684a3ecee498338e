/** How much may be written to a disk that is to keep some room free. Pure. */

/** Of a disk, in bytes. */
export interface DiskSpace {
  readonly totalBytes: number;
  /** What this user may still write. */
  readonly freeBytes: number;
}

const AUTO_BYTES = 256 << 20;
const AUTO_SHARE = 0.01;

/**
 * Bytes that stay free on a disk, by the setting: `auto` is 256 MiB, and 1 % of a disk below 25 GiB. That is less than
 * what the trash gives way for by itself, so that room is made before anything has to wait for it.
 */
export function bytesKeptFree(
  wanted: number | 'auto',
  { totalBytes }: Pick<DiskSpace, 'totalBytes'>,
): number {
  return wanted === 'auto' ? Math.min(AUTO_BYTES, Math.floor(totalBytes * AUTO_SHARE)) : wanted;
}

/**
 * Bytes that may still be begun: what is free, less what stays free, less what is begun and not written yet. Never
 * below zero. 0 as a wish means that nobody counts: whatever the disk takes may be tried.
 * @param begunBytes what files on their way are still going to take
 */
export function roomLeft(space: DiskSpace, wanted: number | 'auto', begunBytes: number): number {
  if (wanted === 0) return Number.POSITIVE_INFINITY;
  return Math.max(0, space.freeBytes - bytesKeptFree(wanted, space) - begunBytes);
}
