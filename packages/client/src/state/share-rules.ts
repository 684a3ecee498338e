/**
 * What the server leaves out of the share, as it said last: what stands on the target at such a path is no business
 * of this mirror. Kept over a restart, because the target is looked at before the server is heard.
 *
 * Other rules hold from their message on, and those of before beside them until the head of the feed that follows: only
 * then is it known here where the folders are that they begin at.
 *
 * Written by the client's one queue, in its transactions. A kill leaves the rules of some session, those of before it
 * unless a head was reached by them, and a baseline that goes with both.
 */
import { PathFilter } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { type EntryKind, joinPath, type Rule } from '@lanmirror/protocol';
import type { ToldRules } from '../session/link.ts';

const KEY = 'rules';
/** Where the rules are by which the present baseline was made, while it was not made by those of now. */
const BEFORE_KEY = 'before';
const NONE: ToldRules = { path: '', ignoresCase: false, rules: [] };

/** Rules as they were told, and what they mean. */
interface Held {
  readonly told: ToldRules;
  readonly filter: PathFilter;
}

export class ShareRules {
  readonly #table: Table<string, ToldRules>;
  #now: Held;
  #before: Held | undefined;

  constructor(store: OrderedStore) {
    this.#table = store.table('share-rules', msgpackCodec<ToldRules>());
    this.#now = held(this.#table.get(KEY) ?? NONE);
    const before = this.#table.get(BEFORE_KEY);
    this.#before = before && held(before);
  }

  /** Nothing is left out. */
  get isEmpty(): boolean {
    return this.#now.filter.isEmpty && (this.#before?.filter.isEmpty ?? true);
  }

  /** Other rules were told, and no head was reached by them. */
  get isChanging(): boolean {
    return this.#before !== undefined;
  }

  /**
   * Whether the share leaves out what is at `path` below the mirrored folder. Without a `kind`: whether it does,
   * whatever it is.
   */
  isExcluded(path: string, kind?: EntryKind): boolean {
    if (path === '') return false;
    return (
      excludes(this.#now, path, kind) || (this.#before !== undefined && excludes(this.#before, path, kind))
    );
  }

  /** What the rules of now say about paths from the top of the share. */
  get filter(): PathFilter {
    return this.#now.filter;
  }

  /** The rules themselves, as they were told. */
  get rules(): readonly Rule[] {
    return this.#now.told.rules;
  }

  /** Equal as long as the same is left out. */
  get meaning(): string {
    return meaningOf(this.#now.told);
  }

  /** The path from the top of the share of one below the mirrored folder. */
  sharePath(path: string): string {
    return sharePathOf(this.#now, path);
  }

  /** The other way round; what is not below the mirrored folder keeps its path from the top of the share. */
  mirroredPath(path: string): string {
    const { path: top } = this.#now.told;
    return top !== '' && path.startsWith(`${top}/`) ? path.slice(top.length + 1) : path;
  }

  /**
   * Other rules from now on; returns whether they say something else: they may only stand in other lines. Inside a
   * transaction.
   */
  replace(told: ToldRules): boolean {
    if (meaningOf(told) === meaningOf(this.#now.told)) {
      this.#takeOrigins(told);
      return false;
    }
    if (this.#before === undefined) {
      this.#table.put(BEFORE_KEY, this.#now.told);
      this.#before = this.#now;
    }
    this.#table.put(KEY, told);
    this.#now = held(told);
    return true;
  }

  #takeOrigins(told: ToldRules): void {
    const isSame = told.rules.every(({ origin }, at) => origin === this.rules[at]?.origin);
    if (isSame) return;
    this.#table.put(KEY, told);
    this.#now = held(told);
  }

  /** A head was reached: from now on the rules of now hold alone. Inside a transaction. */
  settle(): void {
    if (this.#before === undefined) return;
    this.#table.remove(BEFORE_KEY);
    this.#before = undefined;
  }
}

function held(told: ToldRules): Held {
  return { told, filter: new PathFilter(told.rules, { ignoresCase: told.ignoresCase }) };
}

function excludes(rules: Held, path: string, kind: EntryKind | undefined): boolean {
  return !rules.filter.isEmpty && rules.filter.isExcluded(sharePathOf(rules, path), kind);
}

function sharePathOf({ told: { path: top } }: Held, path: string): string {
  return top === '' ? path : joinPaths(top, path);
}

/** Equal for rules that leave out the same: where a line stands at the server is no part of that. */
function meaningOf({ path, ignoresCase, rules }: ToldRules): string {
  return JSON.stringify([path, ignoresCase, rules.map(({ line, folder }) => [line, folder])]);
}

function joinPaths(top: string, path: string): string {
  return path === '' ? top : path.split('/').reduce(joinPath, top);
}
