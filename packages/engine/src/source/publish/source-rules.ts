/**
 * The rules in the source from one opening of the share to the next: what they are now, whether they have become other
 * ones, and when the source is at rest enough to be opened by those.
 */
import { parentOf } from '@lanmirror/protocol';
import type { Clock, Timers } from '../../core/index.ts';
import type { ReadableTree } from '../../tree/index.ts';
import { sampleFolders } from './folder-sample.ts';
import { IgnoreFiles, OtherRules } from './ignore-files.ts';
import type { IgnoreMemory } from './ignore-memory.ts';
import { RuleAbsence } from './rule-absence.ts';
import { RuleNews, type RuleNewsHost } from './rule-news.ts';
import { RulePause } from './rule-pause.ts';
import type { SourceFilter } from './source-filter.ts';

/** What was written a moment ago may be written again and look the same. */
const RELOOK_MS = 50;

export interface SourceRulesHost extends RuleNewsHost {
  readonly tree: ReadableTree;
  readonly filter: SourceFilter;
  /** Those of another opening, with which this one is compared when it was scanned. */
  readonly rulesBefore: SourceFilter | undefined;
  readonly memory: IgnoreMemory | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The source is watched, and may be believed. */
  isLookedAt(): boolean;
  /** Whether the index has a folder at this path. */
  isFolder(path: string): boolean;
  /** Whether it is the one that stands there. False where that cannot be seen. */
  isFolderInPlace(path: string): boolean;
  /** The path may have changed. */
  hint(path: string): void;
  /** Nothing is held while nothing is done. */
  releaseWhenIdle(): void;
  /** The rules are other ones, because of the file or folder at this path: nothing more is told, watched and scanned. */
  closed(path: string): void;
  /** The source is to be watched and scanned by the rules of now. */
  opening(): void;
}

export class SourceRules {
  /** Those that make the filter. */
  readonly files: IgnoreFiles;
  readonly #host: SourceRulesHost;
  readonly #pause: RulePause;
  readonly #absence: RuleAbsence;
  readonly #news: RuleNews;

  constructor(host: SourceRulesHost) {
    this.#host = host;
    const { tree, filter, memory, clock, timers, opening } = host;
    const sample = (folders: readonly string[]): string => this.#sample(folders);
    this.#pause = new RulePause({ clock, timers, sample, over: opening });
    this.#absence = new RuleAbsence({ clock, timers, sample, over: (paths) => this.#endAbsence(paths) });
    this.#news = new RuleNews(host);
    if (host.rulesBefore !== undefined) this.#news.begin(host.rulesBefore);
    this.files = new IgnoreFiles({
      ...{ tree, filter, memory, wallMs: () => clock.wallMs() },
      again: (path) => timers.once(RELOOK_MS, () => host.hint(path)),
      missing: (path) => this.#absence.note(path),
    });
  }

  /** Nothing is to be watched now, although the source is healthy. */
  get isResting(): boolean {
    return this.#pause.isOn;
  }

  /** It is not known yet whether rules hold. */
  get isWaiting(): boolean {
    return this.#absence.isWaiting;
  }

  /** How many ignore files of the source hold. */
  get fileCount(): number {
    return this.files.count((folder) => this.#host.isFolder(folder));
  }

  /** Something has changed at a path. */
  noticed(path: string): void {
    this.#absence.noticed(path);
  }

  /** Does work that is recorded by the rules of now; it records nothing when they are found to be others. */
  judge(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!this.isOther(error)) throw error;
    }
  }

  /** Whether this failure says that the rules are other ones; if so, the source is opened anew by them. */
  isOther(error: unknown): boolean {
    if (!(error instanceof OtherRules)) return false;
    if (!this.isResting && !this.#host.isStopped()) this.#openAnew(error.path);
    return true;
  }

  /** The rules of now leave these paths out, which the index had; a folder ends with a slash. */
  leftOut(paths: readonly string[]): void {
    this.#news.leftOut(paths);
  }

  /** Resolves when nothing is done any more. */
  done(): Promise<void> {
    return this.#news.done();
  }

  /** A whole scan is over. */
  scanned(): void {
    if (this.files.isOpening) this.#pause.opened();
    this.files.opened((folder) => this.#host.isFolder(folder));
    this.#news.tell();
  }

  /**
   * What was published by the rules of before is not told any more, and what comes is published by those of then: watched
   * and scanned like at a start.
   */
  #openAnew(path: string): void {
    this.#news.begin(this.#host.filter.copy());
    this.files.reopen();
    this.#host.closed(path);
    this.#pause.begin(parentOf(path));
  }

  /**
   * Ignore files were missing for long enough. What is missing still, in a folder that is where the index has it, makes other
   * rules; what is in one that has gone is nothing to anybody. Nothing is concluded while the source is not looked at.
   */
  #endAbsence(paths: readonly string[]): void {
    const { isLookedAt, isFolderInPlace, hint, releaseWhenIdle } = this.#host;
    if (this.files.isOpening || !isLookedAt()) {
      for (const path of paths) this.#absence.note(path);
      return;
    }
    const gone = paths.filter((path) => isFolderInPlace(parentOf(path)) && this.files.isMissing(path));
    // What came back, or was not to be seen, is compared.
    for (const path of paths) if (!gone.includes(path)) hint(path);
    releaseWhenIdle();
    if (gone[0] === undefined) return;
    this.files.letGo(gone);
    this.#openAnew(gone[0]);
  }

  #sample(folders: readonly string[]): string {
    const sample = sampleFolders(this.#host.tree, folders);
    this.#host.releaseWhenIdle();
    return sample;
  }
}
