/**
 * A watcher whose gaps are looked through: the folders that the system does not watch, because its limit of
 * watches is reached, or all of them where it does not hear of every change (a network file system). A folder
 * gets its watch as soon as the limit allows it.
 */
import { PollingWatcher } from './polling-watcher.ts';
import type { LossReason, TreeWatcher, WatcherFactory, WatchListener } from './port.ts';

/** How often folders of a local disk without a watch are looked through, milliseconds. */
const GAP_POLL_MS = 2000;
/** How long watches are set anew before the event loop has its turn. */
const SLICE_MS = 8;

export interface GapOptions {
  /** Hears of most changes. */
  readonly events: WatcherFactory;
  /** It names the root when it is at its limit, whichever folders are not watched then. */
  readonly isLimitOfAll: boolean;
  /** Set: it does not hear of all changes, for this reason; everything is looked through, that often. */
  readonly deaf?: { readonly why: string; readonly everyMs: number };
}

/** Makes a watcher that hears by `options.events` and looks where that does not hear. */
export function createGapWatcher(options: GapOptions): WatcherFactory {
  return (root, listener) => new GapWatcher(root, listener, options);
}

class GapWatcher implements TreeWatcher {
  readonly ready: Promise<void>;
  readonly #listener: WatchListener;
  readonly #options: GapOptions;
  readonly #events: TreeWatcher;
  readonly #poller: PollingWatcher;
  /** Why everything is looked through; '' when only the gaps are. */
  #whyAll: string;
  /** The last cause of a gap, with its cure. */
  #whyGap = '';
  #gaps = 0;
  #nextTry = 0;

  constructor(root: string, listener: WatchListener, options: GapOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#whyAll = options.deaf?.why ?? '';
    this.#poller = new PollingWatcher(root, listener, {
      everyMs: options.deaf?.everyMs ?? GAP_POLL_MS,
      passed: () => this.#passed(),
    });
    this.#events = options.events(root, {
      dirty: (path, heard) => {
        listener.dirty(path, heard);
        this.#poller.hinted(path);
      },
      relist: (path) => listener.relist(path),
      lost: (reason, path, detail) => this.#lost(reason, path, detail),
      noticed: (text) => listener.noticed(text),
    });
    this.ready = this.#events.ready;
    if (this.notice !== '') listener.noticed(this.notice);
  }

  get notice(): string {
    const every = `looked through every ${this.#poller.everySeconds} s`;
    if (this.#whyAll !== '') return `${this.#whyAll}: all folders are ${every}.`;
    if (this.#gaps === 0) return '';
    const folders = this.#gaps === 1 ? '1 folder is' : `${this.#gaps} folders are`;
    return `${folders} not watched (${this.#whyGap}): ${every}, until watching is possible again.`;
  }

  addDirectory(path: string): boolean {
    const isHeard = this.#events.addDirectory(path);
    if (this.#whyAll !== '') this.#poller.addDirectory(path);
    else if (isHeard) this.#poller.drop(path);
    return isHeard;
  }

  listed(path: string, names: readonly string[]): void {
    this.#poller.listed(path, names);
  }

  moveDirectory(from: string, to: string): void {
    this.#events.moveDirectory(from, to);
    this.#poller.moveDirectory(from, to);
  }

  removeDirectory(path: string): void {
    this.#events.removeDirectory(path);
    this.#poller.removeDirectory(path);
  }

  async caughtUp(): Promise<void> {
    await this.#events.caughtUp();
    await this.#poller.caughtUp();
  }

  async close(): Promise<void> {
    await Promise.all([this.#events.close(), this.#poller.close()]);
  }

  #lost(reason: LossReason, path: string, detail: string): void {
    if (reason !== 'watch-limit') return this.#listener.lost(reason, path, detail);
    if (this.#whyAll !== '') return;
    if (!this.#options.isLimitOfAll) {
      if (detail !== '') this.#whyGap = detail;
      this.#poller.addDirectory(path);
      return;
    }
    this.#whyAll = detail;
    this.#listener.noticed(this.notice);
    // The scan that follows names every folder.
    this.#listener.lost('watch-limit', '', detail);
  }

  /** Sets watches where they were refused, as far as the system allows now, and tells when it became another matter. */
  async #passed(): Promise<void> {
    if (this.#whyAll !== '') return;
    const before = this.#gaps;
    this.#gaps = await this.#closeGaps(this.#poller.paths());
    if ((before === 0) !== (this.#gaps === 0)) this.#listener.noticed(this.notice);
  }

  /** Returns how many are left. One that is refused ends it; the next time another one is tried first. */
  async #closeGaps(paths: readonly string[]): Promise<number> {
    let sliceStart = performance.now();
    for (let left = paths.length; left > 0; left -= 1) {
      const path = paths[this.#nextTry % paths.length] ?? '';
      this.#nextTry += 1;
      if (!this.#events.addDirectory(path)) return left;
      // What happened since the last look and before the watch was set.
      this.#poller.finish(path);
      if (performance.now() - sliceStart < SLICE_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sliceStart = performance.now();
    }
    return 0;
  }
}
