/**
 * Which rule decided about an entry. Pure.
 */
import type { EntryKind } from '@lanmirror/protocol';
import type { FilterRule, PathFilter } from './path-filter.ts';
import { isSizeExcluded, type SizeLimits } from './size-limit.ts';

export interface Explanation {
  readonly path: string;
  readonly kind: EntryKind;
  readonly isMirrored: boolean;
  /** What decided: a rule, the size of the file, or nothing. */
  readonly reason: 'rule' | 'size' | 'none';
  /** The rule; null when none matches. */
  readonly rule: FilterRule | null;
  /** The path that it matches: the entry itself, or a folder above it. */
  readonly matched: string;
  /** Bytes of a file, as far as they are known. */
  readonly sizeBytes: number | null;
}

/** An entry to be judged; `sizeBytes` is null when nobody knows it. */
export interface ExplainedEntry {
  readonly path: string;
  readonly kind: EntryKind;
  readonly sizeBytes: number | null;
}

/** Says the same as the rules do together: a path that they exclude needs no size. */
export function explainEntry(paths: PathFilter, sizes: SizeLimits, entry: ExplainedEntry): Explanation {
  const { path, kind, sizeBytes } = entry;
  const { isIncluded, rule = null, matched } = paths.judge(path, kind);
  const isSized = isIncluded && sizeBytes !== null && isSizeExcluded(sizes, { kind, sizeBytes });
  const reason = isSized ? 'size' : rule === null ? 'none' : 'rule';
  return { path, kind, sizeBytes, isMirrored: isIncluded && !isSized, reason, rule, matched };
}
