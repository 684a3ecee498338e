/**
 * Looks at paths and writes into the index what is found. A hint is never believed: everything
 * here comes from lstat.
 *
 * Called inside one index transaction per batch (`lookAt`). Within a batch an entry that lost its name
 * to another node is detached, not removed: it may turn up under its new name (swaps, chains, renames
 * over an existing name). What was not found again is removed when the batch ends. A name that is
 * merely absent is reported to the caller, which waits a little for the new name before it removes.
 */
import { compareNode, identityKey, isSameNode, isTimeProof } from '@lanmirror/engine/core';
import { type ReadableTree, TreeError } from '@lanmirror/engine/tree';
import { checkPath, joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { observe } from './observe.ts';
import type { ProblemList } from './problem-list.ts';

/** Whether the content of a changed file is to be taken now or when it has been quiet for longer. */
export type TakeContent = (path: string, seen: Observed) => boolean;

export interface BatchResult {
  /** Folders whose content must be listed: new, renamed or replaced ones. */
  readonly descend: Set<number>;
  /** Indexed paths at which nothing stands. */
  readonly absent: Set<string>;
  readonly renamedFolders: { from: string; to: string }[];
  /** Folders that are gone, for the watcher. */
  readonly removed: string[];
  isProblemChanged: boolean;
}

export class Looker {
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #problems: ProblemList;
  readonly #wallMs: () => number;

  constructor(tree: ReadableTree, index: TreeIndex, problems: ProblemList, wallMs: () => number) {
    this.#tree = tree;
    this.#index = index;
    this.#problems = problems;
    this.#wallMs = wallMs;
  }

  /** Looks at `paths` in one transaction. `isScan`: every folder found is to be descended into. */
  lookAt(
    paths: readonly string[],
    takeContent: TakeContent,
    isScan: boolean,
  ): { result: BatchResult; isChanged: boolean } {
    return this.#index.transact(() => {
      const batch = new Batch(this.#tree, this.#index, this.#problems, this.#wallMs(), takeContent, isScan);
      for (const path of paths) batch.look(path);
      batch.finish();
      return batch.result;
    });
  }

  /**
   * Removes the entries of these paths if it is proved, now, that nothing stands there. Returns what
   * was removed; a path that came back or that cannot be judged stays.
   */
  removeAbsent(paths: readonly string[]): { result: readonly string[]; isChanged: boolean } {
    return this.#index.transact(() => paths.filter((path) => this.#removeIfAbsent(path)));
  }

  #removeIfAbsent(path: string): boolean {
    const entry = path === '' ? undefined : this.#index.byPath(path);
    if (entry === undefined || !this.#isProvedAbsent(path)) return false;
    this.#index.remove(entry);
    this.#problems.clearBelow(path);
    return true;
  }

  #isProvedAbsent(path: string): boolean {
    try {
      return this.#tree.stat(path) === undefined;
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#problems.add(path, error.code);
      return false;
    }
  }
}

/** One batch of looks inside one transaction. */
class Batch {
  readonly result: BatchResult = {
    descend: new Set(),
    absent: new Set(),
    renamedFolders: [],
    removed: [],
    isProblemChanged: false,
  };
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #problems: ProblemList;
  readonly #wallMs: number;
  readonly #takeContent: TakeContent;
  readonly #isScan: boolean;
  /** The folder of the last look; forgotten whenever a folder is made, moved or replaced. */
  #folder: { readonly path: string; readonly entry: IndexEntry | undefined } | undefined;
  readonly #detached = new Map<string, { entry: IndexEntry; path: string }>();
  /** What stands in the place of a detached entry and cannot be mirrored. */
  readonly #usurpers: { path: string; code: string }[] = [];

  constructor(
    tree: ReadableTree,
    index: TreeIndex,
    problems: ProblemList,
    wallMs: number,
    takeContent: TakeContent,
    isScan: boolean,
  ) {
    this.#tree = tree;
    this.#index = index;
    this.#problems = problems;
    this.#wallMs = wallMs;
    this.#takeContent = takeContent;
    this.#isScan = isScan;
  }

  look(path: string): void {
    try {
      this.#lookOrThrow(path);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      // Gone between two looks: the watcher's hint about that, or the next rescan, looks again.
      if (error.code === 'ABSENT') return;
      this.#note(path, error.code);
    }
  }

  /** What was displaced and did not turn up again is gone. */
  finish(): void {
    for (const { entry, path } of this.#detached.values()) {
      this.#index.remove(entry);
      this.#problems.clearBelow(path);
      if (entry.kind === 'directory') this.result.removed.push(limboOf(entry));
    }
    for (const { path, code } of this.#usurpers) this.#note(path, code);
  }

  #lookOrThrow(path: string): void {
    if (path === '') return this.#lookAtRoot();
    const parentPath = parentOf(path);
    const parent = this.#folderAt(parentPath);
    // The folder is not known yet: looking at it brings this path along.
    if (parent?.kind !== 'directory') return this.#lookOrThrow(parentPath);
    const fault = checkPath(path);
    if (fault !== undefined) return this.#note(path, fault);
    const entry = this.#index.child(parent.id, nameOf(path));
    const stat = this.#tree.stat(path);
    if (stat === undefined) return this.#lookAtAbsent(path, parentPath, entry);
    const seen = observe(this.#tree, path, stat, this.#wallMs);
    if (typeof seen === 'string') return this.#lookAtUnmirrorable(path, seen, entry);
    this.#clear(path);
    if (entry === undefined) this.#appear(parent.id, path, seen);
    else this.#compare(entry, path, seen);
  }

  /** The indexed folder at a path; most looks of a batch are in the same one. */
  #folderAt(path: string): IndexEntry | undefined {
    if (this.#folder?.path !== path) this.#folder = { path, entry: this.#index.byPath(path) };
    return this.#folder.entry;
  }

  #lookAtRoot(): void {
    const stat = this.#tree.rootStat();
    if (stat?.kind !== 'directory') return;
    const seen = observe(this.#tree, '', stat, this.#wallMs);
    if (typeof seen === 'string') return;
    const root = this.#index.root();
    if (root === undefined) this.#index.create(0, '', seen);
    else this.#update(root, '', seen);
    if (this.#isScan || root === undefined) this.result.descend.add(this.#index.root()?.id ?? 0);
  }

  /** What was seen is proof that the entry does not stand there any more. */
  #lookAtUnmirrorable(path: string, code: string, entry: IndexEntry | undefined): void {
    if (entry === undefined) return this.#note(path, code);
    this.#displace(entry, path);
    this.#usurpers.push({ path, code });
  }

  /** Nothing stands at `path`. If its folder is gone too, that is what happened. */
  #lookAtAbsent(path: string, parentPath: string, entry: IndexEntry | undefined): void {
    if (parentPath !== '' && this.#tree.stat(parentPath)?.kind !== 'directory')
      return this.#lookOrThrow(parentPath);
    this.#clear(path);
    if (entry !== undefined) this.result.absent.add(path);
  }

  /** A name without an entry: a known node that moved here, or a new one. */
  #appear(parentId: number, path: string, seen: Observed): void {
    const moved = this.#findMoved(seen);
    if (moved !== undefined) return this.#arrive(moved, parentId, path, seen);
    if (seen.kind === 'file' && !this.#takeContent(path, seen)) return;
    const entry = this.#index.create(parentId, nameOf(path), seen);
    if (entry.kind !== 'directory') return;
    this.#folder = undefined;
    this.result.descend.add(entry.id);
  }

  #arrive(moved: { entry: IndexEntry; path: string }, parentId: number, path: string, seen: Observed): void {
    this.#folder = undefined;
    const wasDetached = this.#detached.delete(identityKey(moved.entry));
    const entry = this.#index.move(moved.entry, parentId, nameOf(path));
    this.result.absent.delete(moved.path);
    if (entry.kind === 'directory') {
      this.#problems.clearBelow(moved.path);
      this.result.renamedFolders.push({ from: wasDetached ? limboOf(entry) : moved.path, to: path });
      // Hints about what is inside may have come under the old name: list it again.
      this.result.descend.add(entry.id);
    }
    // A rename moves the change time; size and modification time tell whether it was also written.
    const isSameContent =
      entry.sizeBytes === seen.sizeBytes &&
      entry.mtimeNs === seen.mtimeNs &&
      (seen.kind !== 'file' || entry.ctimeNs === seen.ctimeNs || isTimeProof(seen));
    if (isSameContent && entry.mode === seen.mode) this.#index.identify(entry, seen);
    else this.#index.update(entry, seen, !isSameContent && entry.kind === 'file');
  }

  #compare(entry: IndexEntry, path: string, seen: Observed): void {
    if (entry.ino !== seen.ino || entry.kind !== seen.kind) {
      const moved = this.#findMoved(seen);
      if (moved !== undefined || entry.kind !== seen.kind) {
        this.#displace(entry, path);
        if (moved !== undefined) return this.#arrive(moved, entry.parentId, path, seen);
        return this.#appear(entry.parentId, path, seen);
      }
      // Another folder under the same name: what is in it must be listed and watched anew.
      if (seen.kind === 'directory') this.result.descend.add(entry.id);
    }
    this.#update(entry, path, seen);
    if (this.#isScan && entry.kind === 'directory') this.result.descend.add(entry.id);
  }

  #update(entry: IndexEntry, path: string, seen: Observed): void {
    const comparison = compareNode(entry, seen);
    switch (comparison) {
      case 'content':
        if (entry.kind === 'file' && !this.#takeContent(path, seen)) return;
        this.#index.update(entry, seen, true);
        return;
      case 'metadata':
        // A folder's time moves with everything in it: it is taken when the folder is quiet.
        if (entry.kind === 'directory' && entry.mode === seen.mode && !this.#takeContent(path, seen)) {
          const { mtimeNs, mtimeUs } = entry;
          this.#index.identify(entry, { ...seen, mtimeNs, mtimeUs });
          return;
        }
        this.#index.update(entry, seen, false);
        return;
      case 'identity':
        this.#index.identify(entry, seen);
        return;
      case 'same':
        // Equal times prove nothing when the first look came within a clock tick of the write.
        if (entry.isFresh && entry.kind === 'file' && !this.#isScan) this.#index.update(entry, seen, true);
        return;
      case 'replaced':
        throw new Error('a replaced node is handled before');
    }
  }

  #displace(entry: IndexEntry, path: string): void {
    this.#folder = undefined;
    this.#index.detach(entry);
    this.#detached.set(identityKey(entry), { entry, path });
    // The watcher's folder of this name makes room for the one that took it, and may come back elsewhere.
    if (entry.kind === 'directory') this.result.renamedFolders.push({ from: path, to: limboOf(entry) });
  }

  /** The entry that this node was under another name, if that name is not its any more. */
  #findMoved(seen: Observed): { entry: IndexEntry; path: string } | undefined {
    const detached = this.#detached.get(identityKey(seen));
    if (detached !== undefined) return isSameNode(detached.entry, seen) ? detached : undefined;
    const entry = this.#index.byNode(seen);
    if (entry === undefined || !isSameNode(entry, seen)) return undefined;
    const path = this.#index.pathOf(entry.id);
    if (path === undefined || path === '') return undefined;
    return this.#mayBeAt(path, seen) ? undefined : { entry, path };
  }

  /** What cannot be looked at may be there: then the node has one more name, and the old one is judged by itself. */
  #mayBeAt(path: string, seen: Observed): boolean {
    try {
      const there = this.#tree.stat(path);
      return there !== undefined && there.ino === seen.ino && there.dev === seen.dev;
    } catch (error) {
      if (error instanceof TreeError) return true;
      throw error;
    }
  }

  #note(path: string, code: string): void {
    if (this.#problems.add(path, code)) this.result.isProblemChanged = true;
  }

  #clear(path: string): void {
    if (this.#problems.clear(path)) this.result.isProblemChanged = true;
  }
}

/** Where the watcher keeps a folder that lost its name within a batch: a path at which nothing can stand. */
function limboOf(entry: IndexEntry): string {
  return `.lanmirror/displaced-${entry.id}`;
}

/** Paths of the names in a folder. */
export function pathsIn(folder: string, names: readonly string[]): string[] {
  return names.map((name) => joinPath(folder, name));
}
