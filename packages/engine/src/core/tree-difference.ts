/** Judges a walk that looks for every entry in which two trees differ. */
import type { ListedChild } from '@lanmirror/protocol';
import { type Digests, isProvedSame } from './fingerprint.ts';
import type { WalkJudge } from './folder-walk.ts';

/** The tree at hand. */
export interface ComparedTree {
  /** Whether this entry is there exactly as told; what is below it does not count. */
  isSame(told: ListedChild): boolean;
  childIds(folderId: number): Iterable<number>;
  /** The sums of what is directly in a folder; those of nothing when there is no such folder. */
  sumsOf(folderId: number): Digests;
}

export class TreeDifference implements WalkJudge {
  /** Entries that are otherwise here, or not at all, as the other tree has them. */
  readonly differing: ListedChild[] = [];
  /** Ids of entries that the other tree does not have in this folder; what is below them is not named. */
  readonly missing: number[] = [];
  readonly #tree: ComparedTree;

  constructor(tree: ComparedTree) {
    this.#tree = tree;
  }

  toAsk(folderId: number): Iterable<number> {
    return [folderId];
  }

  child(told: ListedChild): boolean {
    if (!this.#tree.isSame(told)) this.differing.push(told);
    return told.entry.kind === 'directory' && !isProvedSame(this.#tree.sumsOf(told.entry.id), told);
  }

  end(folderId: number, children: ReadonlySet<number>, isThere: boolean): void {
    if (!isThere) return;
    for (const id of this.#tree.childIds(folderId)) if (!children.has(id)) this.missing.push(id);
  }
}
