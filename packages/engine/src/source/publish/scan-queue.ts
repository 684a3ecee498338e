/**
 * When the source is scanned: one scan at a time, whole or of a folder, and again every day, at once when
 * hints were lost.
 */

import { ROOT_ID } from '@lanmirror/protocol';
import type { Clock, Pacing, Timers } from '../../core/index.ts';
import type { ReadableTree, TreeWatcher } from '../../tree/index.ts';
import type { Observed } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { Looked, Looker } from './look.ts';
import type { ProblemList } from './problem-list.ts';
import { type ScanProgress, type ScanResult, scan } from './scan.ts';

const RESCAN_MS = 24 * 3_600_000;
/** After a scan that failed as a whole. */
const RETRY_MS = 2000;
/** Content that changed less than this ago is not taken by a scan: it is looked at when it is quiet. */
const HOT_NS = 500_000_000n;
const SMALL_BYTES = 1 << 20;

export interface ScanQueueHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly clock: Clock;
  readonly looker: Looker;
  readonly problems: ProblemList;
  readonly timers: Timers;
  /** To which scans are held; without it, to nothing. */
  readonly pace?: Pacing | undefined;
  /** The watcher of now; without one nothing is scanned. */
  watcher(): TreeWatcher | undefined;
  /** The path may have changed: it is to be looked at when it is quiet. */
  hint(path: string): void;
  /** A folder was not where the index has it: it is judged later, and listed then if it is back. */
  vanished(path: string): void;
  /** After each transaction. */
  looked(batch: Looked): void;
  /** The whole tree was scanned and its root is still the same. */
  scannedAll(result: ScanResult): void;
  /** A part of the tree was scanned. */
  scannedFolder(result: ScanResult): void;
  /** The index is made, and has nothing of the source that this scan did not put into it. */
  isFirstIndexing(): boolean;
  /** What is known of a folder's content is another now; `isChanged`: the index has a new head. */
  published(isChanged: boolean): void;
  /** Problems were found or have gone. */
  problemsChanged(): void;
  isRootHealthy(): boolean;
  /** Whether this failure began a halt, at the end of which everything is scanned. */
  isHalted(error: unknown): boolean;
  warn(text: string): void;
}

export class ScanQueue {
  readonly #host: ScanQueueHost;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isStopped = false;
  #isWanted = false;
  #progress: ScanProgress = { folders: 0, entries: 0 };

  constructor(host: ScanQueueHost) {
    this.#host = host;
  }

  /** A scan runs or waits. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** What the whole scan that runs or ran last has done, with the parts that appeared meanwhile. */
  get progress(): Readonly<ScanProgress> {
    return this.#progress;
  }

  /** Scans the whole tree. */
  scanAll(): void {
    this.#add(async (watcher) => {
      this.#progress = { folders: 0, entries: 0 };
      await watcher.ready;
      this.#host.problems.beginScan();
      const root = this.#host.looker.lookAt([''], () => true, false);
      root.result.descend.clear();
      this.#host.looked(root);
      const result = await this.#scan(ROOT_ID, watcher);
      // Cut short by a stop, it says nothing of what it did not come to.
      if (this.#isStopped || watcher !== this.#host.watcher() || !this.#host.isRootHealthy()) return;
      this.#host.problems.endScan();
      this.#host.scannedAll(result);
    });
  }

  /** Scans the whole tree when the scans that wait are done, because changes may have been missed. */
  scanAllSoon(): void {
    if (this.isBusy) this.#isWanted = true;
    else this.scanAll();
  }

  /** Scans a part of the tree that appeared or moved. */
  scanFolder(id: number): void {
    this.#add(async (watcher) => {
      const result = await this.#scan(id, watcher);
      if (!this.#isStopped) this.#host.scannedFolder(result);
    });
  }

  /** Scans again every day: for what no watcher can see, and as a second look at the first. */
  scheduleRescan(): void {
    this.#host.timers.every(RESCAN_MS, () => {
      if (!this.isBusy && this.#host.watcher() !== undefined) this.scanAll();
    });
  }

  /** Slow work that must not run beside a scan; a failure of one does not stop the next. */
  queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      if (this.#host.isHalted(error)) return;
      this.#host.warn(`Scanning failed and will be tried again: ${String(error)}`);
      this.#host.timers.once(RETRY_MS, () => this.scanAll());
    });
  }

  /** Resolves when the work that waits now is done. */
  done(): Promise<void> {
    return this.#work;
  }

  /** No scan goes on or begins; resolves when nothing runs any more. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#work;
  }

  #add(work: (watcher: TreeWatcher) => Promise<void>): void {
    this.#waiting += 1;
    this.queue(async () => {
      try {
        const watcher = this.#host.watcher();
        if (watcher !== undefined && !this.#isStopped) await work(watcher);
      } finally {
        this.#end();
      }
    });
  }

  #end(): void {
    this.#waiting -= 1;
    if (this.isBusy) return;
    this.#host.tree.release();
    if (!this.#isWanted || this.#isStopped || this.#host.watcher() === undefined) return;
    this.#isWanted = false;
    this.scanAll();
  }

  async #scan(id: number, watcher: TreeWatcher): Promise<ScanResult> {
    const { tree, index, looker, problems, clock, pace } = this.#host;
    const problemsBefore = problems.revision;
    const result = await scan(
      {
        tree,
        index,
        looker,
        problems,
        watcher,
        clock,
        pace,
        progress: this.#progress,
        takeContent: (path, seen) => this.#takeUnlessHot(path, seen),
        hint: (path) => this.#host.hint(path),
        vanished: (path) => this.#host.vanished(path),
        applied: (batch) => this.#host.looked(batch),
        known: (isChanged) => this.#host.published(isChanged),
        isStopped: () => this.#isStopped || !this.#host.isRootHealthy() || this.#host.watcher() !== watcher,
      },
      id,
    );
    if (problems.revision !== problemsBefore) this.#host.problemsChanged();
    return result;
  }

  /**
   * A large file that is being written right now is left to those who wait for quiet. Not so while the
   * index is made: what is not in it would be taken for absent by a mirror that has it.
   */
  #takeUnlessHot(path: string, seen: Observed): boolean {
    if (seen.kind !== 'file' || seen.sizeBytes <= SMALL_BYTES) return true;
    const ageNs = BigInt(Math.floor(this.#host.clock.wallMs())) * 1_000_000n - seen.ctimeNs;
    if (ageNs < 0n || ageNs > HOT_NS) return true;
    this.#host.hint(path);
    return this.#host.isFirstIndexing();
  }
}
