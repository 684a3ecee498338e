/**
 * Looks for what lost its name within a batch of looks, at paths that nobody asked for: under the names that
 * others left, and under those that wait for their own look.
 */

import { checkPath } from '@lanmirror/protocol';
import { type ReadableTree, type Stat, TreeError } from '../../tree/index.ts';
import type { Displaced } from './displaced.ts';

/** Names that wait for their own look and are searched in vain: no batch is held up by many. */
const MAX_MISSED = 2000;
/**
 * Of those that are found each may take its name from the next: where all names of a folder have moved by one, the search
 * goes on to the end. The looks have to be taken anyway, but others are kept waiting for them: a quarter of a second.
 */
const MAX_FOUND = 4000;

export class DisplacedSearch {
  readonly #tree: ReadableTree;
  readonly #displaced: Displaced;
  readonly #look: (path: string) => void;
  /** Names from which something was seen to have moved away. */
  readonly #vacated: string[] = [];

  /** `look` looks at a path for the index. */
  constructor(tree: ReadableTree, displaced: Displaced, look: (path: string) => void) {
    this.#tree = tree;
    this.#displaced = displaced;
    this.#look = look;
  }

  /** Something has left this name: it may be the one that another took. */
  vacated(path: string): void {
    this.#vacated.push(path);
  }

  /** Looks at the names that were left, where a known node stands. */
  atVacated(): void {
    for (let path = this.#vacated.pop(); path !== undefined; path = this.#vacated.pop())
      this.#search(path, (stat) => this.#displaced.known(stat) !== undefined);
  }

  /** Looks at those of these paths, as far as they are searched, where something stands that lost its name. */
  atWaiting(paths: Iterable<string>): void {
    let [missed, found] = [0, 0];
    for (const path of paths) {
      if (this.#displaced.isEmpty || missed === MAX_MISSED || found === MAX_FOUND) return;
      if (this.#search(path, (stat) => this.#displaced.has(stat))) found += 1;
      else missed += 1;
      this.atVacated();
    }
  }

  /** Looks at a path, but only if what stands there `isSought`; returns whether it is. */
  #search(path: string, isSought: (stat: Stat) => boolean): boolean {
    try {
      const stat = checkPath(path) === undefined ? this.#tree.stat(path) : undefined;
      if (stat === undefined || !isSought(stat)) return false;
      this.#look(path);
      return true;
    } catch (error) {
      // Not found here, then: if it can be looked at again, a hint or a scan does so.
      if (!(error instanceof TreeError)) throw error;
      return false;
    }
  }
}
