/**
 * What is mounted in a tree: a folder that is put away takes every mount in it along, and whoever empties the trash then
 * deletes the files of another disk.
 */
import { mountPointsBelow, readMountTable } from '../mount-table.ts';
import { mountedError } from '../mounted-error.ts';
import type { Stat } from '../port.ts';
import { type Directories, folderOf, type Spot } from './directories.ts';
import { withAccess } from './folder-access.ts';

/** Reading the table costs more than a rename, and many folders may go at once. */
const FRESH_MS = 100;

export interface MountTable {
  /** The text of the present table; '' where the system has none. */
  read(): string;
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
}

const SYSTEM: MountTable = { read: () => readMountTable(), nowMs: () => performance.now() };

export class MountedPlaces {
  readonly #directories: Directories;
  readonly #table: MountTable;
  #readMs = Number.NEGATIVE_INFINITY;
  #text = '';
  #points: readonly string[] = [];

  constructor(directories: Directories, table = SYSTEM) {
    this.#directories = directories;
    this.#table = table;
  }

  /**
   * Paths in the tree, at or below that of `spot`, at which something is mounted. Where the system has no table only a
   * folder itself is looked at, and what is mounted from the same file system is not seen. Throws errors of the system.
   */
  in(spot: Spot): readonly string[] {
    const isFresh = this.#refresh();
    if (this.#text === '') return isFolderOfOtherDevice(spot) ? [spot.path] : [];
    const found = this.#pointsIn(spot.path);
    if (found.length === 0 || isFresh) return found;
    // It may be unmounted by now.
    this.forget();
    this.#refresh();
    return this.#pointsIn(spot.path);
  }

  #pointsIn(path: string): readonly string[] {
    return this.#points.filter((point) => point === path || point.startsWith(`${path}/`));
  }

  /** Throws TreeError MOUNTED when something is mounted at or below a spot. */
  refuse(spot: Spot): void {
    const [point] = this.in(spot);
    if (point !== undefined) throw mountedError(spot.path, point);
  }

  /** To be called when a folder was renamed: what is mounted in it went along. */
  forget(): void {
    this.#readMs = Number.NEGATIVE_INFINITY;
  }

  /** Returns whether the table was read just now. */
  #refresh(): boolean {
    const nowMs = this.#table.nowMs();
    if (nowMs - this.#readMs < FRESH_MS) return false;
    this.#readMs = nowMs;
    const text = this.#table.read();
    if (text === this.#text) return true;
    this.#text = text;
    this.#points = [...mountPointsBelow(this.#directories.rootPath(), text)];
    return true;
  }
}

function isFolderOfOtherDevice(spot: Spot): boolean {
  const { kind, dev } = statOf(spot);
  return kind === 'directory' && dev !== statOf(folderOf(spot)).dev;
}

/** Of the folder itself: a path to that may be a link of the system. */
function statOf(spot: Spot): Stat {
  const node = withAccess([spot], () => spot.directories.hold(spot.path));
  try {
    return node.stat();
  } finally {
    node.close();
  }
}
