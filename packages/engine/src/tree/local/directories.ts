/**
 * How a tree turns its relative paths into paths for the system without following a symbolic link.
 * `held` does it with descriptors of directories, `checked` by looking at every component first.
 */

import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { parentOf } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import type { Stat } from '../port.ts';
import type { FileTime } from './file-time.ts';
import { isAbsence } from './fs-error.ts';

/** One node held for looking at it and changing its metadata. Must be closed. */
export interface NodeHandle {
  stat(): Stat;
  /** All bits, setuid, setgid and sticky too: what `chmod` would have to give to leave them as they are. */
  fullMode(): number;
  /** Whether it belongs to the user we run as. */
  isOurs(): boolean;
  chmod(mode: number): void;
  utimes(atime: FileTime, mtime: FileTime): void;
  close(): void;
}

/**
 * Paths given out stay good until the next but one call, and never beyond the present turn of the
 * event loop. All errors are the system's own.
 */
export interface Directories {
  /** The root as the system knows it now, with its own links resolved. */
  rootPath(): string;
  /** A path for the system to the node at `path` (not ''), whose last component the system may still follow. */
  at(path: string): string;
  /** A path for the system to the folder at `path` ('' is the root) itself. */
  folder(path: string): string;
  /** Holds a file or folder, never through a link. ELOOP or a handle of kind `link` for a link. */
  hold(path: string): NodeHandle;
  /** To be called when a folder was renamed, removed or replaced. */
  forget(): void;
  /** Gives everything back. */
  release(): void;
}

/** A place in some tree of this machine. */
export interface Spot {
  readonly directories: Directories;
  readonly path: string;
}

/** A path for the system to the node at a spot. */
export function systemPath(spot: Spot): string {
  return spot.path === '' ? spot.directories.folder('') : spot.directories.at(spot.path);
}

/** The folder that holds a spot. */
export function folderOf(spot: Spot): Spot {
  return { directories: spot.directories, path: parentOf(spot.path) };
}

export type Walk = 'held' | 'checked';

/** Whether descriptors can be walked here: Linux with /proc mounted. */
export function canHold(): boolean {
  return process.platform === 'linux' && existsSync('/proc/self/fd');
}

/** Splits off the last component. Throws for components that would leave the folder they are in. */
export function splitPath(path: string): [parent: string, name: string] {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (slash === 0 || name === '' || name === '.' || name === '..' || name.includes('\0')) {
    throw new TreeError('UNSUPPORTED', path, 'this is not a path inside the tree');
  }
  return [slash < 0 ? '' : path.slice(0, slash), name];
}

/**
 * The real path of a root, found when the root is first there and the same from then on: a link that
 * is turned elsewhere later does not move the tree.
 */
export class RootPath {
  readonly #given: string;
  #real: string | undefined;

  constructor(root: string) {
    this.#given = resolve(root);
  }

  get(): string {
    if (this.#real !== undefined) return this.#real;
    try {
      this.#real = realpathSync.native(this.#given);
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return this.#given;
    }
    return this.#real;
  }
}
