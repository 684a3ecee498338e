/**
 * Looks at paths and writes into the index what is found. A hint is never believed: everything
 * here comes from lstat.
 *
 * One index transaction for each batch of looks. A name that is merely absent is reported to the
 * caller, which waits a little for the new name before it removes.
 */

import { MAX_PATH_DEPTH, nameOf, parentOf } from '@lanmirror/protocol';
import { compareNode } from '../../core/index.ts';
import { type ReadableTree, type Stat, TreeError, type TreeErrorCode } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { FolderDevice } from './folder-device.ts';
import type { IgnoreFault } from './ignore-file.ts';
import type { IgnoreFiles } from './ignore-files.ts';
import { Batch, type BatchResult, type TakeContent, type Told } from './look-batch.ts';
import { type MountKnowledge, NO_MOUNTS } from './mounted-folder.ts';
import { type ProblemList, UNMOUNTED } from './problem-list.ts';
import { SourceFilter } from './source-filter.ts';
import { Unseen } from './unseen.ts';

/**
 * A path of fewer characters is neither too deep nor too long, wherever its folder has moved; its name was accepted
 * when it got its entry.
 */
const SURE_LENGTH = 2 * MAX_PATH_DEPTH;

/** What a look asks of the ignore files of the source. */
export type FolderRules = Pick<IgnoreFiles, 'check' | 'listed' | 'moved' | 'areBelow' | 'namesIn'>;

/** A source without them. */
export const NO_IGNORE_FILES: FolderRules = {
  check: () => undefined,
  listed: () => undefined,
  moved: () => undefined,
  areBelow: () => false,
  namesIn: () => [],
};

/** The result of a batch, and whether it gave the index a new head. */
export interface Looked {
  readonly result: BatchResult;
  readonly isChanged: boolean;
  /** Paths of further names of nodes that changed: these may be otherwise than the index has them. */
  readonly otherNames: readonly string[];
}

/** What was made of paths at which nothing stood. */
export interface Removed {
  /** Their entries were removed. */
  readonly paths: readonly string[];
  /** Their nodes are back. Hints about what is in them found nothing meanwhile. */
  readonly back: readonly string[];
  /** The folder they are in is not where the index has it: what became of that is found when they are looked at. */
  readonly adrift: readonly string[];
  readonly isChanged: boolean;
  readonly isProblemChanged: boolean;
  /** As in {@link Looked}. */
  readonly otherNames: readonly string[];
}

export class Looker {
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #problems: ProblemList;
  readonly #wallMs: () => number;
  readonly #devices: FolderDevice;
  readonly #filter: SourceFilter;
  readonly #unseen: Unseen;
  readonly #ignoreFiles: FolderRules;
  /** What was told and not taken in yet. */
  told: Told = { heard: () => 'unknown', heardOfMove: () => 'unknown' };

  /** `areDevicesSeen`: the devices in the index are those of this run of the program. */
  constructor(
    tree: ReadableTree,
    index: TreeIndex,
    problems: ProblemList,
    wallMs: () => number,
    areDevicesSeen: () => boolean = () => true,
    mounts: MountKnowledge = NO_MOUNTS,
    filter: SourceFilter = new SourceFilter(),
    ignoreFiles: FolderRules = NO_IGNORE_FILES,
  ) {
    this.#tree = tree;
    this.#index = index;
    this.#problems = problems;
    this.#wallMs = wallMs;
    this.#filter = filter;
    this.#ignoreFiles = ignoreFiles;
    this.#unseen = new Unseen({ index, problems, filter, wallMs });
    this.#devices = new FolderDevice(areDevicesSeen, mounts);
  }

  /**
   * Looks at `paths` in one transaction. Throws OtherRules, and records nothing then. `isScan`: every folder found is to be descended into. `waiting`:
   * other paths that may have changed, where what lost its name is searched for before it counts as gone.
   */
  lookAt(
    paths: readonly string[],
    takeContent: TakeContent,
    isScan: boolean,
    waiting: () => Iterable<string> = () => [],
  ): Looked {
    const { result, isChanged, otherNames } = this.#index.transact(() => {
      const batch = new Batch(
        {
          tree: this.#tree,
          index: this.#index,
          problems: this.#problems,
          devices: this.#devices,
          filter: this.#filter,
          folderRules: this.#ignoreFiles,
        },
        { wallMs: this.#wallMs(), takeContent, told: this.told, isScan },
      );
      for (const path of paths) batch.look(path);
      batch.finish(waiting());
      for (const id of batch.unseen) this.#unseen.leaveOut(id);
      return batch.result;
    });
    return { result, isChanged, otherNames: this.#pathsOf(otherNames) };
  }

  /**
   * Removes the entries of these paths if it is proved, now, that nothing stands there. A path that came
   * back or that cannot be judged stays.
   */
  removeAbsent(paths: readonly string[]): Removed {
    const before = this.#problems.revision;
    const fates = { removed: [] as string[], back: [] as string[], adrift: [] as string[] };
    const { isChanged, otherNames } = this.#index.transact(() => {
      for (const path of paths) {
        const fate = this.#removeIfAbsent(path);
        if (fate !== 'unknown') fates[fate].push(path);
      }
    });
    const { removed, back, adrift } = fates;
    const isProblemChanged = this.#problems.revision !== before;
    return {
      paths: removed,
      back,
      adrift,
      isChanged,
      isProblemChanged,
      otherNames: this.#pathsOf(otherNames),
    };
  }

  #pathsOf(ids: readonly number[]): string[] {
    return ids.map((id) => this.#index.pathOf(id)).filter((path) => path !== undefined);
  }

  #removeIfAbsent(path: string): 'removed' | 'back' | 'adrift' | 'unknown' {
    const entry = path === '' ? undefined : this.#index.byPath(path);
    if (entry === undefined) return 'unknown';
    const absence = this.#judgeAbsence(path);
    if (absence !== 'proved') return absence;
    this.#index.remove(entry, this.#wallMs());
    this.#problems.clearBelow(path);
    return 'removed';
  }

  /** The rules are those of another opening: what was left out where nobody can look is judged again. */
  forgetRules(): void {
    this.#unseen.forgetRules();
  }

  /**
   * A folder was listed: whether its names may be looked at. Not when nobody knows what an ignore file in it hides; that is
   * a problem like a folder that cannot be listed. `published`: told whether the index has a new head for that.
   * @throws OtherRules
   */
  mayLookInside(
    id: number,
    path: string,
    names: readonly string[],
    published: (isChanged: boolean) => void,
  ): boolean {
    const fault = this.#ignoreFiles.listed(path, names);
    if (fault === undefined) this.#problems.clear(path, 'listing');
    else if (fault === 'ignore-kept') this.#problems.add(path, fault, false, 'listing');
    else published(this.cannotList(id, path, fault));
    return fault === undefined || fault === 'ignore-kept';
  }

  /** The content of this folder could not be listed. Returns whether the index has a new head. */
  cannotList(id: number, path: string, code: TreeErrorCode | IgnoreFault): boolean {
    this.#problems.add(path, code, true, 'listing');
    return this.#index.transact(() => {
      const entry = this.#index.byId(id);
      if (entry !== undefined) this.#index.setOpaque(entry, true);
      this.#unseen.leaveOut(id);
    }).isChanged;
  }

  /** These folders and all below them have been listed: publishes that their content is known, where it is. */
  publishKnown(ids: readonly number[]): boolean {
    return this.#index.transact(() => {
      for (const id of ids) {
        const entry = this.#index.byId(id);
        const path = this.#index.pathOf(id);
        if (entry === undefined || path === undefined || this.#problems.isUnknown(path)) continue;
        this.#index.setOpaque(entry, false);
      }
    }).isChanged;
  }

  /**
   * Whether the folder at a path is the one that the index has there, and not the mount point of a disk that
   * went. Throws TreeError when that cannot be known. The root has a guard of its own.
   */
  isIndexedFolder(path: string): boolean {
    if (path === '') return true;
    if (this.#problems.has(path, UNMOUNTED)) return false;
    return this.isFolderAt(path, this.#index.byPath(path), this.#tree.stat(path));
  }

  /** The same for a folder whose entry is known, and what stands at its path now. */
  isFolderAt(path: string, entry: IndexEntry | undefined, there: Stat | undefined): boolean {
    if (path === '') return true;
    if (this.#problems.has(path, UNMOUNTED) || there?.kind !== 'directory') return false;
    return there.dev === entry?.dev && there.ino === entry.ino;
  }

  /**
   * Whether a look at `path`, of which nobody has hinted, would record nothing: the file or link with this id, in
   * the folder `folderId`, stands there as it was, and nothing is amiss with it. False whenever it takes a look to
   * know.
   */
  isAsIndexed(id: number, folderId: number, path: string): boolean {
    const entry = this.#index.byId(id);
    if (entry?.parentId !== folderId || entry.name !== nameOf(path)) return false;
    if (entry.kind === 'directory' || entry.isDamaged === true) return false;
    if (this.#problems.isAmiss(path) || path.length >= SURE_LENGTH) return false;
    if (this.#filter.isExcluded(path, entry.kind)) return false;
    if (this.#filter.isSizeExcluded(entry) !== (entry.isExcluded === true)) return false;
    try {
      const stat = this.#tree.glance(path);
      return stat !== undefined && compareNode(entry, stat) === 'same';
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      return false;
    }
  }

  /**
   * Whether nothing stands at a path of the folder that the index has there. What cannot be looked at is a
   * problem, never an absence.
   */
  isProvedAbsent(path: string): boolean {
    return this.#judgeAbsence(path) === 'proved';
  }

  #judgeAbsence(path: string): 'proved' | 'back' | 'adrift' | 'unknown' {
    try {
      const isThere = this.#tree.stat(path) !== undefined;
      if (!this.isIndexedFolder(parentOf(path))) return 'adrift';
      if (!isThere) return 'proved';
      return this.#problems.has(path, UNMOUNTED) ? 'unknown' : 'back';
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#problems.add(path, error.code, true);
      return 'unknown';
    }
  }
}
