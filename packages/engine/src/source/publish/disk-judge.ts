/**
 * Whether another folder in the place of one that the index has is the disk that was mounted there. Looks into folders,
 * and changes nothing; what of it is believed is remembered by `FolderDevice`.
 */
import { joinPath } from '@lanmirror/protocol';
import { mayBeSameDisk } from '../../core/index.ts';
import type { ReadableTree } from '../../tree/index.ts';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { FolderDevice } from './folder-device.ts';
import { type ProblemList, UNMOUNTED } from './problem-list.ts';

export class DiskJudge {
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #problems: ProblemList;
  readonly #devices: FolderDevice;
  readonly #hiddenNames: (folder: string) => readonly string[];

  /** `hiddenNames`: names of files in a folder that are known to be there, whether or not the index has them. */
  constructor(
    tree: ReadableTree,
    index: TreeIndex,
    problems: ProblemList,
    devices: FolderDevice,
    hiddenNames: (folder: string) => readonly string[] = () => [],
  ) {
    this.#tree = tree;
    this.#index = index;
    this.#problems = problems;
    this.#devices = devices;
    this.#hiddenNames = hiddenNames;
  }

  /**
   * Whether the disk that is waited for at `path` is away, and another one has its numbers now: they are given to the
   * next that comes. One that tells no birth is known by the names in it. Throws TreeError when that cannot be seen.
   */
  isOtherThanAwaited(entry: IndexEntry, path: string, seen: Observed): boolean {
    if (!this.#problems.has(path, UNMOUNTED)) return false;
    if (entry.birthtimeNs === 0n && seen.birthtimeNs === 0n) return !this.#isFamiliar(entry, path);
    return entry.birthtimeNs !== seen.birthtimeNs;
  }

  /**
   * Whether what was seen at `path`, the entry's place, proves nothing of what was in it.
   * `parentDevice`: of the folder above. Throws TreeError when that cannot be seen.
   */
  isUnmounted(entry: IndexEntry, path: string, seen: Observed, parentDevice: bigint): boolean {
    if (seen.kind !== 'directory') return false;
    if (this.isOtherThanAwaited(entry, path, seen)) return true;
    return this.#devices.isUnmounted(
      entry,
      seen,
      { path, parent: parentDevice },
      {
        holdsEntries: () =>
          this.#index.children(entry.id).next().done !== true || this.#hiddenNames(path).length > 0,
        isEmpty: () => this.#isEmpty(path),
        isFamiliar: () => this.#isFamiliar(entry, path),
      },
    );
  }

  #isEmpty(path: string): boolean {
    const { names, undecodable } = this.#tree.list(path);
    return names.length + undecodable.length === 0;
  }

  /** Most of what was directly in it is there, as the kind that it was. */
  #isFamiliar(entry: IndexEntry, path: string): boolean {
    let indexed = 0;
    let missing = 0;
    for (const { name, kind } of this.#index.children(entry.id)) {
      indexed += 1;
      if (this.#tree.stat(joinPath(path, name))?.kind !== kind) missing += 1;
    }
    for (const name of this.#hiddenNames(path)) {
      indexed += 1;
      if (this.#tree.stat(joinPath(path, name)) === undefined) missing += 1;
    }
    return mayBeSameDisk({ indexed, missing });
  }
}
