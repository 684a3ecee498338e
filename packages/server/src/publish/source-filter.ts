/**
 * What of the source is published. The rules are those of one start: another set of them means another start, whose
 * first scan goes by it before a mirror is told anything.
 */
import { type FilterRule, PathFilter } from '@lanmirror/engine/core';
import type { EntryKind } from '@lanmirror/protocol';

export class SourceFilter {
  /** In the order in which they count. */
  readonly rules: readonly FilterRule[];
  /** The source takes the letters A to Z for a to z. */
  readonly ignoresCase: boolean;
  readonly #paths: PathFilter;

  constructor(rules: readonly FilterRule[] = [], ignoresCase = false) {
    this.rules = rules;
    this.ignoresCase = ignoresCase;
    this.#paths = new PathFilter(rules, { ignoresCase });
  }

  /** Whether the rules leave out what is at a path. Without a `kind`: whether they do, whatever it is. */
  isExcluded(path: string, kind?: EntryKind | 'other'): boolean {
    return this.#paths.isExcluded(path, kind === 'other' ? 'file' : kind);
  }
}
