/**
 * Publishes one root: watcher hints and scans in, index changes out.
 *
 * Owns the watcher, the settle machine, the list of problems and all writing to the index. Calls
 * nobody but its two listeners (`changed`: the index has a new head; `stateChanged`: scanning, halt or
 * problems differ). The root is judged before every batch: while it is not the healthy folder that was
 * indexed, nothing is believed and nothing is published (halt), and it is looked at again every two
 * seconds.
 *
 * An interruption leaves the index at some transaction; the next start scans once against it.
 */
import {
  type Clock,
  judgeAbsence,
  judgeRoot,
  ROOT_FAULT_MESSAGES,
  type RootFault,
  Settle,
} from '@lanmirror/engine/core';
import {
  hashBytes,
  type LossReason,
  type ReadableTree,
  type ReadHandle,
  TreeError,
  type TreeWatcher,
  type WatcherFactory,
} from '@lanmirror/engine/tree';
import { isReservedAtTop, parentOf, ROOT_ID } from '@lanmirror/protocol';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { type BatchResult, Looker } from './look.ts';
import { ProblemList } from './problem-list.ts';
import { type ScanResult, scan } from './scan.ts';

/** How long a name that vanished may take to turn up under another one. */
const PAIRING_MS = 20;
const ROOT_CHECK_MS = 2000;
const PROBLEM_RETRY_MS = 60_000;
const RESCAN_HEALTHY_MS = 24 * 3_600_000;
const RESCAN_DEGRADED_MS = 3_600_000;
/** While a large loss waits for a person, the tree is scanned again: it may come back. */
/** What keeps changing is not waited for longer than this. */
const DRAIN_ROUND_MS = 10;
const MAX_DRAIN_ROUNDS = 4000;
const ABSENCE_RECHECK_MS = 60_000;
/** Content that changed less than this ago is not taken by a scan: the settle machine waits for it. */
const HOT_NS = 500_000_000n;
const SMALL_BYTES = 1 << 20;

const massAbsence = (indexDir: string) => ({
  cause: 'most of what was published before the server was off is not there now',
  next: `put it back; or if it is meant to be gone, stop the server, delete the folder ${indexDir} and start it: mirrors then ask before they delete`,
});

export interface PublisherListener {
  changed(): void;
  stateChanged(): void;
  /** A line for the log. */
  note(level: 'info' | 'warn', text: string): void;
}

export interface PublisherOptions {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  /** Where the index is kept, for the person who has to remove it. */
  readonly indexDir: string;
  readonly clock: Clock;
  readonly startWatcher: (listener: Parameters<WatcherFactory>[1]) => TreeWatcher;
  readonly listener: PublisherListener;
}

export class Publisher {
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #indexDir: string;
  readonly #clock: Clock;
  readonly #startWatcher: PublisherOptions['startWatcher'];
  readonly #listener: PublisherListener;
  readonly #problems = new ProblemList();
  readonly #looker: Looker;
  readonly #settle = new Settle();
  /** Absent paths and when their time for turning up elsewhere is over. */
  readonly #absent = new Map<string, number>();
  readonly #relists = new Set<string>();
  #watcher: TreeWatcher | undefined;
  #root: { dev: bigint; ino: bigint } | undefined;
  #halt: RootFault | 'mass-absence' | undefined;
  #scanning = 0;
  #fullScanDone = false;
  /** Set while a scan's deletions must be judged before they are believed. */
  #judgement: 'was-off' | 'other-root' | undefined;
  #isDegraded = false;
  #isStopped = false;
  #isRescanWanted = false;
  #cancelRescan: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();
  #cancelLook: (() => void) | undefined;
  #lookAtMs = Number.POSITIVE_INFINITY;
  readonly #timers = new Set<() => void>();

  constructor(options: PublisherOptions) {
    this.#tree = options.tree;
    this.#index = options.index;
    this.#indexDir = options.indexDir;
    this.#clock = options.clock;
    this.#startWatcher = options.startWatcher;
    this.#listener = options.listener;
    this.#looker = new Looker(options.tree, options.index, this.#problems, () => options.clock.wallMs());
  }

  /** Begins; the first scan runs in the background. */
  start(): void {
    this.#every(ROOT_CHECK_MS, () => this.#checkRoot());
    this.#every(PROBLEM_RETRY_MS, () => this.#retryProblems());
    this.#scheduleRescan();
    this.#checkRoot();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
    this.#cancelLook?.();
    await this.#work;
    await this.#watcher?.close();
    this.#tree.release();
  }

  /** True until the first whole scan of this start has been judged. */
  get isScanning(): boolean {
    return !this.#fullScanDone;
  }

  /** Why nothing (or no deletion) is published, in words with the next step; '' when all is well. */
  get halt(): string {
    if (this.#halt === undefined) return '';
    const { cause, next } =
      this.#halt === 'mass-absence' ? massAbsence(this.#indexDir) : ROOT_FAULT_MESSAGES[this.#halt];
    return `Nothing is deleted on any mirror: ${cause}. Next: ${next}.`;
  }

  get problems(): ProblemList {
    return this.#problems;
  }

  /** The path may have changed. Called for what others notice, too: a file that changed while it was read. */
  hint(path: string): void {
    if (this.#isStopped || this.#isReserved(path)) return;
    const now = this.#clock.nowMs();
    this.#settle.hint(path, now);
    // What changes in a folder changes its time, and no watcher says so.
    if (path !== '') this.#settle.hint(parentOf(path), now);
    this.#planLook();
  }

  /** Content of an entry was sent: a next change of it waits by the resend rule. */
  transferred(path: string, durationMs: number): void {
    this.#settle.transferred(path, durationMs, this.#clock.nowMs());
  }

  /**
   * The content was read less than a clock tick after its last change: a later write may have left the
   * same times. When the tick is over the file is read again, and a difference is a new version.
   */
  verifyLater(read: IndexEntry, path: string, hash: Uint8Array): void {
    this.#once(PAIRING_MS + 5, () => {
      const entry = this.#index.byId(read.id);
      if (entry === undefined || entry.version !== read.version) return;
      const now = hashOfFile(this.#tree, path, entry.sizeBytes);
      if (now === undefined) return this.hint(path);
      if (Buffer.compare(now, hash) !== 0) this.#commit(() => this.#index.update(entry, entry, true));
    });
  }

  rememberHashes(learned: readonly { id: number; version: number; hash: Uint8Array }[]): void {
    this.#index.transact(() => {
      for (const { id, version, hash } of learned) this.#index.learnHash(id, version, hash);
    });
  }

  /** Resolves when everything that happened before the call is in the index; returns the head. */
  async drain(): Promise<number> {
    // Events that the kernel holds are delivered in the next turns of the event loop.
    for (let turn = 0; turn < 3; turn += 1) await this.#clock.turn();
    this.#lookNow(this.#settle.drain());
    for (let round = 0; round < MAX_DRAIN_ROUNDS && this.#isBusy() && !this.#isStopped; round += 1) {
      await this.#work;
      this.#removeAbsent([...this.#absent.keys()]);
      this.#lookNow(this.#settle.due(this.#clock.nowMs()));
      if (this.#isBusy()) await new Promise<void>((resolve) => this.#once(DRAIN_ROUND_MS, resolve));
    }
    return this.#index.head;
  }

  #isBusy(): boolean {
    if (this.#halt !== undefined && this.#halt !== 'mass-absence') return false;
    return !this.#fullScanDone || this.#scanning > 0 || this.#settle.size > 0 || this.#absent.size > 0;
  }

  // --- the root -----------------------------------------------------------------------------------

  #checkRoot(): void {
    if (this.#isStopped) return;
    const verdict = this.#judgeRoot();
    if (verdict === 'healthy') {
      if (this.#watcher === undefined) this.#begin();
      return;
    }
    this.#enterHalt(verdict.halt);
  }

  #judgeRoot(): ReturnType<typeof judgeRoot> {
    try {
      const found = this.#tree.rootStat();
      const isCandidate = this.#watcher === undefined && found?.kind === 'directory';
      // Device and inode change honestly across restarts and mounts: while nothing is running the
      // content is judged instead, by a scan that removes nothing until it has been judged.
      const expected = isCandidate ? undefined : this.#root;
      const listedEntries =
        isCandidate && this.#index.size > 0 ? this.#tree.list('').names.length : undefined;
      return judgeRoot({
        expected,
        found,
        indexedEntries: this.#index.size,
        ...(listedEntries === undefined ? {} : { listedEntries }),
      });
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      return judgeRoot({ expected: this.#root, found: 'unreadable', indexedEntries: this.#index.size });
    } finally {
      if (this.#scanning === 0) this.#tree.release();
    }
  }

  /** The root is there: watch it and scan it whole. */
  #begin(): void {
    const stat = this.#tree.rootStat();
    if (stat === undefined) return;
    this.#judgement = this.#root === undefined ? 'was-off' : 'other-root';
    this.#root = { dev: stat.dev, ino: stat.ino };
    this.#watcher = this.#startWatcher({
      dirty: (path) => this.hint(path),
      relist: (path) => this.#relist(path),
      lost: (reason, path, detail) => this.#lost(reason, path, detail),
    });
    this.#runFullScan();
  }

  #enterHalt(reason: RootFault): void {
    if (this.#halt === reason) return;
    this.#halt = reason;
    this.#settle.drain();
    this.#absent.clear();
    this.#relists.clear();
    const watcher = this.#watcher;
    this.#watcher = undefined;
    if (watcher !== undefined) this.#queue(async () => watcher.close());
    this.#tree.release();
    this.#listener.note('warn', this.halt);
    this.#listener.stateChanged();
  }

  // --- scans --------------------------------------------------------------------------------------

  #runFullScan(): void {
    this.#scanning += 1;
    this.#queue(async () => {
      try {
        const watcher = this.#watcher;
        if (watcher === undefined || this.#isStopped) return;
        await watcher.ready;
        const root = this.#looker.lookAt([''], () => true, false);
        root.result.descend.clear();
        this.#commitBatch(root);
        const result = await this.#scan(ROOT_ID, watcher);
        if (watcher === this.#watcher && this.#judgeRoot() === 'healthy') this.#finishFullScan(result);
      } finally {
        this.#endScan();
      }
    });
  }

  #finishFullScan(result: ScanResult): void {
    const missing = result.missing.flatMap((id) => this.#index.byId(id) ?? []);
    const count = missing.reduce((sum, entry) => sum + this.#index.countBelow(entry), 0);
    if (this.#judgement !== undefined && this.#isTooMuchMissing(count)) {
      this.#halt = 'mass-absence';
      this.#listener.note(
        'warn',
        `${count} of ${this.#index.size} indexed entries are missing. ${this.halt}`,
      );
      this.#once(ABSENCE_RECHECK_MS, () => this.#runFullScan());
    } else {
      this.#judgement = undefined;
      this.#halt = undefined;
      this.#removeAbsent(missing.flatMap((entry) => this.#index.pathOf(entry.id) ?? []));
    }
    this.#fullScanDone = true;
    this.#listener.stateChanged();
    this.#listener.changed();
  }

  /**
   * After a start, files may have been deleted in our absence: only a large loss asks. After a root
   * came back under another identity, half of it missing means that it is another root.
   */
  #isTooMuchMissing(count: number): boolean {
    if (this.#judgement === 'other-root') return count * 2 > this.#index.size;
    return judgeAbsence({ indexed: this.#index.size, missing: count }) === 'ask';
  }

  /** Scans a part of the tree that appeared or moved. */
  #scanFolder(id: number): void {
    this.#scanning += 1;
    this.#queue(async () => {
      try {
        const watcher = this.#watcher;
        if (watcher === undefined || this.#isStopped) return;
        const result = await this.#scan(id, watcher);
        this.#noteAbsent(result.missing.flatMap((missing) => this.#index.pathOf(missing) ?? []));
      } finally {
        this.#endScan();
      }
    });
  }

  async #scan(id: number, watcher: TreeWatcher): Promise<ScanResult> {
    const problemsBefore = this.#problems.count;
    const result = await scan(
      {
        tree: this.#tree,
        index: this.#index,
        looker: this.#looker,
        problems: this.#problems,
        watcher,
        clock: this.#clock,
        takeContent: (path, seen) => this.#takeUnlessHot(path, seen),
        hint: (path) => this.hint(path),
        applied: (batch, isChanged) => this.#commitBatch({ result: batch, isChanged }),
        isStopped: () => this.#isStopped || this.#watcher !== watcher,
      },
      id,
    );
    if (this.#problems.count !== problemsBefore) this.#listener.stateChanged();
    return result;
  }

  #endScan(): void {
    this.#scanning -= 1;
    if (this.#scanning > 0) return;
    this.#tree.release();
    if (this.#isRescanWanted && !this.#isStopped && this.#watcher !== undefined) {
      this.#isRescanWanted = false;
      this.#runFullScan();
    }
  }

  #lost(reason: LossReason, path: string, detail: string): void {
    if (reason === 'error' && path !== '') return this.#relist(parentOf(path));
    if (reason === 'watch-limit') return this.#unwatched(path, detail);
    this.#listener.note(
      'warn',
      `The watcher may have missed changes (${reason}: ${detail}); scanning again.`,
    );
    if (this.#scanning > 0) this.#isRescanWanted = true;
    else this.#runFullScan();
  }

  /** A folder without a watch stays without one: only the hourly scans help there. Said once, with the cure. */
  #unwatched(path: string, detail: string): void {
    if (this.#isDegraded) return;
    this.#isDegraded = true;
    this.#listener.note(
      'warn',
      `"${path}" and maybe other folders cannot be watched (${detail}); changes there are found by a scan every hour.`,
    );
    this.#scheduleRescan();
  }

  #scheduleRescan(): void {
    const delay = this.#isDegraded ? RESCAN_DEGRADED_MS : RESCAN_HEALTHY_MS;
    this.#cancelRescan?.();
    this.#cancelRescan = this.#once(delay, () => {
      if (this.#scanning === 0 && this.#watcher !== undefined) this.#runFullScan();
      this.#scheduleRescan();
    });
  }

  // --- looks --------------------------------------------------------------------------------------

  #relist(path: string): void {
    if (this.#isReserved(path)) return;
    this.#relists.add(path);
    this.hint(path);
  }

  #planLook(): void {
    const due = Math.min(this.#settle.nextDueAt() ?? Number.POSITIVE_INFINITY, ...this.#absent.values());
    if (due >= this.#lookAtMs && this.#cancelLook !== undefined) return;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#lookAtMs = due;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#cancelLook = this.#clock.after(Math.max(0, due - this.#clock.nowMs()), () => {
      this.#cancelLook = undefined;
      this.#lookAtMs = Number.POSITIVE_INFINITY;
      this.#lookDue();
    });
  }

  #lookDue(): void {
    const now = this.#clock.nowMs();
    this.#lookNow(this.#settle.due(now));
    const absent: string[] = [];
    for (const [path, dueMs] of this.#absent) if (dueMs <= now) absent.push(path);
    this.#removeAbsent(absent);
    this.#planLook();
  }

  #lookNow(paths: readonly string[]): void {
    if (paths.length === 0 || this.#watcher === undefined || this.#isStopped) return;
    const verdict = this.#judgeRoot();
    if (verdict !== 'healthy') return this.#enterHalt(verdict.halt);
    this.#commitBatch(this.#looker.lookAt(paths, (path, seen) => this.#takeWhenSettled(path, seen), false));
    for (const path of paths) if (this.#relists.delete(path)) this.#scanPath(path);
    if (this.#scanning === 0) this.#tree.release();
  }

  #scanPath(path: string): void {
    const entry = this.#index.byPath(path);
    if (entry?.kind === 'directory') this.#scanFolder(entry.id);
  }

  /** For live looks: the settle machine knows how long this path has been quiet. */
  #takeWhenSettled(path: string, seen: Observed): boolean {
    const sizeBytes = seen.kind === 'directory' ? Number.POSITIVE_INFINITY : seen.sizeBytes;
    return this.#settle.decideRead(path, { sizeBytes }, this.#clock.nowMs()).read;
  }

  /** For scans: a large file that is being written right now is left to the settle machine. */
  #takeUnlessHot(path: string, seen: Observed): boolean {
    if (seen.kind !== 'file' || seen.sizeBytes <= SMALL_BYTES) return true;
    const ageNs = BigInt(Math.floor(this.#clock.wallMs())) * 1_000_000n - seen.ctimeNs;
    if (ageNs < 0n || ageNs > HOT_NS) return true;
    this.hint(path);
    return false;
  }

  #commitBatch(batch: { result: BatchResult; isChanged: boolean }): void {
    const { result, isChanged } = batch;
    for (const { from, to } of result.renamedFolders) {
      this.#watcher?.moveDirectory(from, to);
      this.#settle.renamed(from, to);
    }
    for (const path of result.removed) this.#watcher?.removeDirectory(path);
    for (const id of result.descend) this.#scanFolder(id);
    this.#noteAbsent(result.absent);
    if (isChanged && this.#fullScanDone) this.#listener.changed();
    if (result.isProblemChanged) this.#listener.stateChanged();
  }

  #commit(work: () => void): void {
    if (this.#index.transact(work).isChanged) this.#listener.changed();
  }

  #noteAbsent(paths: Iterable<string>): void {
    const due = this.#clock.nowMs() + PAIRING_MS;
    for (const path of paths) if (!this.#absent.has(path)) this.#absent.set(path, due);
    this.#planLook();
  }

  /** Their time is over: what is still proved absent under a healthy root is removed. */
  #removeAbsent(paths: readonly string[]): void {
    for (const path of paths) this.#absent.delete(path);
    if (paths.length === 0 || this.#isStopped) return;
    // While a large loss waits for a person nothing is removed: the scan that judges it finds these again.
    if (this.#halt === 'mass-absence') return;
    if (this.#judgement !== undefined) return this.#noteAbsent(paths);
    const verdict = this.#judgeRoot();
    if (verdict !== 'healthy') return this.#enterHalt(verdict.halt);
    const problemsBefore = this.#problems.count;
    const { result, isChanged } = this.#looker.removeAbsent(paths);
    if (this.#problems.count !== problemsBefore) this.#listener.stateChanged();
    for (const path of result) this.#watcher?.removeDirectory(path);
    if (isChanged && this.#fullScanDone) this.#listener.changed();
    if (this.#scanning === 0) this.#tree.release();
  }

  #retryProblems(): void {
    for (const path of [...this.#problems.paths()].slice(0, 1000)) this.#relist(path);
  }

  #isReserved(path: string): boolean {
    return isReservedAtTop(path.split('/', 1)[0] ?? '');
  }

  // --- plumbing -----------------------------------------------------------------------------------

  /** One piece of slow work at a time; a failure of one does not stop the next. */
  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#listener.note('warn', `Scanning failed and will be tried again: ${String(error)}`);
      this.#once(ROOT_CHECK_MS, () => this.#runFullScan());
    });
  }

  #once(delayMs: number, work: () => void): () => void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      work();
    });
    this.#timers.add(cancel);
    return cancel;
  }

  #every(intervalMs: number, work: () => void): void {
    this.#once(intervalMs, () => {
      work();
      if (!this.#isStopped) this.#every(intervalMs, work);
    });
  }
}

/** BLAKE3 of a small file now, or undefined when it cannot be read whole. */
function hashOfFile(tree: ReadableTree, path: string, sizeBytes: number): Uint8Array | undefined {
  let handle: ReadHandle | undefined;
  try {
    handle = tree.open(path);
    const bytes = new Uint8Array(sizeBytes);
    return handle.readSync(bytes, 0, sizeBytes, 0) === sizeBytes ? hashBytes(bytes) : undefined;
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  } finally {
    handle?.close();
  }
}
