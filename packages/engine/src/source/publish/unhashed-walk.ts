/**
 * One walk over the files of the index whose content hash is unknown. It enters only folders that hold such
 * files, so its cost is theirs. What changes while it is under way is met or not; the next walk meets it.
 */
import { ROOT_ID } from '@lanmirror/protocol';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';

const BATCH = 100;

interface Place {
  readonly folderId: number;
  /** The last name that was taken from the folder. */
  after: string;
}

export class UnhashedWalk {
  readonly #index: TreeIndex;
  readonly #places: Place[] = [{ folderId: ROOT_ID, after: '' }];
  #files: number[] = [];

  constructor(index: TreeIndex) {
    this.#index = index;
  }

  /** The next file; undefined when there was none among the next entries; 'end' when there are no more entries. */
  next(): IndexEntry | 'end' | undefined {
    for (let id = this.#files.pop(); id !== undefined; id = this.#files.pop()) {
      const entry = this.#index.byId(id);
      if (entry !== undefined && isUnhashed(entry)) return entry;
    }
    return this.#look() ? undefined : 'end';
  }

  /** A file is to be met once more. */
  again(entry: IndexEntry | undefined): void {
    if (entry !== undefined) this.#files.push(entry.id);
  }

  /** Takes a few entries; returns whether there were any left to take. */
  #look(): boolean {
    const place = this.#places.at(-1);
    if (place === undefined) return false;
    const entries = this.#index.childrenAfter(place.folderId, place.after, BATCH);
    const last = entries.at(-1);
    if (last === undefined) this.#places.pop();
    else place.after = last.name;
    for (const entry of entries) {
      if (isUnhashed(entry)) this.#files.push(entry.id);
      else if (entry.kind === 'directory' && this.#index.unknownBelow(entry.id) > 0)
        this.#places.push({ folderId: entry.id, after: '' });
    }
    return true;
  }
}

function isUnhashed({ kind, hash, sizeBytes, isExcluded }: IndexEntry): boolean {
  return kind === 'file' && isExcluded !== true && hash === null && sizeBytes > 0;
}
