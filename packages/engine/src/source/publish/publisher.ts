/**
 * Publishes one root: watcher hints and scans in, index changes out.
 *
 * Puts together who watches the root (`RootWatch`), who looks and scans (`LookLoop`, `ScanQueue`), who judges what
 * is missing (`MissingJudge`) and who records what was read (`ContentRecord`). Owns the list of problems and all
 * writing to the index. Calls nobody but its listener (`changed`: the index has a new head; `stateChanged`:
 * scanning, halt or problems differ). While the root is not to be believed, or the index cannot be written,
 * nothing is published (halt), and it is tried again every two seconds.
 *
 * An interruption leaves the index at some transaction; the next start scans once against it.
 */

import { isReservedAtTop } from '@lanmirror/protocol';
import { type Heard, RootGuard, Timers, type WorkFault } from '../../core/index.ts';
import { TreeError, type TreeWatcher } from '../../tree/index.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { ContentRecord } from './content-record.ts';
import { drained } from './drain.ts';
import { type IsExplained, isAllExplained } from './explained.ts';
import type { SourceCondition } from './idle-hash.ts';
import { type Looked, Looker, type Removed } from './look.ts';
import { LookLoop } from './look-loop.ts';
import { MissingJudge, pathsOf } from './missing-judge.ts';
import type { Missing } from './missing-list.ts';
import { OuterNames } from './outer-names.ts';
import { ProblemList } from './problem-list.ts';
import type { PublisherListener, PublisherOptions } from './publisher-options.ts';
import { RootWatch } from './root-watch.ts';
import { leftOutBy } from './rule-effect.ts';
import type { ScanProgress, ScanResult } from './scan.ts';
import { ScanQueue } from './scan-queue.ts';
import { SourceFilter } from './source-filter.ts';
import { SourceRules } from './source-rules.ts';
import type { StandingRoot } from './standing-root.ts';
import { expireTombstones, TOMBSTONE_RULE } from './tombstone-expiry.ts';
import { watchListener } from './watch-loss.ts';

const ROOT_CHECK_MS = 2000;
const MOUNT_CHECK_MS = 2000;
const PROBLEM_RETRY_MS = 1000;
const PROBLEM_SAVE_MS = 2000;
const MAX_RETRIED = 1000;

export class Publisher {
  /** What of the source is published. */
  readonly filter: SourceFilter;
  /** Takes what a reading of contents tells of them. */
  readonly contents: ContentRecord;
  readonly #options: PublisherOptions;
  readonly #index: TreeIndex;
  readonly #listener: PublisherListener;
  readonly #problems: ProblemList;
  readonly #guard = new RootGuard();
  readonly #timers: Timers;
  readonly #rules: SourceRules;
  readonly #looker: Looker;
  readonly #root: RootWatch;
  readonly #looks: LookLoop;
  readonly #scans: ScanQueue;
  readonly #missing: MissingJudge;
  readonly #outerNames: OuterNames;
  #isScanned = false;
  /** The index was empty at the start, and its first scan is not over. */
  #isFirstIndexing: boolean;
  #isStopped = false;

  constructor(options: PublisherOptions) {
    const { tree, index, clock, listener } = options;
    this.#options = options;
    this.filter = options.filter ?? new SourceFilter();
    this.#index = index;
    this.#listener = listener;
    this.#isFirstIndexing = index.size === 0;
    const wallMs = (): number => clock.wallMs();
    this.#problems = new ProblemList(wallMs, options.problemMemory?.all());
    this.#timers = new Timers(clock, (work) => this.#root.orHalt(work));
    this.#rules = this.#makeRules();
    const areDevicesSeen = (): boolean => this.#guard.removal === 'now';
    this.#looker = new Looker(
      tree,
      index,
      this.#problems,
      wallMs,
      areDevicesSeen,
      options.mounts,
      this.filter,
      this.#rules.files,
    );
    this.#root = this.#makeRootWatch();
    this.#looks = this.#makeLookLoop();
    this.#scans = this.#makeScanQueue();
    this.#missing = this.#makeMissingJudge();
    this.#outerNames = this.#makeOuterNames();
    this.contents = new ContentRecord({
      tree,
      index,
      problems: this.#problems,
      timers: this.#timers,
      orHalt: (work) => this.#root.orHalt(work),
      hint: (path) => this.hint(path),
      changed: () => this.#tell(true, false),
      stateChanged: () => listener.stateChanged(),
      learned: () => listener.learned(),
    });
  }

  /** Begins; the first scan runs in the background. */
  start(): void {
    const { clock, problemMemory, tombstones = TOMBSTONE_RULE } = this.#options;
    this.#timers.every(ROOT_CHECK_MS, () => this.#root.check());
    this.#timers.every(MOUNT_CHECK_MS, () => this.#noteMounts());
    this.#timers.every(PROBLEM_RETRY_MS, () => this.#retryProblems());
    this.#timers.every(PROBLEM_SAVE_MS, () => problemMemory?.save(this.#problems));
    this.#scans.scheduleRescan();
    expireTombstones(this.#index, clock, this.#timers, tombstones);
    this.#root.check();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timers.stop();
    this.#looks.stop();
    await this.#scans.stop();
    await this.#rules.done();
    await this.#root.close();
    this.#root.orHalt(() => this.#options.problemMemory?.save(this.#problems));
    this.#options.tree.release();
  }

  /** True until the first whole scan of this start has been judged. */
  get isScanning(): boolean {
    return !this.#isScanned;
  }

  /** How far the whole scan is that runs, or was when it ended. */
  get scanProgress(): Readonly<ScanProgress> {
    return this.#scans.progress;
  }

  /** Why nothing (or no deletion) is published, in words with the next step; '' when all is well. */
  get halt(): string {
    return this.#root.halt;
  }

  /** Whether the root is not the one that was indexed; `isLookedAt`: by a look at it now. */
  readonly isRootAway = (isLookedAt: boolean): boolean => this.#root.isAway(isLookedAt);

  /** What a person is asked about, see {@link accept}; undefined while nobody is. */
  get missing(): Missing | undefined {
    return this.#missing.shown;
  }

  /**
   * A person says that what is missing is meant to be gone: what of it is still proved absent is removed, and
   * nothing else; the scan that begins now judges the rest.
   * @param token of the list that was shown
   * @returns how many entries were removed; undefined when another list, or none, is asked about
   */
  accept(token: string): number | undefined {
    const removed = this.#missing.accept(token);
    if (removed === undefined) return undefined;
    if (this.#root.watcher !== undefined) this.#scans.scanAllSoon();
    this.#listener.stateChanged();
    return removed;
  }

  /** A folder that stands in the place of the published one and is not believed; undefined when none does. */
  get standing(): StandingRoot | undefined {
    return this.#root.standing;
  }

  /**
   * A person says that the folder of {@link standing} with this token is to be published from now on: it is
   * scanned, and what is missing in it is asked about if it is much. Returns false when another one stands there.
   */
  acceptStanding(token: string): boolean {
    return this.#root.acceptStanding(token);
  }

  /** What a person should know of how changes are noticed; '' while the system tells of all. */
  get watchNotice(): string {
    return this.#root.watcher?.notice ?? '';
  }

  get problems(): ProblemList {
    return this.#problems;
  }

  /** How many ignore files of the source hold. */
  get ignoreFileCount(): number {
    return this.#rules.fileCount;
  }

  /** The path may have changed. Called for what others notice, too: a file that changed while it was read. */
  hint(path: string, heard?: Heard): void {
    if (this.#isStopped || isReserved(path)) return;
    this.#rules.noticed(path);
    this.#looks.hint(path, heard);
  }

  /** Content of an entry was sent: a next change of it waits by the resend rule. */
  transferred(path: string, durationMs: number): void {
    this.#looks.transferred(path, durationMs);
  }

  /** Does work that writes to the store of the index; when it cannot, everything waits until it can. */
  record(work: () => void): void {
    this.#root.orHalt(work);
  }

  /** Whether somebody may read the source for no hurry. */
  get condition(): SourceCondition {
    if (this.#isStopped || this.#root.watcher === undefined || this.#guard.halt !== undefined) return 'away';
    return this.#isBusy() ? 'busy' : 'idle';
  }

  /** Resolves when everything that happened before the call is in the index, or this has stopped; returns the head. */
  async drain(): Promise<number> {
    await drained({
      clock: this.#options.clock,
      looks: this.#looks,
      scans: this.#scans,
      outerNames: this.#outerNames,
      watcher: () => this.#root.watcher,
      isBusy: () => this.#isBusy() && !this.#isStopped,
    });
    return this.#index.head;
  }

  #isBusy(): boolean {
    if (this.#guard.isIdle) return false;
    return !this.#isScanned || this.#scans.isBusy || this.#looks.isBusy || this.#rules.isWaiting;
  }

  // --- who does the work --------------------------------------------------------------------------

  #makeRules(): SourceRules {
    const { tree, index, clock, ignoreMemory, rulesBefore } = this.#options;
    return new SourceRules({
      ...{ tree, clock, rulesBefore, filter: this.filter, memory: ignoreMemory, timers: this.#timers },
      isLookedAt: () => this.#root.watcher !== undefined && this.#root.isHealthy(),
      isStopped: () => this.#isStopped,
      leftOutBy: (filter, most) => leftOutBy(index, filter, clock, most, () => this.#isStopped),
      note: (level, text) => this.#listener.note(level, text),
      isFolder: (path) => index.byPath(path)?.kind === 'directory',
      isFolderInPlace: (path) => this.#isFolderInPlace(path),
      hint: (path) => this.hint(path),
      releaseWhenIdle: () => this.#releaseWhenIdle(),
      closed: (path) => this.#closeForRules(path),
      opening: () => this.#root.check(),
    });
  }

  #makeRootWatch(): RootWatch {
    const { tree, index, indexDir, acceptCommand, clock, hasRoom = () => true } = this.#options;
    return new RootWatch({
      tree,
      index,
      indexDir,
      acceptCommand,
      clock,
      guard: this.#guard,
      hasRoom,
      hiddenPaths: () => this.#rules.files.paths,
      isAllExplained: () => isAllExplained(index, this.#explain()),
      startWatcher: () => this.#startWatcher(),
      queue: (work) => this.#scans.queue(work),
      isStopped: () => this.#isStopped,
      isResting: () => this.#rules.isResting,
      releaseWhenIdle: () => this.#releaseWhenIdle(),
      begun: () => {
        this.#missing.clear();
        this.#scans.scanAll();
      },
      halted: (fault) => this.#halted(fault),
      stateChanged: () => this.#listener.stateChanged(),
      warn: (text) => this.#listener.note('warn', text),
    });
  }

  #makeLookLoop(): LookLoop {
    return new LookLoop({
      clock: this.#options.clock,
      looker: this.#looker,
      isRootHealthy: () => this.#root.watcher !== undefined && this.#root.isHealthy(),
      removal: () => this.#guard.removal,
      orHalt: (work) => this.#root.orHalt(() => this.#rules.judge(work)),
      looked: (batch) => this.#looked(batch),
      removed: (batch) => this.#removed(batch),
      relisted: (path) => this.#scanPath(path),
    });
  }

  #makeScanQueue(): ScanQueue {
    const { tree, index, clock, pace } = this.#options;
    return new ScanQueue({
      tree,
      index,
      clock,
      pace,
      looker: this.#looker,
      problems: this.#problems,
      timers: this.#timers,
      watcher: () => this.#root.watcher,
      hint: (path) => this.hint(path),
      vanished: (path) => this.#looks.noteAbsent(path === '' ? [] : [path]),
      looked: (batch) => this.#looked(batch),
      scannedAll: (result) => this.#scannedAll(result),
      scannedFolder: (result) => this.#scannedFolder(result),
      isFirstIndexing: () => this.#isFirstIndexing,
      published: (isChanged) => this.#tell(isChanged, false),
      problemsChanged: () => this.#listener.stateChanged(),
      isRootHealthy: () => this.#root.isHealthy(),
      isHalted: (error) => this.#rules.isOther(error) || this.#root.isHaltedBy(error),
      warn: (text) => this.#listener.note('warn', text),
    });
  }

  #makeMissingJudge(): MissingJudge {
    return new MissingJudge({
      index: this.#index,
      guard: this.#guard,
      looker: this.#looker,
      timers: this.#timers,
      explain: () => this.#explain(),
      remember: () => this.#root.orHalt(() => this.#index.noteJudgement(this.#guard.open)),
      remove: (paths, isAgreed) => this.#looks.remove(paths, isAgreed),
      scanAll: () => this.#scans.scanAll(),
      // Watches and scans a root that was waited for because it is empty.
      agreed: () => this.#root.check(),
      lost: (text) => this.#listener.note('warn', `${text} ${this.halt}`),
    });
  }

  #makeOuterNames(): OuterNames {
    return new OuterNames({
      ...{ index: this.#index, clock: this.#options.clock, looker: this.#looker },
      isRootHealthy: () => !this.#isStopped && this.#root.watcher !== undefined && this.#root.isHealthy(),
      orHalt: (work) => this.#root.orHalt(work),
      hint: (path) => this.hint(path),
      looked: () => this.#releaseWhenIdle(),
    });
  }

  #explain(): IsExplained {
    return this.#options.explain?.() ?? (() => false);
  }

  #startWatcher(): TreeWatcher {
    const listener = watchListener({
      scans: this.#scans,
      hint: (path, heard) => this.hint(path, heard),
      doubt: () => this.#looks.doubt(),
      relist: (path) => this.#relist(path),
      note: (level, text) => this.#listener.note(level, text),
    });
    return this.#options.startWatcher(listener);
  }

  #halted(fault: WorkFault): void {
    this.#missing.clear();
    if (fault === 'emptied') this.#missing.askAboutAll();
    this.#looks.forgetAll();
  }

  // --- what was found -----------------------------------------------------------------------------

  #looked({ result, isChanged, otherNames }: Looked): void {
    const { watcher } = this.#root;
    for (const { from, to } of result.renamedFolders) {
      watcher?.moveDirectory(from, to);
      this.#looks.renamed(from, to);
    }
    for (const path of result.removed) watcher?.removeDirectory(path);
    this.#rules.leftOut(result.leftOut);
    for (const id of result.descend) this.#scans.scanFolder(id);
    this.#looks.noteAbsent(result.absent);
    for (const path of otherNames) this.hint(path);
    this.#tell(isChanged, result.isProblemChanged);
    this.#releaseWhenIdle();
  }

  #removed({ paths, isChanged, isProblemChanged, otherNames }: Removed): void {
    for (const path of paths) this.#root.watcher?.removeDirectory(path);
    for (const path of otherNames) this.hint(path);
    this.#tell(isChanged, isProblemChanged);
    this.#releaseWhenIdle();
  }

  #scannedAll({ missing, known }: ScanResult): void {
    this.#missing.judge(missing);
    this.#looker.publishKnown(known);
    this.#noteMounts();
    this.#rules.scanned();
    this.#isScanned = true;
    this.#isFirstIndexing = false;
    this.#listener.stateChanged();
    this.#listener.changed();
  }

  #scannedFolder({ missing, known }: ScanResult): void {
    this.#looks.noteAbsent(pathsOf(this.#index, missing));
    this.#tell(this.#looker.publishKnown(known), false);
  }

  /** The feed waits for the first whole scan. */
  #tell(isChanged: boolean, isProblemChanged: boolean): void {
    if (isProblemChanged) this.#listener.stateChanged();
    if (isChanged && this.#isScanned) this.#listener.changed();
  }

  // --- rules in the source ------------------------------------------------------------------------

  /** Nothing more is told by the rules of before; a new watcher and a whole scan follow. */
  #closeForRules(path: string): void {
    this.#isScanned = false;
    this.#missing.clear();
    this.#looks.forgetAll();
    this.#looker.forgetRules();
    this.#root.rest();
    this.#listener.note(
      'info',
      `The rules in the source are other ones (${path}): it is scanned by them now.`,
    );
    this.#listener.rulesChanged?.();
    this.#listener.stateChanged();
  }

  #isFolderInPlace(path: string): boolean {
    try {
      return this.#looker.isIndexedFolder(path);
    } catch (error) {
      if (error instanceof TreeError) return false;
      throw error;
    }
  }

  // --- what others notice -------------------------------------------------------------------------

  #noteMounts(): void {
    const { mounts, tree, index } = this.#options;
    if (this.#root.watcher === undefined || mounts === undefined) return;
    mounts.note({ tree, index, problems: this.#problems });
    this.#releaseWhenIdle();
  }

  #retryProblems(): void {
    if (this.#root.watcher === undefined) return;
    for (const path of this.#problems.takeDue(MAX_RETRIED)) this.#relist(path);
  }

  #relist(path: string): void {
    if (!this.#isStopped && !isReserved(path)) this.#looks.relist(path);
  }

  #scanPath(path: string): void {
    const entry = this.#index.byPath(path);
    if (entry?.kind === 'directory') this.#scans.scanFolder(entry.id);
  }

  /** Nothing is held while nothing is done, so that the source can be unmounted. */
  #releaseWhenIdle(): void {
    if (!this.#scans.isBusy) this.#options.tree.release();
  }
}

function isReserved(path: string): boolean {
  return isReservedAtTop(path.split('/', 1)[0] ?? '');
}
