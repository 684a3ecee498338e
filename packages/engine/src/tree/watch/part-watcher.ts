/**
 * A watcher of a tree in which disks come and go: a mount makes no event, so the table of mounts is looked at, and
 * where it became another one is hinted at. Parts that others change unheard (a network file system mounted inside)
 * are looked through besides.
 */
import { listedText } from '../../core/index.ts';
import { readMountTable } from '../mount-table.ts';
import { NestedMounts } from './nested-mounts.ts';
import { PollingWatcher } from './polling-watcher.ts';
import type { TreeWatcher, WatcherFactory, WatchListener } from './port.ts';

/** As often as the root itself is looked at. */
const MOUNT_CHECK_MS = 2000;
const MAX_NAMED = 3;

export interface PartOptions {
  /** Watches the whole tree. */
  readonly whole: WatcherFactory;
  /** How often the parts are looked through, milliseconds. */
  readonly everyMs: number;
  /** Gives the text of the table of mounts. */
  readonly readMounts?: () => string;
  readonly mountCheckMs?: number;
}

/** `root` of the watchers that are made is absolute and real. */
export function createPartWatcher(options: PartOptions): WatcherFactory {
  return (root, listener) => new PartWatcher(root, listener, options);
}

class PartWatcher implements TreeWatcher {
  readonly ready: Promise<void>;
  readonly #listener: WatchListener;
  readonly #whole: TreeWatcher;
  readonly #poller: PollingWatcher;
  readonly #mounts: NestedMounts;
  readonly #timer: NodeJS.Timeout;
  #partNotice: string;

  constructor(root: string, listener: WatchListener, options: PartOptions) {
    const { whole, everyMs, readMounts = readMountTable, mountCheckMs = MOUNT_CHECK_MS } = options;
    this.#listener = listener;
    this.#mounts = new NestedMounts(root, readMounts);
    this.#mounts.look();
    this.#poller = new PollingWatcher(root, listener, { everyMs });
    this.#partNotice = this.#describe();
    this.#whole = whole(root, {
      ...boundTo(listener),
      dirty: (path, heard) => {
        listener.dirty(path, heard);
        this.#poller.hinted(path);
      },
      noticed: () => listener.noticed(this.notice),
    });
    this.ready = this.#whole.ready;
    if (this.#partNotice !== '') listener.noticed(this.#partNotice);
    this.#timer = setInterval(() => this.#lookAtMounts(), mountCheckMs);
  }

  get notice(): string {
    return [this.#partNotice, this.#whole.notice].filter((text) => text !== '').join(' ');
  }

  addDirectory(path: string): boolean {
    const isHeard = this.#whole.addDirectory(path);
    if (this.#mounts.isRemote(path)) this.#poller.addDirectory(path);
    else this.#poller.drop(path);
    return isHeard;
  }

  listed(path: string, names: readonly string[]): void {
    this.#whole.listed?.(path, names);
    this.#poller.listed(path, names);
  }

  moveDirectory(from: string, to: string): void {
    this.#whole.moveDirectory(from, to);
    this.#poller.moveDirectory(from, to);
  }

  removeDirectory(path: string): void {
    this.#whole.removeDirectory(path);
    this.#poller.removeDirectory(path);
  }

  async caughtUp(): Promise<void> {
    this.#lookAtMounts();
    await this.#whole.caughtUp();
    await this.#poller.caughtUp();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#whole.close(), this.#poller.close()]);
  }

  #lookAtMounts(): void {
    const changed = this.#mounts.look();
    for (const path of changed) {
      this.#listener.dirty(path);
      this.#listener.relist(path);
    }
    const notice = this.#describe();
    if (notice === this.#partNotice) return;
    this.#partNotice = notice;
    this.#listener.noticed(this.notice);
  }

  #describe(): string {
    const parts = this.#mounts.remote();
    if (parts.length === 0) return '';
    const named = parts.slice(0, MAX_NAMED).map(([path, name]) => `${path} (${name})`);
    const every = `looked through every ${this.#poller.everySeconds} s`;
    return `${listedText(named, parts.length)}: mounted inside the source, and nothing tells of changes made there on other machines; ${every}.`;
  }
}

/** The methods of a listener as properties, so that one can be another. */
function boundTo(listener: WatchListener): WatchListener {
  return {
    dirty: (path, heard) => listener.dirty(path, heard),
    relist: (path) => listener.relist(path),
    lost: (reason, path, detail) => listener.lost(reason, path, detail),
    noticed: (text) => listener.noticed(text),
  };
}
