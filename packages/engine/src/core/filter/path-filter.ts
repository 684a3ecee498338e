/**
 * Which paths of a tree are mirrored, by a list of gitignore patterns.
 *
 * The last pattern that matches decides; one that begins at a deeper folder stands behind all of those above. What is in
 * an excluded folder is excluded, and no pattern includes it again: nobody looks into such a folder.
 */
import { type EntryKind, parentOf } from '@lanmirror/protocol';
import { type IgnorePattern, readIgnorePattern } from './ignore-pattern.ts';

/** A line of gitignore syntax, and where it stands. */
export interface FilterRule {
  readonly line: string;
  /** Path of the folder that it is about, with all below it, and where its paths begin; without it, the top. */
  readonly folder?: string;
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
  /** By the folder at which they begin; the last of a folder first. No list is empty. */
  readonly #rules = new Map<string, readonly CompiledRule[]>();
  readonly #ignoresCase: boolean;
  /** The folder that was judged last. */
  #last: { readonly folder: string; readonly verdict: FilterVerdict } | undefined;

  /** `ignoresCase`: the source takes `A` and `a` for one letter. */
  constructor(
    rules: readonly FilterRule[],
    { ignoresCase = false }: { readonly ignoresCase?: boolean } = {},
  ) {
    this.#ignoresCase = ignoresCase;
    const folders = new Map<string, FilterRule[]>();
    for (const rule of rules) {
      const { folder = '' } = rule;
      const known = folders.get(folder);
      if (known === undefined) folders.set(folder, [rule]);
      else known.push(rule);
    }
    for (const [folder, own] of folders) this.setFolder(folder, own);
  }

  /** No rule says anything: everything is included. */
  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  /** From now on these rules begin at a folder, and none that did before. */
  setFolder(folder: string, rules: readonly FilterRule[]): void {
    const compiled: CompiledRule[] = [];
    for (const rule of rules) {
      const pattern = readIgnorePattern(rule.line, this.#ignoresCase);
      if (pattern !== undefined) compiled.push({ rule, pattern });
    }
    if (compiled.length === 0) this.#rules.delete(folder);
    else this.#rules.set(folder, compiled.reverse());
    this.#last = undefined;
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
    const found = this.#deciding(path, kind);
    return {
      isIncluded: found?.pattern.isNegated ?? true,
      rule: found?.rule,
      matched: path,
    };
  }

  #deciding(path: string, kind: EntryKind): CompiledRule | undefined {
    const isAtTopOnly = this.#rules.size === 1 && this.#rules.has('');
    for (let at = path; at !== ''; ) {
      const folder = isAtTopOnly ? '' : parentOf(at);
      const below = folder === '' ? path : path.slice(folder.length + 1);
      const found = this.#rules.get(folder)?.find(({ pattern }) => pattern.isMatch(below, kind));
      if (found !== undefined) return found;
      at = folder;
    }
    return undefined;
  }
}
