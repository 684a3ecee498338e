/**
 * What is missing from the source since the server was off, while a person is asked about it. Owns the list;
 * each list has a token, so that a yes is taken for exactly the list that was shown.
 */
import { createHash } from 'node:crypto';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';

/** An indexed entry at whose path nothing stands; of a folder that is missing as a whole, the folder. */
export interface MissingTop {
  readonly path: string;
  readonly isFolder: boolean;
  /** Indexed entries at and below it, at least 1. */
  readonly entries: number;
}

export interface Missing {
  /** Names this list: another list has another token, also after a restart. */
  readonly token: string;
  /** Entries that are missing. */
  readonly missing: number;
  /** Entries that there were. */
  readonly indexed: number;
  /** Number of {@link MissingTop}s. */
  readonly topCount: number;
  /** The first of them by path. */
  readonly tops: readonly MissingTop[];
}

const MAX_LISTED = 20;

export class MissingList {
  readonly #index: TreeIndex;
  #shown: Missing | undefined;
  #ids: readonly number[] = [];

  constructor(index: TreeIndex) {
    this.#index = index;
  }

  /** What a person is asked about; undefined while nobody is. */
  get shown(): Missing | undefined {
    return this.#shown;
  }

  /** A person is asked about these entries, of `indexed` that there were. Replaces what was asked before. */
  ask(entries: readonly IndexEntry[], indexed: number): Missing {
    const tops = entries.map((entry) => ({ id: entry.id, ...this.#topOf(entry) }));
    tops.sort((a, b) => (a.path < b.path ? -1 : 1));
    this.#ids = tops.map(({ id }) => id);
    const missing = tops.reduce((sum, top) => sum + top.entries, 0);
    this.#shown = {
      token: createHash('sha256').update(JSON.stringify(tops)).digest('hex'),
      missing,
      // What came while an earlier question was open, and is gone again, is not among those that there were then.
      indexed: Math.max(missing, indexed),
      topCount: tops.length,
      tops: tops.slice(0, MAX_LISTED).map(({ id: _, ...top }) => top),
    };
    return this.#shown;
  }

  /**
   * A person says yes to the list with this token, and is asked no more.
   * @returns the paths of its entries, where the index has them now; undefined when another list, or none, is asked about
   */
  agree(token: string): readonly string[] | undefined {
    if (this.#shown?.token !== token) return undefined;
    const paths = this.#ids.flatMap((id) => this.#index.pathOf(id) ?? []);
    this.clear();
    return paths;
  }

  /** Nobody is asked any more. */
  clear(): void {
    this.#shown = undefined;
    this.#ids = [];
  }

  #topOf(entry: IndexEntry): MissingTop {
    return {
      path: this.#index.pathOf(entry.id) ?? entry.name,
      isFolder: entry.kind === 'directory',
      entries: this.#index.countBelow(entry),
    };
  }
}
