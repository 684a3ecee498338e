/**
 * What the server leaves out of the share, as it said last: what stands on the target at such a path is no business
 * of this mirror. Kept over a restart, because the target is looked at before the server is heard.
 *
 * Written by the client's one queue, in its transactions. A kill leaves the rules of some session, and a baseline that
 * goes with them.
 */
import { PathFilter } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { type EntryKind, joinPath } from '@lanmirror/protocol';
import type { ToldRules } from '../session/link.ts';

const KEY = 'rules';
const NONE: ToldRules = { path: '', ignoresCase: false, rules: [] };

export class ShareRules {
  readonly #table: Table<string, ToldRules>;
  #told: ToldRules;
  #filter: PathFilter;

  constructor(store: OrderedStore) {
    this.#table = store.table('share-rules', msgpackCodec<ToldRules>());
    this.#told = this.#table.get(KEY) ?? NONE;
    this.#filter = filterOf(this.#told);
  }

  /** Nothing is left out. */
  get isEmpty(): boolean {
    return this.#filter.isEmpty;
  }

  /**
   * Whether the share leaves out what is at `path` below the mirrored folder. Without a `kind`: whether it does,
   * whatever it is.
   */
  isExcluded(path: string, kind?: EntryKind): boolean {
    if (this.isEmpty || path === '') return false;
    return this.#filter.isExcluded(this.sharePath(path), kind);
  }

  /** What the rules say about paths from the top of the share. */
  get filter(): PathFilter {
    return this.#filter;
  }

  /** The path from the top of the share of one below the mirrored folder. */
  sharePath(path: string): string {
    const { path: top } = this.#told;
    return top === '' ? path : joinPaths(top, path);
  }

  /** The other way round; what is not below the mirrored folder keeps its path from the top of the share. */
  mirroredPath(path: string): string {
    const { path: top } = this.#told;
    return top !== '' && path.startsWith(`${top}/`) ? path.slice(top.length + 1) : path;
  }

  /** Other rules from now on; returns whether they say something else. Inside a transaction. */
  replace(told: ToldRules): boolean {
    if (meaningOf(told) === meaningOf(this.#told)) return false;
    this.#table.put(KEY, told);
    this.#told = told;
    this.#filter = filterOf(told);
    return true;
  }
}

/** Equal for rules that leave out the same: where a line stands at the server is no part of that. */
function meaningOf({ path, ignoresCase, rules }: ToldRules): string {
  return JSON.stringify([path, ignoresCase, rules.map(({ line }) => line)]);
}

function filterOf({ rules, ignoresCase }: ToldRules): PathFilter {
  return new PathFilter(rules, { ignoresCase });
}

function joinPaths(top: string, path: string): string {
  return path === '' ? top : path.split('/').reduce(joinPath, top);
}
