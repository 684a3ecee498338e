/**
 * The watcher of Linux: one `fs.watch` for each folder, set while the caller scans.
 *
 * A watch belongs to a folder (an inode), its path to the place of its node in our tree. Each watch is
 * set through a path that ends in '/.', because the kernel reports what happens to the folder itself
 * (deleted, moved, its mode changed: Node cannot tell them apart) under the last name of that path,
 * and no child can be called '.'.
 */
import fs from 'node:fs';
import type { Heard, NodeIdentity } from '../../core/index.ts';
import { type EventQueue, sharedEventQueue } from './event-queue.ts';
import { FolderNode } from './folder-node.ts';
import { type HeldFolder, withFolder } from './held-folder.ts';
import type { TreeWatcher, WatcherFactory, WatchListener } from './port.ts';
import { errorCode, explainFailure, FailureLog } from './watch-failure.ts';

const SELF = '.';
/** Elsewhere Node says "rename" of other things, too. */
const IS_LINUX = process.platform === 'linux';
/** What stands in a name for bytes that are not UTF-8. */
const UNDECODABLE = '\uFFFD';

/**
 * A birth this long before its watch was set cannot be repeated by a later folder with the same inode
 * number; births are stamped in ticks of the kernel's clock, 10 ms at most.
 */
const DISTINCT_BIRTH_MS = 50;

/** What is kept for each folder. */
interface FolderState {
  watch: FolderWatch | undefined;
  /** The folder's own watch reported something and another folder, or none, stood at its path. */
  isDisplaced: boolean;
  /** That it has no watch was told; it is not told again until it had one. */
  isFailureTold: boolean;
}

interface FolderWatch {
  /** Undefined once the watch is out of use and only waits to be closed. */
  node: FolderNode<FolderState> | undefined;
  readonly identity: NodeIdentity;
  readonly hasDistinctBirth: boolean;
  readonly handle: fs.FSWatcher;
}

const unwatched = (): FolderState => ({ watch: undefined, isDisplaced: false, isFailureTold: false });

/** Makes a watcher of folders on Linux; elsewhere its `addDirectory` finds no folder. Nothing is watched before `addDirectory('')`. */
export const createNativeWatcher: WatcherFactory = (root, listener) =>
  new NativeWatcher(root, listener, sharedEventQueue());

export class NativeWatcher implements TreeWatcher {
  readonly ready = Promise.resolve();
  readonly notice = '';
  readonly #root: string;
  readonly #listener: WatchListener;
  readonly #queue: EventQueue;
  readonly #unsubscribe: () => void;
  readonly #failures = new FailureLog();
  readonly #top = new FolderNode<FolderState>(unwatched());
  #isClosed = false;

  /** `root` is absolute; `queue` is the one of this event loop. */
  constructor(root: string, listener: WatchListener, queue: EventQueue) {
    this.#root = root.replace(/\/+$/, '');
    this.#listener = listener;
    this.#queue = queue;
    this.#unsubscribe = queue.subscribe((detail) => listener.lost('overflow', '', detail));
  }

  addDirectory(path: string): boolean {
    if (this.#isClosed) return false;
    let displaced: readonly string[] = [];
    this.#hold(path, (held) => {
      const known = this.#top.find(path);
      const state = known?.content;
      if (state?.watch !== undefined && !isSameFolder(state.watch.identity, held.identity)) {
        displaced = pathsBelow(known);
        this.#forget(path);
      } else if (state?.watch !== undefined && !state.isDisplaced) return;
      this.#setWatch(path, held);
    });
    // Folders of these names may stand in the new folder, and nobody watches them now.
    for (const below of displaced) this.#listener.relist(below);
    return this.#top.find(path)?.content.watch !== undefined;
  }

  moveDirectory(from: string, to: string): void {
    if (from === '' || to === '') throw new RangeError('the root of a watched tree has no other path');
    if (this.#isClosed || from === to) return;
    const node = this.#top.ensure(from, unwatched);
    const watch = node.content.watch;
    const standing = this.#identityAt(to);
    if (watch !== undefined && standing !== undefined && !isSameFolder(watch.identity, standing)) {
      this.addDirectory(to);
      this.#listener.lost('error', to, 'the folder moved here is not the one watched before');
      return;
    }
    node.detach();
    this.#forget(to);
    this.#top.place(node, to, unwatched);
    if (watch === undefined) this.#listener.relist(to);
    else if (standing !== undefined && node.content.isDisplaced) this.#confirm(node, to);
  }

  removeDirectory(path: string): void {
    this.#forget(path);
  }

  caughtUp(): Promise<void> {
    return this.ready;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#forget('');
    await this.#queue.drained();
  }

  #onEvent(watch: FolderWatch, name: string | null, heard: Heard): void {
    this.#queue.countCallback();
    if (this.#isClosed || watch.node === undefined) return;
    const path = watch.node.path();
    if (name === SELF) return this.#onSelf(watch, watch.node, path);
    if (name === null) return this.#listener.relist(path);
    const child = path === '' ? name : `${path}/${name}`;
    this.#listener.dirty(child, heard);
    // A folder that was to be watched and could not be: listed again, it is tried again.
    const state = watch.node.child(name)?.content;
    if (state !== undefined && state.watch === undefined) this.#listener.relist(child);
    if (name.includes(UNDECODABLE)) this.#listener.relist(path);
  }

  #onSelf(watch: FolderWatch, node: FolderNode<FolderState>, path: string): void {
    const standing = this.#identityAt(path);
    if (standing !== undefined && isSameFolder(watch.identity, standing)) this.#confirm(node, path);
    else {
      node.content.isDisplaced = true;
      if (standing !== undefined) this.#listener.relist(path);
    }
    this.#listener.dirty(path);
  }

  /**
   * The folder at `path` looks like the one watched. Where its birth does not prove that, it may be a
   * new one with the old inode number, and then the watch is dead: it is set anew.
   */
  #confirm(node: FolderNode<FolderState>, path: string): void {
    node.content.isDisplaced = false;
    if (node.content.watch === undefined || node.content.watch.hasDistinctBirth) return;
    this.#hold(path, (held) => this.#setWatch(path, held));
    this.#listener.relist(path);
  }

  /** The new watch first, the old one afterwards: of one folder, they are the same to the kernel. */
  #setWatch(path: string, held: HeldFolder): void {
    const node = this.#top.ensure(path, unwatched);
    const state = node.content;
    const handle = fs.watch(held.heldPath);
    const bornMsAgo = Date.now() - Number(held.identity.birthtimeNs / 1_000_000n);
    const watch: FolderWatch = {
      node,
      identity: held.identity,
      hasDistinctBirth: held.identity.birthtimeNs !== 0n && bornMsAgo > DISTINCT_BIRTH_MS,
      handle,
    };
    handle.on('change', (kind, name) => {
      const heard = IS_LINUX && kind === 'rename' ? 'moved' : 'written';
      this.#onEvent(watch, name === null ? null : String(name), heard);
    });
    handle.on('error', (error) => this.#onError(watch, error));
    this.#retire(state);
    state.watch = watch;
    state.isDisplaced = false;
    state.isFailureTold = false;
  }

  #onError(watch: FolderWatch, error: Error): void {
    const node = watch.node;
    if (this.#isClosed || node === undefined) return;
    this.#retire(node.content);
    this.#listener.lost('error', node.path(), explainFailure(error));
  }

  /** Works on the folder at `path`; that there is none is no error, that it cannot be watched is told. */
  #hold(path: string, work: (held: HeldFolder) => void): void {
    try {
      withFolder(this.#absolute(path), work);
    } catch (error) {
      // The node stays, unwatched: should the folder come back, its parent's watch will say so.
      const state = this.#top.ensure(path, unwatched).content;
      if (isNoFolder(error) || state.isFailureTold) return;
      state.isFailureTold = true;
      const reason = isDenied(error) ? 'denied' : 'watch-limit';
      this.#listener.lost(reason, path, this.#failures.explain(error, performance.now()));
    }
  }

  /** Undefined also when it cannot be told: the folder then counts as not standing there, and its node is kept. */
  #identityAt(path: string): NodeIdentity | undefined {
    try {
      return withFolder(this.#absolute(path), (held) => held.identity);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return undefined;
    }
  }

  #forget(path: string): void {
    const node = this.#top.find(path);
    if (node === undefined) return;
    for (const each of node.walk()) this.#retire(each.content);
    if (node !== this.#top) return node.detach();
    for (const child of node.children()) child.detach();
    Object.assign(node.content, unwatched());
  }

  #retire(state: FolderState): void {
    const watch = state.watch;
    if (watch === undefined) return;
    state.watch = undefined;
    watch.node = undefined;
    this.#queue.closeLater(watch.handle);
  }

  #absolute(path: string): string {
    return path === '' ? this.#root || '/' : `${this.#root}/${path}`;
  }
}

function isSameFolder(a: NodeIdentity, b: NodeIdentity): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.birthtimeNs === b.birthtimeNs;
}

function isNoFolder(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function isDenied(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EACCES' || code === 'EPERM';
}

function pathsBelow(node: FolderNode<FolderState> | undefined): readonly string[] {
  if (node === undefined) return [];
  return [...node.walk()].slice(1).map((each) => each.path());
}
