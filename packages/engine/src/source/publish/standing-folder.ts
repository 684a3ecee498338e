/**
 * Which folders stand where the index has them, as seen within a batch of looks. A look below another one would
 * take what is in one folder for what is in another.
 */
import { nameOf, parentOf } from '@lanmirror/protocol';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { Displaced } from './displaced.ts';
import { type ProblemList, UNMOUNTED } from './problem-list.ts';

export class StandingFolders {
  readonly #index: TreeIndex;
  readonly #problems: ProblemList;
  readonly #displaced: Displaced;
  readonly #seen = new Map<string, IndexEntry>();

  constructor(index: TreeIndex, problems: ProblemList, displaced: Displaced) {
    this.#index = index;
    this.#problems = problems;
    this.#displaced = displaced;
  }

  /**
   * The entry of the folder at a path, if the index has one and it is the folder that stands there. Throws
   * TreeError when that cannot be known.
   */
  at(path: string): IndexEntry | undefined {
    if (path === '') return this.#index.root();
    const seen = this.#seen.get(path);
    if (seen !== undefined) return seen;
    if (this.#problems.has(path, UNMOUNTED)) return undefined;
    const parent = this.at(parentOf(path));
    const entry = parent && this.#index.child(parent.id, nameOf(path));
    if (entry?.kind !== 'directory' || !this.#displaced.isAt(path, entry)) return undefined;
    this.#seen.set(path, entry);
    return entry;
  }

  /** The entry of this folder is another now. */
  forget(path: string): void {
    this.#seen.delete(path);
  }

  /** Something moved: all are looked at again. */
  forgetAll(): void {
    this.#seen.clear();
  }
}
