/**
 * What was changed since the last checkpoint and is not known to be on stable storage. Bounded: beyond
 * 64 files or folders it is only known that there are many.
 */

import { folderOf, type Spot } from './directories.ts';

/** Up to this many files, or folders, are flushed one by one; beyond it the whole file system is. */
const FEW = 64;

export interface Changed {
  readonly files: readonly Spot[];
  readonly folders: readonly Spot[];
  /** More was changed than is listed. */
  readonly isMany: boolean;
  /** One folder on each file system that was changed. */
  readonly fileSystems: readonly Spot[];
}

export class PendingChanges {
  readonly #isTracked: boolean;
  #files = new Map<string, Spot>();
  #folders = new Map<string, Spot>();
  #fileSystems = new Map<bigint, Spot>();
  #isMany = false;

  /** @param isTracked false where nothing is ever flushed */
  constructor(isTracked: boolean) {
    this.#isTracked = isTracked;
  }

  /** Content or metadata of the file, folder or link at a spot changed. */
  node(spot: Spot): void {
    this.#add(this.#files, spot);
  }

  /** A name was added to, or removed from, the folder at a spot. */
  folder(spot: Spot): void {
    this.#add(this.#folders, spot);
  }

  /** A name came to a spot, or went from it. */
  name(spot: Spot): void {
    this.folder(folderOf(spot));
  }

  /** Something was changed on the file system with this device number, in the folder given. */
  fileSystem(dev: bigint, folder: Spot): void {
    if (this.#isTracked && !this.#fileSystems.has(dev)) this.#fileSystems.set(dev, folder);
  }

  /** A node was renamed: what is pending for it and below it is pending under its new path. */
  renamed(from: Spot, to: Spot): void {
    this.#files = rebased(this.#files, from, to);
    this.#folders = rebased(this.#folders, from, to);
    this.name(from);
    this.name(to);
  }

  /** Hands over what is pending and starts anew. */
  take(): Changed {
    const taken: Changed = {
      files: [...this.#files.values()],
      folders: [...this.#folders.values()],
      isMany: this.#isMany,
      fileSystems: [...this.#fileSystems.values()],
    };
    this.#files = new Map();
    this.#folders = new Map();
    this.#isMany = false;
    return taken;
  }

  /** After a flush that failed: the next one has to cover everything, whatever its path is by then. */
  giveBack(): void {
    this.#isMany = this.#isTracked;
  }

  #add(to: Map<string, Spot>, spot: Spot): void {
    if (!this.#isTracked || this.#isMany) return;
    to.set(keyOf(spot), spot);
    if (to.size <= FEW) return;
    this.#isMany = true;
    this.#files.clear();
    this.#folders.clear();
  }
}

function keyOf(spot: Spot): string {
  return `${spot.directories.rootPath()}/${spot.path}`;
}

function rebased(spots: ReadonlyMap<string, Spot>, from: Spot, to: Spot): Map<string, Spot> {
  const result = new Map<string, Spot>();
  for (const spot of spots.values()) {
    const isMoved =
      spot.directories === from.directories &&
      (spot.path === from.path || spot.path.startsWith(`${from.path}/`));
    const now = isMoved
      ? { directories: to.directories, path: to.path + spot.path.slice(from.path.length) }
      : spot;
    result.set(keyOf(now), now);
  }
  return result;
}
