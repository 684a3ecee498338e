/**
 * The watcher of every platform but Linux, and of Linux by choice: chokidar behind our port. It finds
 * and watches folders by itself, so the caller's word about them is not needed.
 */
import { lstatSync } from 'node:fs';
import { isAbsolute, resolve, sep } from 'node:path';
import { RESERVED_NAME } from '@lanmirror/protocol';
import { type FSWatcher, watch } from 'chokidar';
import { type EventQueue, sharedEventQueue } from './event-queue.ts';
import type { LossReason, TreeWatcher, WatcherFactory, WatchListener } from './port.ts';
import { errorCode, explainFailure } from './watch-failure.ts';

/** Watches the whole tree below a root from the start; `ready` resolves when chokidar has found all of it. */
export const createChokidarWatcher: WatcherFactory = (root, listener) =>
  new ChokidarWatcher(root, listener, sharedEventQueue());

export class ChokidarWatcher implements TreeWatcher {
  readonly ready: Promise<void>;
  readonly #root: string;
  readonly #prefix: string;
  readonly #listener: WatchListener;
  readonly #queue: EventQueue;
  readonly #unsubscribe: () => void;
  #watcher: FSWatcher | undefined;
  #rootIdentity: string | undefined;
  #restarting: Promise<void> | undefined;
  #restartReason: LossReason | undefined;
  #giveUpWaiting: () => void = () => {};
  #isLimitTold = false;
  #isClosed = false;

  /** `root` is absolute; `queue` is the one of this event loop. */
  constructor(root: string, listener: WatchListener, queue: EventQueue) {
    this.#root = resolve(root);
    this.#prefix = this.#root.endsWith(sep) ? this.#root : `${this.#root}${sep}`;
    this.#listener = listener;
    this.#queue = queue;
    this.#unsubscribe = queue.subscribe((detail) => this.#onOverflow(detail));
    this.ready = this.#start();
  }

  /** chokidar finds folders by itself. Only the root is its blind spot: another one at its path is watched anew. */
  addDirectory(path: string): void {
    if (this.#isClosed || path !== '') return;
    const identity = this.#identifyRoot();
    if (identity !== undefined && identity !== this.#rootIdentity) this.#restart('error');
  }

  /** chokidar sees the move itself. */
  moveDirectory(): void {}

  /** chokidar sees the removal itself. */
  removeDirectory(): void {}

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#giveUpWaiting();
    await this.#watcher?.close();
    await this.#restarting;
  }

  /** Resolves when the new chokidar has listed the whole tree, or is closed before that. */
  #start(): Promise<void> {
    this.#rootIdentity = this.#identifyRoot();
    const watcher = watch(this.#root, {
      ignoreInitial: true,
      atomic: false,
      awaitWriteFinish: false,
      followSymlinks: false,
      alwaysStat: true,
      ignored: (path) => this.#isReserved(path),
    });
    this.#watcher = watcher;
    watcher.on('all', (event, path, stats) => {
      this.#onChange(path, event === 'addDir' || stats?.isDirectory() === true);
    });
    watcher.on('raw', (_event, name, context) => this.#onRaw(name, context));
    watcher.on('error', (error) => this.#onError(error));
    return new Promise((settled) => {
      this.#giveUpWaiting = settled;
      watcher.once('ready', settled);
    });
  }

  /**
   * chokidar has no name for some changes (a file replaced by a folder is a `change`), so a folder is
   * always listed again.
   */
  #onChange(path: string, isFolder: boolean): void {
    const changed = this.#relative(path);
    if (this.#isClosed || changed === undefined) return;
    this.#listener.dirty(changed);
    if (isFolder) this.#listener.relist(changed);
  }

  /** What the system told chokidar, before chokidar judged it: also a hint, and what the queue is counted by. */
  #onRaw(name: string | null, context: unknown): void {
    this.#queue.countCallback();
    const folder = this.#isClosed ? undefined : this.#relative(watchedPath(context));
    if (folder === undefined) return;
    if (name === null) return this.#listener.relist(folder);
    const path = this.#relative(isAbsolute(name) ? name : resolve(this.#root, folder, name));
    if (path !== undefined) this.#listener.dirty(path);
    if (name.includes('\uFFFD')) this.#listener.relist(folder);
  }

  #onError(error: unknown): void {
    if (this.#isClosed) return;
    const code = errorCode(error);
    if (code !== 'ENOSPC' && code !== 'EMFILE') {
      this.#listener.lost('error', this.#relative(failedPath(error)) ?? '', explainFailure(error));
    } else if (!this.#isLimitTold) {
      this.#isLimitTold = true;
      this.#listener.lost('watch-limit', '', explainFailure(error));
    }
  }

  /** chokidar's own picture of the tree is wrong after lost events: it must list the tree again too. */
  #onOverflow(detail: string): void {
    this.#listener.lost('overflow', '', detail);
    this.#restart('overflow');
  }

  /** Runs one restart at a time; what is asked for meanwhile makes one more. `reason` is told when it is done. */
  #restart(reason: LossReason): void {
    this.#restartReason = reason;
    this.#restarting ??= this.#replaceWatcher();
  }

  async #replaceWatcher(): Promise<void> {
    for (let reason = this.#restartReason; reason !== undefined; reason = this.#restartReason) {
      this.#restartReason = undefined;
      await this.#watcher?.close();
      if (this.#isClosed) break;
      await this.#start();
      if (!this.#isClosed) this.#listener.lost(reason, '', 'nothing was watched while watching began anew');
    }
    this.#restarting = undefined;
  }

  #identifyRoot(): string | undefined {
    try {
      const { dev, ino, birthtimeNs } = lstatSync(this.#root, { bigint: true });
      return `${dev}.${ino}.${birthtimeNs}`;
    } catch (error) {
      // Absent or unreadable: the caller judges the root; here it is only not another one.
      if (errorCode(error) === undefined) throw error;
      return undefined;
    }
  }

  #isReserved(path: string): boolean {
    const below = this.#relative(path);
    return below !== undefined && below.split('/', 1)[0]?.toLowerCase() === RESERVED_NAME;
  }

  /** A path of chokidar as one of the port; undefined for one outside the root. */
  #relative(path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    if (path === this.#root) return '';
    if (!path.startsWith(this.#prefix)) return undefined;
    const below = path.slice(this.#prefix.length);
    return sep === '/' ? below : below.replaceAll(sep, '/');
  }
}

function watchedPath(context: unknown): string | undefined {
  if (typeof context !== 'object' || context === null || !('watchedPath' in context)) return undefined;
  return typeof context.watchedPath === 'string' ? context.watchedPath : undefined;
}

function failedPath(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('path' in error)) return undefined;
  return typeof error.path === 'string' ? error.path : undefined;
}
