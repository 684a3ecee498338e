/**
 * Which device a folder was on, and whether another one may be believed. Owns how devices are called now
 * that had other numbers before the server was started or the tree was mounted again; it is needed until
 * the first whole scan has been judged, and a kill loses nothing of worth.
 */
import { type FolderOnDevice, isUnmounted } from '@lanmirror/engine/core';
import type { IndexEntry, Observed } from '../index/index-entry.ts';

/** What {@link FolderOnDevice} says of a folder's content. */
export interface FolderContent {
  /** The index has something in it. */
  readonly holdsEntries: () => boolean;
  readonly isEmpty: () => boolean;
  readonly isFamiliar: () => boolean;
}

export class FolderDevice {
  readonly #areSeen: () => boolean;
  readonly #renamed = new Map<bigint, bigint>();

  /** `areSeen`: the devices in the index are those of this run of the program. */
  constructor(areSeen: () => boolean) {
    this.#areSeen = areSeen;
  }

  /** Whether the folder that was seen at the entry's place is not to be believed. `content` may throw TreeError. */
  isUnmounted(entry: IndexEntry, seen: Observed, parent: bigint, content: FolderContent): boolean {
    if (entry.dev === seen.dev) return false;
    const isSeenInThisRun = this.#areSeen();
    const before = isSeenInThisRun ? entry.dev : (this.#renamed.get(entry.dev) ?? entry.dev);
    return isUnmounted({
      before,
      now: seen.dev,
      parent,
      holdsEntries: content.holdsEntries(),
      isSeenInThisRun,
      isEmpty: content.isEmpty,
      isFamiliar: content.isFamiliar,
    });
  }

  /** The folder that was seen at the entry's place is taken for it. */
  believed(entry: IndexEntry, seen: Observed): void {
    if (this.#areSeen()) this.#renamed.clear();
    // The folders above come first, and they say how the tree's own device is called now.
    else if (entry.dev !== seen.dev && !this.#renamed.has(entry.dev)) this.#renamed.set(entry.dev, seen.dev);
  }
}
