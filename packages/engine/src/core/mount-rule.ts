/**
 * Is a folder that stands on another device than before the folder that it was? A disk that is unmounted
 * inside the tree leaves its mount point, and what was on it looks as if somebody had removed it.
 */
import { HOLD_PERCENT } from './hold.ts';

export interface FolderOnDevice {
  /** Device on which the index has the folder. */
  readonly before: bigint;
  readonly now: bigint;
  /** Present device of the folder that holds it. */
  readonly parent: bigint;
  /** The index has something below it that would be lost. */
  readonly holdsEntries: boolean;
  /** A disk was mounted there when it was looked at; a part of the same file system (a bind mount) counts as one. */
  readonly wasMountPoint: boolean;
  /** Something is mounted there now. */
  readonly isMountPoint: boolean;
  /**
   * `before` was seen by this run of the program. Across a restart, or when the whole tree was mounted
   * again, numbers of devices change honestly: then `before` is what the same device would be called now.
   */
  readonly isSeenInThisRun: boolean;
  /** Whether nothing stands in it; asked only where it matters. */
  isEmpty(): boolean;
  /** Whether the names directly in it are those that were, see {@link mayBeSameDisk}; asked only where it matters. */
  isFamiliar(): boolean;
}

/**
 * Asked of a folder that is another one than the index has at its place. A mount without a device of its own is told
 * by the table of mounts alone: what is mounted somewhere keeps its folder, so another folder came or left with a mount.
 *
 * Whether what is (not) seen in the folder proves nothing: its disk is not there, or another one covers it. A disk
 * that is mounted again may be called otherwise; it is known by the names in it.
 * After a restart only an empty mount point is one; anything else is judged by how much is missing.
 */
export function isUnmounted(folder: FolderOnDevice): boolean {
  const { before, now, parent, holdsEntries, isSeenInThisRun, wasMountPoint, isMountPoint } = folder;
  if (!holdsEntries || (before === now && !wasMountPoint && !isMountPoint)) return false;
  if (isSeenInThisRun) return !(mayBeMountedAgain(folder) && folder.isFamiliar());
  const wasDisk = wasMountPoint || before !== parent;
  return wasDisk && now === parent && !isMountPoint && folder.isEmpty();
}

/** The bare mount point is no disk, whatever somebody wrote into it, and a disk that keeps its number has kept it. */
function mayBeMountedAgain({ before, now, parent }: FolderOnDevice): boolean {
  return now !== parent && isNumberedAnew(before) && isNumberedAnew(now);
}

/**
 * Whether the number of this device is given to it with each mount, as those of network file systems and of FUSE
 * are: another number is no sign of another disk then. Those of disks have a major number of their own.
 */
export function isNumberedAnew(dev: bigint): boolean {
  return (((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)) === 0n;
}

/**
 * Whether a disk that tells nothing of itself may be the one that was there: of `indexed` entries directly in it
 * half are not `missing`. An empty one is none.
 */
export function mayBeSameDisk({ indexed, missing }: { indexed: number; missing: number }): boolean {
  return missing < indexed && missing * 100 <= indexed * HOLD_PERCENT;
}

/** What a disk may have of its own. */
const OF_THE_DISK: ReadonlySet<string> = new Set(['lost+found']);

/**
 * Whether a disk that was mounted over a mirrored folder is somebody's own, by the names directly in both. One with nothing
 * but what belongs there is a new disk for the mirror, as is one that has half of that and not more of anything else.
 */
export function isForeignMount(expected: ReadonlySet<string>, standing: readonly string[]): boolean {
  const others = standing.filter((name) => !expected.has(name) && !OF_THE_DISK.has(name)).length;
  const known = standing.filter((name) => expected.has(name)).length;
  const isFamiliar = mayBeSameDisk({ indexed: expected.size, missing: expected.size - known });
  return others > 0 && !(isFamiliar && others <= known);
}
