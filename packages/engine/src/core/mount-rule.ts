/**
 * Is a folder that stands on another device than before the folder that it was? A disk that is unmounted
 * inside the tree leaves its mount point, and what was on it looks as if somebody had removed it.
 */

export interface FolderOnDevice {
  /** Device on which the index has the folder. */
  readonly before: bigint;
  readonly now: bigint;
  /** Present device of the folder that holds it. */
  readonly parent: bigint;
  /** The index has something below it that would be lost. */
  readonly holdsEntries: boolean;
  /**
   * `before` was seen by this run of the program. Across a restart, or when the whole tree was mounted
   * again, numbers of devices change honestly: then `before` is what the same device would be called now.
   */
  readonly isSeenInThisRun: boolean;
  /** Whether nothing stands in it; asked only where it matters. */
  isEmpty(): boolean;
}

/**
 * Whether what is (not) seen in the folder proves nothing: its disk is not there, or another one covers it.
 * After a restart only an empty mount point is one; anything else is judged by how much is missing.
 */
export function isUnmounted(folder: FolderOnDevice): boolean {
  const { before, now, parent, holdsEntries, isSeenInThisRun } = folder;
  if (!holdsEntries || before === now) return false;
  return isSeenInThisRun || (before !== parent && now === parent && folder.isEmpty());
}
