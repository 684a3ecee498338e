/**
 * What is left out where nobody can look. Entries there stay as they were told last, because nobody knows better; but the
 * rules are about names and known sizes, and need no disk.
 */
import { joinPath } from '@lanmirror/protocol';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { ProblemList } from './problem-list.ts';
import type { SourceFilter } from './source-filter.ts';

export interface UnseenHost {
  readonly index: TreeIndex;
  readonly problems: ProblemList;
  readonly filter: SourceFilter;
  wallMs(): number;
}

/** An entry and its path. */
type Found = readonly [IndexEntry, string];

export class Unseen {
  readonly #host: UnseenHost;
  /** By id: the path by which an entry and all below it was judged. The rules are the same for a whole opening. */
  readonly #judged = new Map<number, string>();

  constructor(host: UnseenHost) {
    this.#host = host;
  }

  /** The rules are other ones now. */
  forgetRules(): void {
    this.#judged.clear();
  }

  /**
   * An entry cannot be looked at, or a folder not into: removes of it and of all below it what the rules exclude, and
   * leaves out what they do for its size. Inside a transaction of the index.
   */
  leaveOut(id: number): void {
    const { index, filter, problems, wallMs } = this.#host;
    const entry = index.byId(id);
    const path = index.pathOf(id);
    if (filter.isEmpty || entry === undefined || path === undefined || this.#judged.get(id) === path) return;
    this.#judged.set(id, path);
    const { excluded, sized } = this.#judge([entry, path]);
    for (const file of sized) index.setExcluded(file, true);
    for (const [top, at] of excluded) {
      index.remove(top, wallMs());
      problems.clearBelow(at);
    }
  }

  /** Read to the end before anything is written. Of what is excluded the tops. */
  #judge(top: Found): { excluded: Found[]; sized: IndexEntry[] } {
    const { index, filter } = this.#host;
    const judged = { excluded: [] as Found[], sized: [] as IndexEntry[] };
    const waiting = [top];
    for (let found = waiting.pop(); found !== undefined; found = waiting.pop()) {
      const [entry, path] = found;
      if (filter.isExcluded(path, entry.kind)) judged.excluded.push(found);
      else if (filter.isSizeExcluded(entry)) judged.sized.push(entry);
      else if (entry.kind === 'directory')
        for (const child of index.children(entry.id)) waiting.push([child, joinPath(path, child.name)]);
    }
    return judged;
  }
}
