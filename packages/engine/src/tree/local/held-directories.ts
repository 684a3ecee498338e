/**
 * Walking by descriptors: every folder on the way is opened without following links, from the
 * descriptor of the folder that holds it. Whoever swaps a folder for a link meanwhile changes nothing
 * for us: we act in the folder we hold. It also reaches nodes deeper than the system's longest path.
 *
 * Node has no `openat`; a path below /proc/self/fd/N does the same.
 *
 * Descriptors are kept for speed, at most 64 of them, fewer where the process may not have many, and only within one
 * turn of the event loop: a folder renamed by somebody else is looked up anew when the notice of it arrives, and an idle
 * tree can be unmounted.
 */

import { chmodSync, closeSync, constants, fstatSync, openSync, utimesSync } from 'node:fs';
import type { Stat } from '../port.ts';
import { heldCapacity, openFileLimit } from './descriptor-limit.ts';
import { type Directories, type NodeHandle, RootPath, splitPath } from './directories.ts';
import type { FileTime } from './file-time.ts';
import { isTooManyOpen } from './fs-error.ts';
import { toStat } from './node-stat.ts';

/** Linux: opens a node only to hold it, which needs no permission on it and never blocks. */
const O_PATH = 0x20_0000;
const NODE = O_PATH | constants.O_NOFOLLOW;
const FOLDER = NODE | constants.O_DIRECTORY;

export class HeldDirectories implements Directories {
  readonly #root: RootPath;
  readonly #capacity: number;
  /** Path to descriptor, least recently used first. */
  readonly #held = new Map<string, number>();
  /** The folder of the path given out last: a rename needs two at a time. */
  #last = '';
  #releaseIsDue = false;

  constructor(root: string, capacity = heldCapacity(openFileLimit())) {
    this.#root = new RootPath(root);
    this.#capacity = capacity;
  }

  rootPath(): string {
    return this.#root.get();
  }

  at(path: string): string {
    const [parent, name] = splitPath(path);
    return `${this.folder(parent)}/${name}`;
  }

  folder(path: string): string {
    const descriptor = this.#walk(path);
    this.#last = path;
    return `/proc/self/fd/${descriptor}`;
  }

  hold(path: string): NodeHandle {
    const where = path === '' ? this.rootPath() : this.at(path);
    return new HeldNode(openSync(where, NODE));
  }

  forget(): void {
    this.release();
  }

  release(): void {
    for (const descriptor of this.#held.values()) closeSync(descriptor);
    this.#held.clear();
  }

  #walk(path: string): number {
    const known = this.#held.get(path);
    if (known !== undefined) {
      this.#held.delete(path);
      this.#held.set(path, known);
      return known;
    }
    const [start, rest] = this.#nearest(path);
    let walked = start;
    let descriptor = this.#held.get(start) ?? this.#open('', this.rootPath());
    for (const name of rest) {
      walked = walked === '' ? name : `${walked}/${name}`;
      descriptor = this.#open(walked, `/proc/self/fd/${descriptor}/${splitPath(name)[1]}`, descriptor);
    }
    return descriptor;
  }

  /** The nearest held ancestor of a path, and the names from there. */
  #nearest(path: string): [start: string, names: string[]] {
    let end = path.length;
    while (end > 0) {
      end = Math.max(0, path.lastIndexOf('/', end - 1));
      const ancestor = path.slice(0, end);
      if (end > 0 && this.#held.has(ancestor)) return [ancestor, path.slice(end + 1).split('/')];
    }
    return ['', path === '' ? [] : path.split('/')];
  }

  #open(path: string, systemPath: string, inUse = -1): number {
    let descriptor: number;
    try {
      descriptor = openSync(systemPath, FOLDER);
    } catch (error) {
      if (!isTooManyOpen(error) || !this.#evict(0, inUse)) throw error;
      descriptor = openSync(systemPath, FOLDER);
    }
    this.#held.set(path, descriptor);
    this.#evict(this.#capacity, descriptor);
    this.#scheduleRelease();
    return descriptor;
  }

  /** Closes the least recently used down to `capacity`, but neither `inUse` nor the one given out last. */
  #evict(capacity: number, inUse: number): boolean {
    const before = this.#held.size;
    for (const [path, descriptor] of this.#held) {
      if (this.#held.size <= capacity) break;
      if (descriptor === inUse || path === this.#last) continue;
      this.#held.delete(path);
      closeSync(descriptor);
    }
    return this.#held.size < before;
  }

  #scheduleRelease(): void {
    if (this.#releaseIsDue) return;
    this.#releaseIsDue = true;
    process.nextTick(() => {
      this.#releaseIsDue = false;
      this.release();
    });
  }
}

class HeldNode implements NodeHandle {
  readonly #descriptor: number;
  readonly #path: string;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#path = `/proc/self/fd/${descriptor}`;
  }

  stat(): Stat {
    return toStat(fstatSync(this.#descriptor, { bigint: true }));
  }

  fullMode(): number {
    return fstatSync(this.#descriptor).mode & 0o7777;
  }

  isOurs(): boolean {
    return fstatSync(this.#descriptor).uid === process.geteuid?.();
  }

  chmod(mode: number): void {
    chmodSync(this.#path, mode);
  }

  utimes(atime: FileTime, mtime: FileTime): void {
    utimesSync(this.#path, atime, mtime);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
