/**
 * Which paths of a tree are mirrored, by a list of gitignore patterns.
 *
 * The last pattern that matches decides. What is in an excluded folder is excluded, and no pattern includes it again:
 * nobody looks into such a folder.
 */
import { type EntryKind, parentOf } from '@lanmirror/protocol';
import { type IgnorePattern, readIgnorePattern } from './ignore-pattern.ts';

/** A line of gitignore syntax, and where it stands. */
export interface FilterRule {
  readonly line: string;
  /** For people: `Exclude`, `rules.txt line 3`. */
  readonly origin: string;
}

export interface FilterVerdict {
  readonly isIncluded: boolean;
  /** The rule that decided; undefined when none matches. */
  readonly rule: FilterRule | undefined;
  /** The path that the rule matched: the entry itself, or a folder above it. */
  readonly matched: string;
}

interface CompiledRule {
  readonly rule: FilterRule;
  readonly pattern: IgnorePattern;
}

export class PathFilter {
  readonly #rules: readonly CompiledRule[];
  /** The folder that was judged last. */
  #last: { readonly folder: string; readonly verdict: FilterVerdict } | undefined;

  /** `ignoresCase`: the source takes `A` and `a` for one letter. */
  constructor(
    rules: readonly FilterRule[],
    { ignoresCase = false }: { readonly ignoresCase?: boolean } = {},
  ) {
    const compiled: CompiledRule[] = [];
    for (const rule of rules) {
      const pattern = readIgnorePattern(rule.line, ignoresCase);
      if (pattern !== undefined) compiled.push({ rule, pattern });
    }
    this.#rules = compiled.reverse();
  }

  /** No rule says anything: everything is included. */
  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Judges an entry at `path`, relative to the top of the tree; '' is the top, which is always included. */
  judge(path: string, kind: EntryKind): FilterVerdict {
    const folder = parentOf(path);
    if (folder !== '') {
      const verdict = this.#judgeFolder(folder);
      if (!verdict.isIncluded) return verdict;
    }
    return this.#judgeAlone(path, kind);
  }

  /** Who asks for one path of a folder most often asks for the next one, too. */
  #judgeFolder(folder: string): FilterVerdict {
    if (this.#last?.folder !== folder) this.#last = { folder, verdict: this.judge(folder, 'directory') };
    return this.#last.verdict;
  }

  /** Whether an entry at `path` is left out. Without a `kind`: whether it is, whatever it is. */
  isExcluded(path: string, kind?: EntryKind): boolean {
    if (this.isEmpty || path === '') return false;
    if (kind !== undefined) return !this.judge(path, kind).isIncluded;
    return this.isExcluded(path, 'file') && this.isExcluded(path, 'directory');
  }

  #judgeAlone(path: string, kind: EntryKind): FilterVerdict {
    const found = path === '' ? undefined : this.#rules.find(({ pattern }) => pattern.isMatch(path, kind));
    return {
      isIncluded: found?.pattern.isNegated ?? true,
      rule: found?.rule,
      matched: path,
    };
  }
}
