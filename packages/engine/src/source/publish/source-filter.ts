/**
 * What of the source is published. The rules are those of one opening of the share: another set of them means another one,
 * whose first scan goes by it before a mirror is told anything. That scan finds the rules in ignore files.
 */

import { type EntryKind, MAX_RULE_LINE, MAX_RULE_TEXT, MAX_RULES, parentOf } from '@lanmirror/protocol';
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
  /** Names of the files in the source that have rules for their folder and below; default: none. */
  readonly ignoreNames?: readonly string[];
}

/**
 * What the rules of ignore files that a path is compared with may weigh together, each as much as one and the stars in it:
 * everyone who may write in the source makes them, and every path of the source and of its mirrors pays.
 */
const MAX_WEIGHT = 2000;

/** What rules take up of what a share may have. */
interface RuleSize {
  readonly count: number;
  readonly text: number;
}

export class SourceFilter {
  /** Names of the files in the source that have rules for their folder and below; later ones win over earlier ones. */
  readonly ignoreNames: readonly string[];
  /** The source takes the letters A to Z for a to z. */
  readonly ignoresCase: boolean;
  /** Those of the settings: all that the files say stands behind them. */
  #settings: readonly FilterRule[];
  /** By the folder at which they begin. */
  readonly #nested = new Map<string, readonly FilterRule[]>();
  /** What those weigh that begin at a folder. */
  readonly #weights = new Map<string, number>();
  readonly #paths: PathFilter;
  readonly #sizes: SizeLimits;
  #size: RuleSize;

  /** Files of fewer than `minBytes`, or more than `maxBytes`, are left out; 0 is no limit. */
  constructor(
    rules: readonly FilterRule[] = [],
    { ignoresCase = false, minBytes = 0, maxBytes = 0, ignoreNames = [] }: SourceFilterOptions = {},
  ) {
    this.#sizes = { minBytes, maxBytes };
    this.#settings = rules;
    this.#size = sizeOf('', rules);
    this.ignoreNames = ignoreNames;
    this.ignoresCase = ignoresCase;
    this.#paths = new PathFilter(rules, { ignoresCase });
  }

  /** In the order in which they count. */
  get rules(): readonly FilterRule[] {
    return [...this.#settings, ...[...this.#nested.values()].flat()];
  }

  /** From now on these rules begin at a folder, behind those of the settings, and none that did before. */
  setFolder(folder: string, rules: readonly FilterRule[]): void {
    const before = this.#nested.get(folder) ?? [];
    if (before.length === 0 && rules.length === 0) return;
    this.#size = sum(this.#size, sizeOf(folder, rules), sizeOf(folder, before));
    this.#nested.delete(folder);
    this.#weights.delete(folder);
    if (rules.length > 0) {
      this.#nested.set(folder, rules);
      this.#weights.set(folder, weightOf(rules));
    }
    this.#paths.setFolder(folder, folder === '' ? [...this.#settings, ...rules] : rules);
  }

  /** One with the rules of now, whatever becomes of these. */
  copy(): SourceFilter {
    const { ignoresCase, ignoreNames } = this;
    const copy = new SourceFilter(this.#settings, { ignoresCase, ignoreNames, ...this.#sizes });
    for (const [folder, rules] of this.#nested) copy.setFolder(folder, rules);
    return copy;
  }

  /** Only the rules of the settings are left. */
  clearFolders(): void {
    for (const folder of [...this.#nested.keys()]) this.setFolder(folder, []);
  }

  /** Whether a folder may have these rules beside all others: mirrors keep all of them, and compare each path with them. */
  hasRoomFor(folder: string, rules: readonly FilterRule[]): boolean {
    if (rules.some(({ line }) => line.length > MAX_RULE_LINE)) return false;
    const before = this.#nested.get(folder) ?? [];
    if (this.#weightAbove(folder) + weightOf(rules) > MAX_WEIGHT) return false;
    const size = sum(this.#size, sizeOf(folder, rules), sizeOf(folder, before));
    return size.count <= MAX_RULES && size.text <= MAX_RULE_TEXT;
  }

  #weightAbove(folder: string): number {
    let weight = 0;
    for (let at = folder; at !== ''; ) {
      at = parentOf(at);
      weight += this.#weights.get(at) ?? 0;
    }
    return weight;
  }

  /** Everything is published. */
  get isEmpty(): boolean {
    return this.#paths.isEmpty && this.#sizes.minBytes === 0 && this.#sizes.maxBytes === 0;
  }

  /** Whether the settings of another filter leave out something else: where a line stands is no part of that. */
  isOther(filter: SourceFilter): boolean {
    return filter.#meaning !== this.#meaning;
  }

  /** Whether rules are read from files of the same names. */
  hasIgnoreNamesOf({ ignoreNames }: SourceFilter): boolean {
    return JSON.stringify(ignoreNames) === JSON.stringify(this.ignoreNames);
  }

  /** Takes from another filter, which leaves out the same, where its lines stand. */
  takeOrigins(filter: SourceFilter): void {
    this.#settings = filter.#settings;
    this.#paths.setFolder('', [...this.#settings, ...(this.#nested.get('') ?? [])]);
  }

  get #meaning(): string {
    const { minBytes, maxBytes } = this.#sizes;
    const lines = this.#settings.map(({ line }) => line);
    return JSON.stringify([lines, this.ignoresCase, minBytes, maxBytes, this.ignoreNames]);
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

function weightOf(rules: readonly FilterRule[]): number {
  return rules.reduce((weight, { line }) => weight + line.split('*').length, 0);
}

/** The path of their folder counts once. */
function sizeOf(folder: string, rules: readonly FilterRule[]): RuleSize {
  if (rules.length === 0) return { count: 0, text: 0 };
  return { count: rules.length, text: rules.reduce((sum, { line }) => sum + line.length, folder.length) };
}

/** `all` with some, and without others. */
function sum(all: RuleSize, come: RuleSize, gone: RuleSize): RuleSize {
  return {
    count: all.count + come.count - gone.count,
    text: all.text + come.text - gone.text,
  };
}
