/**
 * One run of chokidar over a whole tree, from its start to its close, with its events as hints.
 */
import { lstat, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { RESERVED_NAME } from '@lanmirror/protocol';
import { type FSWatcher, watch } from 'chokidar';
import { errorCode, explainFailure } from './watch-failure.ts';

/**
 * chokidar waits for its own unfinished work when it closes, and some of that never ends when folders
 * changed under it. Its watches are closed at once all the same, so the wait has an end.
 */
const MAX_CLOSE_MS = 1000;

/**
 * On Linux a folder whose mode or times change is told as `rename` of its own name, as if it had been
 * replaced. chokidar then looks twice and, when nothing of that name stands inside, closes its watch and
 * sets another; what changes inside between the two it never tells. It says nothing when it is done, so
 * the same two looks and this rest pass before the folder is listed again.
 */
const WATCH_CHANGE_MS = 250;

/** An entry changed while chokidar looked at it: no failure of the watch. */
const OVERTAKEN: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL']);
const LIMIT: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EMFILE']);

export interface ChokidarListener {
  dirty(path: string): void;
  relist(path: string): void;
  /** The system told chokidar something: once for every callback of the kernel's queue. */
  raw(): void;
  /** Watches could not be set for want of resources. */
  limit(detail: string): void;
  /** chokidar failed at `path`. */
  failed(path: string, detail: string): void;
  /** chokidar stumbled over a change and may have left something out. */
  stumbled(): void;
}

export class ChokidarRun {
  /** Resolves when the whole tree is watched, or at close. */
  readonly ready: Promise<void>;
  readonly #root: string;
  readonly #prefix: string;
  readonly #listener: ChokidarListener;
  readonly #watcher: FSWatcher;
  /** Folders that are going to be listed again, see `WATCH_CHANGE_MS`. */
  readonly #relists = new Set<Promise<void>>();
  #stopWaiting: () => void = () => {};
  #isClosed = false;

  constructor(root: string, listener: ChokidarListener) {
    this.#root = resolve(root);
    this.#prefix = this.#root.endsWith(sep) ? this.#root : `${this.#root}${sep}`;
    this.#listener = listener;
    this.#watcher = watch(this.#root, {
      ignoreInitial: true,
      atomic: false,
      awaitWriteFinish: false,
      followSymlinks: false,
      alwaysStat: true,
      ignored: (path) => this.#isReserved(path),
    });
    this.ready = new Promise((settle) => {
      this.#stopWaiting = settle;
      this.#watcher.once('ready', settle);
    });
    this.#listen();
  }

  /** Resolves when the folders whose watch chokidar was setting anew have been told as to be listed. */
  async listedAgain(): Promise<void> {
    await Promise.all(this.#relists);
  }

  /** After this no listener is called. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWaiting();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((settle) => {
      timer = setTimeout(settle, MAX_CLOSE_MS);
    });
    await Promise.race([this.#watcher.close(), timeout]);
    clearTimeout(timer);
  }

  #listen(): void {
    this.#watcher.on('all', (event, path, stats) => {
      this.#onChange(path, event === 'addDir' || stats?.isDirectory() === true);
    });
    this.#watcher.on('raw', (event, name, context) => {
      const watched = watchedPath(context);
      this.#onRaw(name, watched);
      if (event === 'rename' && watched !== undefined && name === basename(watched))
        this.#relistLater(watched);
    });
    this.#watcher.on('error', (error) => this.#onError(error));
  }

  /** chokidar has no event for a file that became a folder but `change`, so a folder is always listed again. */
  #onChange(path: string, isFolder: boolean): void {
    const changed = this.#relative(path);
    if (this.#isClosed || changed === undefined) return;
    this.#listener.dirty(changed);
    if (isFolder) this.#listener.relist(changed);
  }

  /** What the system said, before chokidar made up its mind: a hint that chokidar may never give. */
  #onRaw(name: string | null, watched: string | undefined): void {
    if (this.#isClosed) return;
    this.#listener.raw();
    const folder = this.#relative(watched);
    if (folder === undefined) return;
    if (name === null) return this.#listener.relist(folder);
    const path = this.#relative(isAbsolute(name) ? name : resolve(this.#root, folder, name));
    if (path !== undefined) this.#listener.dirty(path);
    if (name.includes('\uFFFD')) this.#listener.relist(folder);
  }

  #relistLater(watched: string): void {
    const folder = this.#relative(watched);
    if (process.platform !== 'linux' || folder === undefined) return;
    const relist = this.#relistAfterChange(watched, folder);
    this.#relists.add(relist);
    void relist.then(() => this.#relists.delete(relist));
  }

  async #relistAfterChange(watched: string, folder: string): Promise<void> {
    // Their answers are not wanted here, only the time they take.
    await Promise.allSettled([lstat(join(watched, basename(watched)))]);
    await Promise.allSettled([stat(watched)]);
    await rest(WATCH_CHANGE_MS, undefined, { ref: false });
    if (!this.#isClosed) this.#listener.relist(folder);
  }

  #onError(error: unknown): void {
    if (this.#isClosed) return;
    const code = errorCode(error);
    if (LIMIT.has(code)) this.#listener.limit(explainFailure(error));
    else if (OVERTAKEN.has(code)) this.#listener.stumbled();
    else this.#listener.failed(this.#relative(failedPath(error)) ?? '', explainFailure(error));
  }

  #isReserved(path: string): boolean {
    return this.#relative(path)?.split('/', 1)[0]?.toLowerCase() === RESERVED_NAME;
  }

  /** A path of chokidar as one of the port; undefined for one outside the root. */
  #relative(path: string | undefined): string | undefined {
    if (path === this.#root) return '';
    if (path === undefined || !path.startsWith(this.#prefix)) return undefined;
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
