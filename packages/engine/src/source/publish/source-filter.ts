/**
 * What of the source is published. The rules are those of one opening of the share: another set of them means another one,
 * whose first scan goes by it before a mirror is told anything.
 */

import type { EntryKind } from '@lanmirror/protocol';
import {
  type ExplainedEntry,
  type Explanation,
  explainEntry,
  type FilterRule,
  isSizeExcluded,
  PathFilter,
  type SizeLimits,
} from '../../core/index.ts';

export interface SourceFilterOptions extends Partial<SizeLimits> {
  readonly ignoresCase?: boolean;
}

export class SourceFilter {
  /** In the order in which they count. */
  readonly rules: readonly FilterRule[];
  /** The source takes the letters A to Z for a to z. */
  readonly ignoresCase: boolean;
  readonly #paths: PathFilter;
  readonly #sizes: SizeLimits;

  /** Files of fewer than `minBytes`, or more than `maxBytes`, are left out; 0 is no limit. */
  constructor(
    rules: readonly FilterRule[] = [],
    { ignoresCase = false, minBytes = 0, maxBytes = 0 }: SourceFilterOptions = {},
  ) {
    this.#sizes = { minBytes, maxBytes };
    this.rules = rules;
    this.ignoresCase = ignoresCase;
    this.#paths = new PathFilter(rules, { ignoresCase });
  }

  /** Everything is published. */
  get isEmpty(): boolean {
    return this.#paths.isEmpty && this.#sizes.minBytes === 0 && this.#sizes.maxBytes === 0;
  }

  /** Whether another filter leaves out something else: where a line stands is no part of that. */
  isOther(filter: SourceFilter): boolean {
    return filter.#meaning !== this.#meaning;
  }

  get #meaning(): string {
    const { minBytes, maxBytes } = this.#sizes;
    return JSON.stringify([this.rules.map(({ line }) => line), this.ignoresCase, minBytes, maxBytes]);
  }

  /** Whether the rules leave out what is at a path. Without a `kind`: whether they do, whatever it is. */
  isExcluded(path: string, kind?: EntryKind | 'other'): boolean {
    return this.#paths.isExcluded(path, kind === 'other' ? 'file' : kind);
  }

  /** Whether the content of an entry is left out for its size. */
  isSizeExcluded(entry: { readonly kind: EntryKind; readonly sizeBytes: number }): boolean {
    return isSizeExcluded(this.#sizes, entry);
  }

  /** Which rule decides about an entry. */
  explain(entry: ExplainedEntry): Explanation {
    return explainEntry(this.#paths, this.#sizes, entry);
  }

  /** Whether an entry is left out, by its path or for its size. */
  isLeftOut(path: string, entry: { readonly kind: EntryKind; readonly sizeBytes: number }): boolean {
    return this.isExcluded(path, entry.kind) || this.isSizeExcluded(entry);
  }
}
