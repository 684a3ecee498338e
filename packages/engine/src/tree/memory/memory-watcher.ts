/**
 * Hints of a memory tree, given when the test says so. As with inotify each folder is watched by
 * itself: what happens in a folder that was never added is not heard of, and a folder that was renamed
 * speaks under its old path until it is told.
 */
import { isWithin, joinPath } from '@lanmirror/protocol';
import type { Heard } from '../../core/index.ts';
import type { TreeWatcher, WatchListener } from '../watch/port.ts';
import type { MemoryDisk } from './disk.ts';
import type { MemoryNode } from './node.ts';

export class MemoryWatcher implements TreeWatcher {
  readonly ready = Promise.resolve();
  readonly notice = '';
  readonly #disk: MemoryDisk;
  readonly #listener: WatchListener;
  readonly #paths = new Map<MemoryNode, string>();
  readonly #hear = (folder: MemoryNode, name: string, heard: Heard): void => {
    const path = this.#paths.get(folder);
    if (path !== undefined) this.#pending.push({ path: joinPath(path, name), heard });
  };
  #pending: { readonly path: string; readonly heard: Heard }[] = [];

  constructor(disk: MemoryDisk, listener: WatchListener) {
    this.#disk = disk;
    this.#listener = listener;
    disk.listeners.add(this.#hear);
  }

  /** Paths of the hints that wait to be given, oldest first. */
  get pending(): readonly string[] {
    return this.#pending.map(({ path }) => path);
  }

  /** Gives the oldest `count` hints (default all) to the listener, in order. */
  deliver(count = this.#pending.length): void {
    for (const { path, heard } of this.#pending.splice(0, count)) this.#listener.dirty(path, heard);
  }

  /** The oldest `count` hints (default all) are lost and nobody knows. */
  drop(count = this.#pending.length): void {
    this.#pending.splice(0, count);
  }

  /** The queue overflows: all waiting hints are lost and the listener is told. */
  overflow(): void {
    this.drop();
    this.#listener.lost('overflow', '', 'too many changes at once');
  }

  addDirectory(path: string): boolean {
    const node = path === '' ? this.#disk.root : this.#disk.find(path);
    for (const [known, knownPath] of this.#paths) {
      if (knownPath === path && known !== node) this.#paths.delete(known);
    }
    if (node?.kind !== 'directory') return false;
    this.#paths.set(node, path);
    return true;
  }

  moveDirectory(from: string, to: string): void {
    for (const [node, path] of this.#paths) {
      if (isWithin(path, from)) this.#paths.set(node, to + path.slice(from.length));
    }
  }

  removeDirectory(path: string): void {
    for (const [node, known] of this.#paths) if (isWithin(known, path)) this.#paths.delete(node);
  }

  caughtUp(): Promise<void> {
    return this.ready;
  }

  close(): Promise<void> {
    this.#disk.listeners.delete(this.#hear);
    this.#pending = [];
    return Promise.resolve();
  }
}
