/**
 * What this mirror itself leaves out of what the share has, as its settings said last. Paths of patterns begin at the
 * top of the mirrored folder. Kept over a restart, to know whether a start brings other rules.
 *
 * Written by the client's one queue, in its transactions. A kill leaves the rules of some moment, and trees that go with
 * them.
 */
import {
  type AgedEntry,
  type AgeLimits,
  type FilterRule,
  isSizeExcluded,
  PathFilter,
  type SizeLimits,
} from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import type { EntryKind } from '@lanmirror/protocol';
import { Aging } from './aging.ts';

const KEY = 'rules';

export interface OwnRuleSet extends SizeLimits, AgeLimits {
  /** In the order in which they count: of those that match the last one decides. */
  readonly rules: readonly FilterRule[];
  /** The letters A to Z of a pattern match a to z. */
  readonly ignoresCase: boolean;
}

export const NO_OWN_RULES: OwnRuleSet = {
  ...{ rules: [], ignoresCase: false },
  ...{ minBytes: 0, maxBytes: 0, minAgeMs: 0, maxAgeMs: 0 },
};

export class OwnRules {
  readonly #table: Table<string, OwnRuleSet>;
  /** Which files are left out for their age. */
  readonly aging: Aging;
  #set: OwnRuleSet;
  #filter: PathFilter;

  constructor(store: OrderedStore) {
    this.#table = store.table('own-rules', msgpackCodec<OwnRuleSet>());
    // What an older program did not write down.
    this.#set = { ...NO_OWN_RULES, ...this.#table.get(KEY) };
    this.#filter = filterOf(this.#set);
    this.aging = new Aging(store, () => this.#set);
  }

  /** Everything that the share has is mirrored. */
  get isEmpty(): boolean {
    const { minBytes, maxBytes } = this.#set;
    return this.#filter.isEmpty && minBytes === 0 && maxBytes === 0 && this.aging.isEmpty;
  }

  /** Whether a pattern leaves out what is at `path`. Without a `kind`: whether one does, whatever it is. */
  isExcluded(path: string, kind?: EntryKind): boolean {
    return this.#filter.isExcluded(path, kind);
  }

  /** Whether an entry is left out, by its path, for its size, or for the age that it had when ages were judged last. */
  isLeftOut(path: string, entry: AgedEntry & { readonly sizeBytes: number }): boolean {
    return (
      this.isExcluded(path, entry.kind) || isSizeExcluded(this.#set, entry) || this.aging.isLeftOut(entry)
    );
  }

  /** The rules themselves, as they are in effect. */
  get set(): OwnRuleSet {
    return this.#set;
  }

  /** What the patterns say about paths from the top of the mirrored folder. */
  get filter(): PathFilter {
    return this.#filter;
  }

  /** Equal as long as the same is left out. */
  get meaning(): string {
    return meaningOf(this.#set);
  }

  /** Whether these rules would say something else: where a line stands is no part of that. */
  isOther(set: OwnRuleSet): boolean {
    return meaningOf(set) !== meaningOf(this.#set);
  }

  /** Of the rules of now, which say the same: where their lines stand. Inside a transaction. */
  takeOrigins(set: OwnRuleSet): void {
    if (set.rules.every(({ origin }, at) => origin === this.#set.rules[at]?.origin)) return;
    this.#table.put(KEY, set);
    this.#set = set;
    this.#filter = filterOf(set);
  }

  /** These rules from now on; ages have to be told anew. Inside a transaction. */
  replace(set: OwnRuleSet): void {
    this.#table.put(KEY, set);
    this.#set = set;
    this.#filter = filterOf(set);
    this.aging.forget();
  }
}

function meaningOf({ rules, ignoresCase, minBytes, maxBytes, minAgeMs, maxAgeMs }: OwnRuleSet): string {
  const lines = rules.map(({ line }) => line);
  return JSON.stringify([lines, ignoresCase, minBytes, maxBytes, minAgeMs, maxAgeMs]);
}

function filterOf({ rules, ignoresCase }: OwnRuleSet): PathFilter {
  return new PathFilter(rules, { ignoresCase });
}
