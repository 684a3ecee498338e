/**
 * The watcher of every platform but Linux, and of Linux by choice: chokidar behind our port.
 *
 * chokidar finds and watches folders by itself. Where it has to watch each folder separately it goes
 * astray when folders are renamed, swapped or made again quickly: some stay unwatched, for good and
 * without an error. So what the caller says about folders is compared with what was there before, and
 * after such changes chokidar is started anew, and says so, once it is quiet.
 */
import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ChokidarRun } from './chokidar-run.ts';
import { type EventQueue, sharedEventQueue } from './event-queue.ts';
import { FolderNode } from './folder-node.ts';
import type { LossReason, TreeWatcher, WatcherFactory, WatchListener } from './port.ts';
import { errorCode } from './watch-failure.ts';

/** Doubts come in bursts: one new start for all that have less than this between them. */
const QUIET_MS = 500;
/** But a tree that is never quiet is not left in doubt for longer than this. */
const MAX_DOUBT_MS = 10_000;
/** A new start lists the whole tree; it may take one part in this many of the time. */
const START_SHARE = 20;
/** Platforms where one watch covers a whole tree: nothing can go astray below the root. */
const ONE_WATCH_PLATFORMS: ReadonlySet<NodeJS.Platform> = new Set(['darwin', 'win32']);

/** What is remembered of each folder that the caller named. */
interface FolderMemory {
  /** Undefined before the caller named it, or when it could not be read. */
  identity: string | undefined;
  wasRemoved: boolean;
}

/** Why chokidar is to be started anew, and since when, in ms of `performance.now`. */
interface Doubt {
  readonly reason: LossReason;
  readonly sinceMs: number;
}

const unknown = (): FolderMemory => ({ identity: undefined, wasRemoved: false });

/** Watches the whole tree below a root from the start; `ready` resolves when chokidar has found all of it. */
export const createChokidarWatcher: WatcherFactory = (root, listener) =>
  new ChokidarWatcher(root, listener, sharedEventQueue());

export class ChokidarWatcher implements TreeWatcher {
  readonly ready: Promise<void>;
  readonly notice = '';
  readonly #root: string;
  readonly #listener: WatchListener;
  readonly #queue: EventQueue;
  readonly #unsubscribe: () => void;
  readonly #isDoubtful = !ONE_WATCH_PLATFORMS.has(process.platform);
  #memory = new FolderNode<FolderMemory>(unknown());
  #run: ChokidarRun;
  #startMs = 0;
  #startedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #doubt: Doubt | undefined;
  #restarting: Promise<void> | undefined;
  #isLimitTold = false;
  #isClosed = false;

  /** `root` is absolute; `queue` is the one of this event loop. */
  constructor(root: string, listener: WatchListener, queue: EventQueue) {
    this.#root = resolve(root);
    this.#listener = listener;
    this.#queue = queue;
    this.#unsubscribe = queue.subscribe((detail) => {
      listener.lost('overflow', '', detail);
      this.#plan('overflow');
    });
    this.#run = this.#start();
    this.ready = this.#whenReady();
  }

  addDirectory(path: string): boolean {
    if (this.#isClosed) return false;
    const memory = this.#memory.ensure(path, unknown).content;
    const before = memory.identity;
    memory.identity = this.#identify(path);
    const isOther = before !== undefined && memory.identity !== undefined && before !== memory.identity;
    if (path === '' && isOther) this.#plan('error');
    else if (this.#isDoubtful && (isOther || memory.wasRemoved)) this.#plan('error');
    memory.wasRemoved = false;
    return memory.identity !== undefined;
  }

  moveDirectory(from: string, to: string): void {
    if (this.#isClosed || !this.#isDoubtful) return;
    this.removeDirectory(from);
    this.#memory.ensure(to, unknown).content.identity = this.#identify(to);
    this.#plan('error');
  }

  removeDirectory(path: string): void {
    if (this.#isClosed || path === '') return;
    const node = this.#memory.find(path);
    if (node === undefined) return;
    for (const child of node.children()) child.detach();
    node.content.identity = undefined;
    node.content.wasRemoved = true;
  }

  /** A new start that is due is made at once: until then nobody knows what chokidar missed. */
  async caughtUp(): Promise<void> {
    await this.ready;
    await this.#restarting;
    if (this.#doubt !== undefined && !this.#isClosed) this.#restart(this.#doubt.reason);
    await this.#restarting;
    await this.#run.listedAgain();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    clearTimeout(this.#timer);
    await this.#run.close();
    await this.#restarting;
  }

  #start(): ChokidarRun {
    this.#startedAtMs = performance.now();
    this.#memory = new FolderNode(unknown());
    this.#memory.content.identity = this.#identify('');
    return new ChokidarRun(this.#root, {
      dirty: (path) => this.#listener.dirty(path),
      relist: (path) => this.#listener.relist(path),
      raw: () => this.#queue.countCallback(),
      limit: (detail) => this.#tellLimit(detail),
      failed: (path, detail) => this.#listener.lost('error', path, detail),
      stumbled: () => this.#plan('error'),
    });
  }

  async #whenReady(): Promise<void> {
    await this.#run.ready;
    this.#startMs = performance.now() - this.#startedAtMs;
  }

  /** Plans a new start; each doubt puts it off a little. `reason` is what the caller is told then. */
  #plan(reason: LossReason): void {
    if (this.#isClosed) return;
    const nowMs = performance.now();
    const sinceMs = this.#doubt?.sinceMs ?? nowMs;
    this.#doubt = { reason, sinceMs };
    const quietAtMs = Math.min(nowMs + QUIET_MS, sinceMs + MAX_DOUBT_MS);
    const dueAtMs = Math.max(quietAtMs, this.#startedAtMs + this.#startMs * START_SHARE);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#restart(reason), dueAtMs - nowMs);
  }

  #restart(reason: LossReason): void {
    clearTimeout(this.#timer);
    this.#doubt = undefined;
    if (this.#restarting === undefined) this.#restarting = this.#replaceRun(reason);
    else this.#plan(reason);
  }

  /** The old run is closed first: runs share their watches by path, so a wrong one would be taken over. */
  async #replaceRun(reason: LossReason): Promise<void> {
    await this.#run.close();
    if (!this.#isClosed) {
      this.#run = this.#start();
      await this.#whenReady();
    }
    this.#restarting = undefined;
    if (!this.#isClosed)
      this.#listener.lost(reason, '', 'chokidar was started anew and saw nothing meanwhile');
  }

  #tellLimit(detail: string): void {
    if (this.#isLimitTold) return;
    this.#isLimitTold = true;
    this.#listener.lost('watch-limit', '', detail);
  }

  #identify(path: string): string | undefined {
    try {
      const { dev, ino, birthtimeNs } = lstatSync(join(this.#root, path), { bigint: true });
      return `${dev}.${ino}.${birthtimeNs}`;
    } catch (error) {
      // Absent or unreadable: the caller finds that out by itself; here it only cannot be compared.
      if (errorCode(error) === undefined) throw error;
      return undefined;
    }
  }
}
