/**
 * Walking where descriptors cannot be walked (macOS, Windows, no /proc): every folder on the way is
 * looked at before the path is used, and a link among them is refused.
 *
 * RACE: whoever swaps a folder for a link between the look and the use leads one operation astray. The
 * systems concerned offer nothing better through Node. It takes write access inside the tree.
 */

import { chmodSync, lstatSync, lutimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Stat } from '../port.ts';
import { type Directories, type NodeHandle, RootPath, splitPath } from './directories.ts';
import type { FileTime } from './file-time.ts';
import { lstatNode } from './node-stat.ts';

export class CheckedDirectories implements Directories {
  readonly #root: RootPath;

  constructor(root: string) {
    this.#root = new RootPath(root);
  }

  rootPath(): string {
    return this.#root.get();
  }

  at(path: string): string {
    const [parent, name] = splitPath(path);
    return join(this.folder(parent), name);
  }

  folder(path: string): string {
    let walked = this.rootPath();
    requireFolder(walked);
    for (const name of path === '' ? [] : path.split('/')) {
      walked = join(walked, splitPath(name)[1]);
      requireFolder(walked);
    }
    return walked;
  }

  hold(path: string): NodeHandle {
    const where = path === '' ? this.folder('') : this.at(path);
    lstatSync(where);
    return new CheckedNode(where);
  }

  forget(): void {}

  release(): void {}
}

function requireFolder(systemPath: string): void {
  if (lstatSync(systemPath).isDirectory()) return;
  throw Object.assign(new Error(`not a folder: ${systemPath}`), { code: 'ENOTDIR', syscall: 'lstat' });
}

class CheckedNode implements NodeHandle {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  stat(): Stat {
    return lstatNode(this.#path);
  }

  fullMode(): number {
    return lstatSync(this.#path).mode & 0o7777;
  }

  isOurs(): boolean {
    return lstatSync(this.#path).uid === process.geteuid?.();
  }

  // RACE: chmod follows a link put here since the look.
  chmod(mode: number): void {
    chmodSync(this.#path, mode);
  }

  utimes(atime: FileTime, mtime: FileTime): void {
    lutimesSync(this.#path, atime, mtime);
  }

  close(): void {}
}
