/**
 * Publishes one root: watcher hints and scans in, index changes out.
 *
 * Owns the watcher, the guard of the root, the list of problems and all writing to the index. Calls
 * nobody but its two listeners (`changed`: the index has a new head; `stateChanged`: scanning, halt or
 * problems differ). The root is judged before every batch: while it is not the healthy folder that was
 * indexed, nothing is believed and nothing is published (halt), and it is looked at again every two
 * seconds. A folder of another identity is compared with the index before it is believed (`RootProbe`).
 *
 * An index that cannot be written is a halt like any other: it is tried every two seconds.
 *
 * An interruption leaves the index at some transaction; the next start scans once against it.
 */
import { type Clock, haltMessage, RootGuard, Timers, type WorkFault } from '@lanmirror/engine/core';
import { StoreError } from '@lanmirror/engine/store';
import type { ReadableTree, TreeWatcher, WatcherFactory } from '@lanmirror/engine/tree';
import { isReservedAtTop, ROOT_ID } from '@lanmirror/protocol';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { verifyLater } from './fresh-content.ts';
import type { LearnedHash, SourceCondition } from './idle-hash.ts';
import { type Looked, Looker, type Removed } from './look.ts';
import { LookLoop } from './look-loop.ts';
import { type Missing, MissingList } from './missing-list.ts';
import { DAMAGED, ProblemList } from './problem-list.ts';
import type { ProblemMemory } from './problem-memory.ts';
import { findRoot, rootHealth } from './root-look.ts';
import { RootProbe } from './root-probe.ts';
import type { ScanProgress, ScanResult } from './scan.ts';
import { ScanQueue } from './scan-queue.ts';
import type { StandingRoot } from './standing-root.ts';
import { expireTombstones, TOMBSTONE_RULE, type TombstoneRule } from './tombstone-expiry.ts';
import { watchLost } from './watch-loss.ts';

const ROOT_CHECK_MS = 2000;
const PROBLEM_RETRY_MS = 1000;
const PROBLEM_SAVE_MS = 2000;
const MAX_RETRIED = 1000;
/** While a large loss waits for a person, the tree is scanned again: it may come back. */
const ABSENCE_RECHECK_MS = 60_000;
/** Faults of the disk of the index that may end without a restart. */
const PASSING_FAULTS: ReadonlySet<string> = new Set(['NO_SPACE', 'DENIED', 'IO']);
const DRAIN_ROUND_MS = 10;
/** What keeps changing is not waited for longer than this. */
const MAX_DRAIN_ROUNDS = 4000;

export interface PublisherListener {
  changed(): void;
  stateChanged(): void;
  /** Hashes of contents became known. */
  learned(): void;
  /** A line for the log. */
  note(level: 'info' | 'warn', text: string): void;
}

export interface PublisherOptions {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  /** Where the index is kept, for the person who has to make room there. */
  readonly indexDir: string;
  readonly clock: Clock;
  readonly startWatcher: (listener: Parameters<WatcherFactory>[1]) => TreeWatcher;
  readonly listener: PublisherListener;
  /** Whether the disk of the index has room again: while it has not, nothing is tried. */
  readonly hasRoom?: () => boolean;
  /** Keeps problems over a restart; without it they are forgotten. */
  readonly problemMemory?: ProblemMemory;
  /** How long removals are remembered; default: 30 days, a million of them. */
  readonly tombstones?: TombstoneRule;
}

export class Publisher {
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #indexDir: string;
  readonly #clock: Clock;
  readonly #startWatcher: PublisherOptions['startWatcher'];
  readonly #listener: PublisherListener;
  readonly #hasRoom: () => boolean;
  readonly #tombstones: TombstoneRule;
  readonly #problems: ProblemList;
  readonly #problemMemory: ProblemMemory | undefined;
  readonly #guard = new RootGuard();
  readonly #timers: Timers;
  readonly #looker: Looker;
  readonly #looks: LookLoop;
  readonly #scans: ScanQueue;
  readonly #probe: RootProbe;
  readonly #missing: MissingList;
  #cancelRecheck: (() => void) | undefined;
  #watcher: TreeWatcher | undefined;
  #isScanned = false;
  /** The index was empty at the start, and its first scan is not over. */
  #isFirstIndexing: boolean;
  #isStopped = false;

  constructor(options: PublisherOptions) {
    const { tree, index, indexDir, clock, startWatcher, listener, tombstones = TOMBSTONE_RULE } = options;
    this.#tree = tree;
    this.#index = index;
    this.#indexDir = indexDir;
    this.#clock = clock;
    this.#startWatcher = startWatcher;
    this.#listener = listener;
    this.#hasRoom = options.hasRoom ?? (() => true);
    this.#tombstones = tombstones;
    this.#problemMemory = options.problemMemory;
    this.#problems = new ProblemList(() => clock.wallMs(), this.#problemMemory?.all());
    this.#isFirstIndexing = index.size === 0;
    this.#missing = new MissingList(index);
    const orHalt = (work: () => void): void => this.#orHalt(work);
    this.#timers = new Timers(clock, orHalt);
    const areDevicesSeen = (): boolean => this.#guard.removal === 'now';
    const looker = new Looker(tree, index, this.#problems, () => clock.wallMs(), areDevicesSeen);
    this.#looker = looker;
    const isRootHealthy = (): boolean => this.#isRootHealthy();
    const looked = (batch: Looked): void => this.#looked(batch);
    this.#looks = new LookLoop({
      clock,
      looker,
      isRootHealthy: () => this.#watcher !== undefined && this.#isRootHealthy(),
      removal: () => this.#guard.removal,
      orHalt,
      looked,
      removed: (batch) => this.#removed(batch),
      relisted: (path) => this.#scanPath(path),
    });
    this.#scans = new ScanQueue({
      tree,
      index,
      clock,
      looker,
      problems: this.#problems,
      timers: this.#timers,
      watcher: () => this.#watcher,
      hint: (path) => this.hint(path),
      vanished: (path) => this.#looks.noteAbsent(path === '' ? [] : [path]),
      looked,
      scannedAll: (result) => this.#scannedAll(result),
      scannedFolder: (result) => this.#scannedFolder(result),
      isFirstIndexing: () => this.#isFirstIndexing,
      published: (isChanged) => this.#tell(isChanged, false),
      problemsChanged: () => listener.stateChanged(),
      isRootHealthy,
      isHalted: (error) => this.#isHaltedBy(error),
      warn: (text) => listener.note('warn', text),
    });
    this.#probe = new RootProbe({
      tree,
      index,
      clock,
      guard: this.#guard,
      queue: (work) => this.#scans.queue(work),
      isStopped: () => this.#isStopped,
      admitted: () => this.#checkRoot(),
    });
  }

  /** Begins; the first scan runs in the background. */
  start(): void {
    this.#timers.every(ROOT_CHECK_MS, () => this.#checkRoot());
    this.#timers.every(PROBLEM_RETRY_MS, () => this.#retryProblems());
    this.#timers.every(PROBLEM_SAVE_MS, () => this.#problemMemory?.save(this.#problems));
    this.#scans.scheduleRescan();
    expireTombstones(this.#index, this.#clock, this.#timers, this.#tombstones);
    this.#checkRoot();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timers.stop();
    this.#looks.stop();
    await this.#scans.stop();
    await this.#watcher?.close();
    this.#orHalt(() => this.#problemMemory?.save(this.#problems));
    this.#tree.release();
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
    return haltMessage(this.#guard.halt, this.#indexDir);
  }

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
    const paths = this.#missing.agree(token);
    if (paths === undefined || !this.#guard.accept()) return undefined;
    const before = this.#index.size;
    // Watches and scans a root that was waited for because it is empty.
    this.#checkRoot();
    this.#looks.remove(paths, true);
    const removed = before - this.#index.size;
    this.#guard.forget(removed);
    if (this.#watcher !== undefined) this.#scans.scanAllSoon();
    this.#listener.stateChanged();
    return removed;
  }

  /** A folder that stands in the place of the published one and is not believed; undefined when none does. */
  get standing(): StandingRoot | undefined {
    return this.#probe.standing();
  }

  /**
   * A person says that the folder of {@link standing} with this token is to be published from now on: it is
   * scanned, and what is missing in it is asked about if it is much. Returns false when another one stands there.
   */
  acceptStanding(token: string): boolean {
    return this.#probe.take(token);
  }

  /** What a person should know of how changes are noticed; '' while the system tells of all. */
  get watchNotice(): string {
    return this.#watcher?.notice ?? '';
  }

  get problems(): ProblemList {
    return this.#problems;
  }

  /** The path may have changed. Called for what others notice, too: a file that changed while it was read. */
  hint(path: string): void {
    if (!this.#isStopped && !isReserved(path)) this.#looks.hint(path);
  }

  /** Content of an entry was sent: a next change of it waits by the resend rule. */
  transferred(path: string, durationMs: number): void {
    this.#looks.transferred(path, durationMs);
  }

  /** The content was read so soon after its last change that a later write may look the same. */
  verifyLater(read: IndexEntry, path: string, hash: Uint8Array): void {
    const [tree, index, timers] = [this.#tree, this.#index, this.#timers];
    const hint = (changed: string): void => this.hint(changed);
    verifyLater({ tree, index, timers, hint, changed: () => this.#listener.changed() }, read, path, hash);
  }

  rememberHashes(learned: readonly LearnedHash[]): void {
    this.#orHalt(() => {
      this.#index.transact(() => {
        for (const { id, version, hash } of learned) this.#index.learnHash(id, version, hash);
      });
      this.#listener.learned();
    });
  }

  /** The content of this version is another one now, and nothing but the content shows it: it is a new version. */
  written({ id, version }: IndexEntry): void {
    this.#orHalt(() => {
      const now = this.#index.byId(id);
      if (now?.version !== version) return;
      this.#tell(this.#index.transact(() => this.#index.update(now, now, true)).isChanged, false);
    });
  }

  /** The disk does not give the content of this version any more, or gives it again. */
  setDamaged({ id, version }: IndexEntry, isDamaged: boolean): void {
    this.#orHalt(() => {
      this.#index.transact(() => this.#index.setDamaged(id, version, isDamaged));
      const path = this.#index.pathOf(id);
      if (path === undefined || this.#index.byId(id)?.version !== version) return;
      if (isDamaged) this.#problems.add(path, DAMAGED, false);
      else if (this.#problems.has(path, DAMAGED)) this.#problems.clear(path);
      this.#listener.stateChanged();
    });
  }

  /** Does work that writes to the store of the index; when it cannot, everything waits until it can. */
  record(work: () => void): void {
    this.#orHalt(work);
  }

  /** Whether somebody may read the source for no hurry. */
  get condition(): SourceCondition {
    if (this.#isStopped || this.#watcher === undefined || this.#guard.halt !== undefined) return 'away';
    return this.#isBusy() ? 'busy' : 'idle';
  }

  /** Resolves when everything that happened before the call is in the index; returns the head. */
  async drain(): Promise<number> {
    // Events that the kernel holds are delivered in the next turns of the event loop.
    for (let turn = 0; turn < 3; turn += 1) await this.#clock.turn();
    await this.#watcher?.caughtUp();
    this.#looks.hurry();
    for (let round = 0; round < MAX_DRAIN_ROUNDS && this.#isBusy() && !this.#isStopped; round += 1) {
      await this.#scans.done();
      this.#looks.hurryAbsent();
      if (this.#isBusy()) await new Promise<void>((resolve) => this.#timers.once(DRAIN_ROUND_MS, resolve));
    }
    return this.#index.head;
  }

  #isBusy(): boolean {
    if (this.#guard.isIdle) return false;
    return !this.#isScanned || this.#scans.isBusy || this.#looks.isBusy;
  }

  // --- the root -----------------------------------------------------------------------------------

  #checkRoot(): void {
    if (this.#isStopped) return;
    if (!this.#isRootHealthy()) this.#probe.consider();
    else if (this.#watcher === undefined && this.#isIndexWritable()) this.#begin();
  }

  /** Looks at the root; anything but healthy is a halt from here on. */
  #isRootHealthy(): boolean {
    const health = rootHealth(this.#tree, this.#guard, this.#index.size);
    this.#releaseWhenIdle();
    if (health !== 'healthy') this.#enterHalt(health.halt);
    return health === 'healthy';
  }

  /** The root is there: watch it and scan it whole. */
  #begin(): void {
    const root = findRoot(this.#tree);
    if (root === undefined) return;
    this.#guard.begin(root, this.#index.size);
    this.#missing.clear();
    const warn = (text: string): void => this.#listener.note('warn', text);
    const loss = { scans: this.#scans, relist: (path: string) => this.#relist(path), warn };
    this.#watcher = this.#startWatcher({
      dirty: (path) => this.hint(path),
      relist: loss.relist,
      lost: (reason, path, detail) => watchLost(loss, reason, path, detail),
      noticed: (text) =>
        this.#listener.note(text === '' ? 'info' : 'warn', text || 'All folders are watched again.'),
    });
    this.#scans.scanAll();
  }

  #enterHalt(fault: WorkFault): void {
    const before = this.#guard.halt;
    if (!this.#guard.enterHalt(fault)) return;
    this.#missing.clear();
    if (fault === 'emptied') this.#missing.ask([...this.#index.children(ROOT_ID)], this.#index.size);
    this.#looks.forgetAll();
    const watcher = this.#watcher;
    this.#watcher = undefined;
    if (watcher !== undefined) this.#scans.queue(() => watcher.close());
    this.#tree.release();
    // A disk with a little room lets a scan begin again and again.
    if (fault !== 'state' || before !== 'state') this.#listener.note('warn', this.halt);
    this.#listener.stateChanged();
  }

  // --- the index ----------------------------------------------------------------------------------

  /** Nothing of what a transaction that failed was about is lost: after the halt everything is scanned. */
  #orHalt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!this.#isHaltedBy(error)) throw error;
    }
  }

  #isHaltedBy(error: unknown): boolean {
    if (!(error instanceof StoreError) || !PASSING_FAULTS.has(error.code)) return false;
    if (this.#guard.halt !== 'state') this.#listener.note('warn', error.message);
    this.#enterHalt('state');
    return true;
  }

  #isIndexWritable(): boolean {
    if (this.#guard.halt !== 'state') return true;
    if (!this.#hasRoom()) return false;
    try {
      this.#index.checkWritable();
      return true;
    } catch (error) {
      if (error instanceof StoreError && PASSING_FAULTS.has(error.code)) return false;
      throw error;
    }
  }

  // --- what was found -----------------------------------------------------------------------------

  #looked({ result, isChanged }: Looked): void {
    for (const { from, to } of result.renamedFolders) {
      this.#watcher?.moveDirectory(from, to);
      this.#looks.renamed(from, to);
    }
    for (const path of result.removed) this.#watcher?.removeDirectory(path);
    for (const id of result.descend) this.#scans.scanFolder(id);
    this.#looks.noteAbsent(result.absent);
    this.#tell(isChanged, result.isProblemChanged);
    this.#releaseWhenIdle();
  }

  #removed({ paths, isChanged, isProblemChanged }: Removed): void {
    for (const path of paths) this.#watcher?.removeDirectory(path);
    this.#tell(isChanged, isProblemChanged);
    this.#releaseWhenIdle();
  }

  #scannedAll(result: ScanResult): void {
    const unfound = result.missing.filter((entry) => this.#isWhereItWas(entry));
    const absent = unfound.filter((entry) => this.#isProvedAbsent(entry));
    this.#cancelRecheck?.();
    const asked = this.#missing.ask(absent, this.#guard.indexed);
    if (this.#guard.scanned(asked.missing) === 'ask') {
      const text = `${asked.missing} of ${asked.indexed} indexed entries are missing. ${this.halt}`;
      this.#listener.note('warn', text);
      this.#cancelRecheck = this.#timers.once(ABSENCE_RECHECK_MS, () => this.#scans.scanAll());
    } else {
      this.#missing.clear();
      this.#looks.remove(this.#pathsOf(absent));
    }
    this.#looker.publishKnown(result.known);
    this.#isScanned = true;
    this.#isFirstIndexing = false;
    this.#listener.stateChanged();
    this.#listener.changed();
  }

  #scannedFolder({ missing, known }: ScanResult): void {
    this.#looks.noteAbsent(this.#pathsOf(missing));
    this.#tell(this.#looker.publishKnown(known), false);
  }

  /** The feed waits for the first whole scan. */
  #tell(isChanged: boolean, isProblemChanged: boolean): void {
    if (isProblemChanged) this.#listener.stateChanged();
    if (isChanged && this.#isScanned) this.#listener.changed();
  }

  // --- what others notice -------------------------------------------------------------------------

  #retryProblems(): void {
    if (this.#watcher === undefined) return;
    for (const path of this.#problems.takeDue(MAX_RETRIED)) this.#relist(path);
  }

  #relist(path: string): void {
    if (!this.#isStopped && !isReserved(path)) this.#looks.relist(path);
  }

  #scanPath(path: string): void {
    const entry = this.#index.byPath(path);
    if (entry?.kind === 'directory') this.#scans.scanFolder(entry.id);
  }

  #isProvedAbsent({ id }: IndexEntry): boolean {
    const path = this.#index.pathOf(id);
    return path !== undefined && this.#looker.isProvedAbsent(path);
  }

  /**
   * What was not listed where it was may have been found under another name since. If it is not there any
   * more either, that happened under our eyes: it is no loss of the time before, and a hint tells of it.
   */
  #isWhereItWas({ id, parentId, name }: IndexEntry): boolean {
    const now = this.#index.byId(id);
    return now?.parentId === parentId && now.name === name;
  }

  #pathsOf(entries: readonly IndexEntry[]): string[] {
    return entries.flatMap(({ id }) => this.#index.pathOf(id) ?? []);
  }

  /** Nothing is held while nothing is done, so that the source can be unmounted. */
  #releaseWhenIdle(): void {
    if (!this.#scans.isBusy) this.#tree.release();
  }
}

function isReserved(path: string): boolean {
  return isReservedAtTop(path.split('/', 1)[0] ?? '');
}
