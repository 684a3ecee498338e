/**
 * A watcher for file systems that tell nothing: looks through the folders it was given, again and again, and
 * hints at what differs from the look before.
 *
 * The pause between two passes grows with the time that one takes, so that a large tree costs a small part of
 * one core and not more. Within a pass the event loop has its turn every few milliseconds. What it remembers is
 * a few bytes for each name. Descriptors are open within a look only.
 *
 * A name that comes and goes between two passes is in neither picture. Whoever saw it meanwhile says so
 * ({@link TreeWatcher.listed}), and it is hinted at once more when its folder has changed since.
 *
 * Its limit: two changes of a node between two passes that end where they began are not seen.
 */
import { joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import { pollPauseMs } from '../../core/index.ts';
import { FolderNode } from './folder-node.ts';
import { absentNames, changedNames, type FolderLook, lookAtFolder } from './folder-picture.ts';
import type { TreeWatcher, WatchListener } from './port.ts';

/** How long a pass may keep the event loop. */
const SLICE_MS = 8;
/** What stands in a name for bytes that are not UTF-8. */
const UNDECODABLE = '\uFFFD';

/**
 * Names that are gone and are hinted at once more, for each folder; the rest is left to the rescan. A folder in which
 * names come and go without end would have ever more of them.
 */
const MAX_GONE = 1000;

/** In the place of a look that found no folder where somebody has listed one since; equal to none. */
const LISTED = 'listed since';

/** What is kept for each folder. */
interface Polled {
  /** Undefined: it is only on the way to one that is looked through. */
  look: FolderLook | undefined;
  /** Names that were not there at that look, though somebody may have seen them after it. */
  passing: Set<string> | undefined;
}

const unpolled = (): Polled => ({ look: undefined, passing: undefined });

export interface PollOptions {
  /** From the end of a pass to the beginning of the next, milliseconds; longer where a pass is long. */
  readonly everyMs: number;
  /** For {@link TreeWatcher.notice}: a sentence that ends with how often it looks. */
  notice?(seconds: number): string;
  /** Called after each pass, before the next one is planned. */
  passed?(): Promise<void>;
}

export class PollingWatcher implements TreeWatcher {
  readonly ready = Promise.resolve();
  readonly #root: string;
  readonly #listener: WatchListener;
  readonly #options: PollOptions;
  readonly #top = new FolderNode<Polled>(unpolled());
  #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;
  #passing: Promise<void> | undefined;
  #isClosed = false;

  /** `root` is absolute. */
  constructor(root: string, listener: WatchListener, options: PollOptions) {
    this.#root = root.replace(/\/+$/, '');
    this.#listener = listener;
    this.#options = options;
    this.#pauseMs = options.everyMs;
    if (this.notice !== '') listener.noticed(this.notice);
  }

  get notice(): string {
    return this.#options.notice?.(this.everySeconds) ?? '';
  }

  /** The present pause between two passes. */
  get everySeconds(): number {
    return Math.ceil(this.#pauseMs / 1000);
  }

  /** The folders that are looked through. */
  paths(): string[] {
    return [...this.#top.walk()]
      .filter(({ content }) => content.look !== undefined)
      .map((node) => node.path());
  }

  addDirectory(path: string): boolean {
    if (this.#isClosed) return false;
    const { content } = this.#top.ensure(path, unpolled);
    // A folder that is another one now differs from its picture: the next pass says so.
    content.look ??= this.#look(path);
    this.#plan();
    return true;
  }

  listed(path: string, names: readonly string[]): void {
    const polled = this.#top.find(path)?.content;
    if (polled?.look === undefined) return;
    if (typeof polled.look === 'string') {
      polled.look = LISTED;
      return;
    }
    for (const name of absentNames(polled.look, names)) note(polled, name);
  }

  /** Somebody else hinted at this path, and whoever was told may have seen something there. */
  hinted(path: string): void {
    const folder = path === '' ? undefined : this.#top.find(parentOf(path))?.content;
    if (folder?.look !== undefined) note(folder, nameOf(path));
  }

  moveDirectory(from: string, to: string): void {
    if (from === '' || to === '') throw new RangeError('the root of a watched tree has no other path');
    const node = this.#top.find(from);
    if (this.#isClosed || from === to || node === undefined) return;
    node.detach();
    this.#top.find(to)?.detach();
    this.#top.place(node, to, unpolled);
  }

  removeDirectory(path: string): void {
    const node = this.#top.find(path);
    if (node !== this.#top) return node?.detach();
    this.drop('');
    for (const child of this.#top.children()) child.detach();
  }

  /** Looks once more into this folder, and no more from then on; what is below it stays as it is. */
  finish(path: string): void {
    this.#compare(path);
    this.drop(path);
  }

  /** This folder is not looked through any more; what is below it stays as it is. */
  drop(path: string): void {
    const node = this.#top.find(path);
    if (node !== undefined) Object.assign(node.content, unpolled());
  }

  async caughtUp(): Promise<void> {
    // The pass that is under way may have been through the place already.
    await this.#passing;
    await this.#pass();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#passing;
  }

  #plan(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#pass(), this.#pauseMs);
  }

  /** One pass at a time. */
  #pass(): Promise<void> {
    this.#passing ??= this.#lookThrough().finally(() => {
      this.#passing = undefined;
    });
    return this.#passing;
  }

  async #lookThrough(): Promise<void> {
    let busyMs = 0;
    const paths = this.paths();
    let sliceStart = performance.now();
    for (const path of paths) {
      if (this.#isClosed) return;
      this.#compare(path);
      const sliceMs = performance.now() - sliceStart;
      if (sliceMs < SLICE_MS) continue;
      busyMs += sliceMs;
      await nextTurn();
      sliceStart = performance.now();
    }
    this.#pauseMs = pollPauseMs(this.#options.everyMs, busyMs + performance.now() - sliceStart);
    await this.#options.passed?.();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (paths.length > 0) this.#plan();
  }

  #compare(path: string): void {
    const polled = this.#top.find(path)?.content;
    const before = polled?.look;
    if (polled === undefined || before === undefined) return;
    const { passing = [] } = polled;
    const after = this.#look(path);
    Object.assign(polled, { look: after, passing: undefined });
    if (typeof before === 'string' || typeof after === 'string') {
      if (before === after) return;
      this.#listener.dirty(path);
      return this.#listener.relist(path);
    }
    // Nothing came or went in a folder that is as it was.
    const isTouched = before.self !== after.self;
    const changed = new Set([...(isTouched ? passing : []), ...changedNames(before, after)]);
    if (isTouched) this.#listener.dirty(path);
    for (const name of changed) {
      if (name.includes(UNDECODABLE)) this.#listener.relist(path);
      this.#listener.dirty(joinPath(path, name));
    }
    // What is gone may be back for as long as it takes to look at the hint: most likely what went last.
    for (const name of absentNames(after, [...changed]).slice(-MAX_GONE)) note(polled, name);
  }

  #look(path: string): FolderLook {
    return lookAtFolder(path === '' ? this.#root || '/' : `${this.#root}/${path}`, Date.now());
  }
}

function note(polled: Polled, name: string): void {
  polled.passing ??= new Set();
  polled.passing.add(name);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
