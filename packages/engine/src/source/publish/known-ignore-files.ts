/**
 * What is known of the ignore files of a source, by path. The limits of a share bound those with rules; of the others,
 * which say nothing or cannot be had, only so many are known: what is known of none is found out at every look.
 */
import type { NumberedRule } from '../../host/index.ts';
import type { IgnoreFault, IgnoreSight } from './ignore-file.ts';

const MAX_WITHOUT_RULES = 10_000;

export interface KnownIgnoreFile {
  readonly sight: IgnoreSight;
  /** What holds; undefined when nothing of it is known. */
  readonly rules: readonly NumberedRule[] | undefined;
  readonly fault: IgnoreFault | undefined;
}

export class KnownIgnoreFiles {
  readonly #files = new Map<string, KnownIgnoreFile>();
  readonly #most: number;
  #withoutRules = 0;

  /** `most`: how many files without rules are known. */
  constructor(most: number = MAX_WITHOUT_RULES) {
    this.#most = most;
  }

  get(path: string): KnownIgnoreFile | undefined {
    return this.#files.get(path);
  }

  /** Does nothing for one file without rules too many. */
  set(path: string, file: KnownIgnoreFile): void {
    this.delete(path);
    if (!hasRules(file)) {
      if (this.#withoutRules >= this.#most) return;
      this.#withoutRules += 1;
    }
    this.#files.set(path, file);
  }

  delete(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    if (!hasRules(file)) this.#withoutRules -= 1;
  }

  /** As they are now: they may be changed meanwhile. */
  all(): [path: string, file: KnownIgnoreFile][] {
    return [...this.#files];
  }

  paths(): string[] {
    return [...this.#files.keys()];
  }
}

export function hasRules(file: KnownIgnoreFile | undefined): boolean {
  return (file?.rules ?? []).length > 0;
}
