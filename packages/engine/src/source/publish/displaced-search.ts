/**
 * Looks for what lost its name within a batch of looks, at paths that nobody asked for: under the names that
 * others left, and under those that wait for their own look.
 */

import { checkPath } from '@lanmirror/protocol';
import { type ReadableTree, type Stat, TreeError } from '../../tree/index.ts';
import type { Displaced } from './displaced.ts';

/** Names that wait for their own look and are searched: no batch is held up by many. */
const MAX_SEARCHED = 256;

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
    let searched = 0;
    for (const path of paths) {
      if (this.#displaced.isEmpty || searched === MAX_SEARCHED) return;
      searched += 1;
      this.#search(path, (stat) => this.#displaced.has(stat));
      this.atVacated();
    }
  }

  /** Looks at a path, but only if what stands there `isSought`. */
  #search(path: string, isSought: (stat: Stat) => boolean): void {
    try {
      const stat = checkPath(path) === undefined ? this.#tree.stat(path) : undefined;
      if (stat !== undefined && isSought(stat)) this.#look(path);
    } catch (error) {
      // Not found here, then: if it can be looked at again, a hint or a scan does so.
      if (!(error instanceof TreeError)) throw error;
    }
  }
}
