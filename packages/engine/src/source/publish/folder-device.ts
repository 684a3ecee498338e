/**
 * Which device a folder was on, and whether another one may be believed. Owns how devices are called now
 * that had other numbers before the server was started or the tree was mounted again; it is needed until
 * the first whole scan has been judged, and a kill loses nothing of worth.
 */
import { type FolderOnDevice, isUnmounted } from '../../core/index.ts';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import { type MountKnowledge, NO_MOUNTS } from './mounted-folder.ts';

/** What {@link FolderOnDevice} says of a folder's content. */
export interface FolderContent {
  /** The index has something in it. */
  readonly holdsEntries: () => boolean;
  readonly isEmpty: () => boolean;
  readonly isFamiliar: () => boolean;
}

export class FolderDevice {
  readonly #areSeen: () => boolean;
  readonly #mounts: MountKnowledge;
  readonly #renamed = new Map<bigint, bigint>();
  /** The same for disks inside the tree that were mounted again in this run, under another number. */
  readonly #mountedAgain = new Map<bigint, bigint>();

  /** `areSeen`: the devices in the index are those of this run of the program. */
  constructor(areSeen: () => boolean, mounts: MountKnowledge = NO_MOUNTS) {
    this.#areSeen = areSeen;
    this.#mounts = mounts;
  }

  /**
   * Whether the folder that was seen at `path`, the entry's place, and that is another one, is not to be believed.
   * `parent`: the device of the folder above. `content` may throw TreeError.
   */
  isUnmounted(
    entry: IndexEntry,
    seen: Observed,
    { path, parent }: { readonly path: string; readonly parent: bigint },
    content: FolderContent,
  ): boolean {
    const wasMountPoint = this.#mounts.wasAt(entry.id);
    const isMountPoint = this.#mounts.isAt(path);
    if (entry.dev === seen.dev && !wasMountPoint && !isMountPoint) return false;
    const isSeenInThisRun = this.#areSeen();
    const calledNow = isSeenInThisRun ? this.#mountedAgain : this.#renamed;
    const before = calledNow.get(entry.dev) ?? entry.dev;
    return isUnmounted({
      before,
      now: seen.dev,
      parent,
      wasMountPoint,
      isMountPoint,
      holdsEntries: content.holdsEntries(),
      isSeenInThisRun,
      isEmpty: content.isEmpty,
      isFamiliar: content.isFamiliar,
    });
  }

  /** The folder that was seen at the entry's place is taken for it. */
  believed(entry: IndexEntry, seen: Observed): void {
    if (this.#areSeen()) {
      this.#renamed.clear();
      // A number that is in use says nothing any more of the disk that had it before.
      this.#mountedAgain.delete(seen.dev);
      // The folders on it have the number of before, and no names by which each of them could be known.
      if (entry.dev !== seen.dev && this.#mounts.wasAt(entry.id)) this.#mountedAgain.set(entry.dev, seen.dev);
    }
    // The folders above come first, and they say how the tree's own device is called now.
    else if (entry.dev !== seen.dev && !this.#renamed.has(entry.dev)) this.#renamed.set(entry.dev, seen.dev);
  }
}
