/**
 * What this mirror itself leaves out of what the share has, as its settings said last. Paths of patterns begin at the
 * top of the mirrored folder. Kept over a restart, to know whether a start brings other rules.
 *
 * Written by the client's one queue, in its transactions. A kill leaves the rules of some moment, and trees that go with
 * them.
 */
import { isSizeExcluded, PathFilter, type SizeLimits } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import type { EntryKind, Rule } from '@lanmirror/protocol';

const KEY = 'rules';

export interface OwnRuleSet extends SizeLimits {
  /** In the order in which they count: of those that match the last one decides. */
  readonly rules: readonly Rule[];
  /** The letters A to Z of a pattern match a to z. */
  readonly ignoresCase: boolean;
}

export const NO_OWN_RULES: OwnRuleSet = { rules: [], ignoresCase: false, minBytes: 0, maxBytes: 0 };

export class OwnRules {
  readonly #table: Table<string, OwnRuleSet>;
  #set: OwnRuleSet;
  #filter: PathFilter;

  constructor(store: OrderedStore) {
    this.#table = store.table('own-rules', msgpackCodec<OwnRuleSet>());
    this.#set = this.#table.get(KEY) ?? NO_OWN_RULES;
    this.#filter = filterOf(this.#set);
  }

  /** Everything that the share has is mirrored. */
  get isEmpty(): boolean {
    return this.#filter.isEmpty && this.#set.minBytes === 0 && this.#set.maxBytes === 0;
  }

  /** Whether a pattern leaves out what is at `path`. Without a `kind`: whether one does, whatever it is. */
  isExcluded(path: string, kind?: EntryKind): boolean {
    return this.#filter.isExcluded(path, kind);
  }

  /** Whether an entry is left out, by its path or for its size. */
  isLeftOut(path: string, entry: { readonly kind: EntryKind; readonly sizeBytes: number }): boolean {
    return this.isExcluded(path, entry.kind) || isSizeExcluded(this.#set, entry);
  }

  /** The rules themselves, as they are in effect. */
  get set(): OwnRuleSet {
    return this.#set;
  }

  /** Whether these rules would say something else: where a line stands is no part of that. */
  isOther(set: OwnRuleSet): boolean {
    return meaningOf(set) !== meaningOf(this.#set);
  }

  /** These rules from now on. Inside a transaction. */
  replace(set: OwnRuleSet): void {
    this.#table.put(KEY, set);
    this.#set = set;
    this.#filter = filterOf(set);
  }
}

function meaningOf({ rules, ignoresCase, minBytes, maxBytes }: OwnRuleSet): string {
  return JSON.stringify([rules.map(({ line }) => line), ignoresCase, minBytes, maxBytes]);
}

function filterOf({ rules, ignoresCase }: OwnRuleSet): PathFilter {
  return new PathFilter(rules, { ignoresCase });
}
