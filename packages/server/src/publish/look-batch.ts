/**
 * One batch of looks inside one transaction of the index.
 *
 * Nodes change places (swaps, chains, renames over an existing name), and a batch sees their names in any
 * order. So an entry that lost its name to another node is detached, not removed, and is searched for:
 * under the names of the batch, under the name that the other node left, and under the names that still
 * wait for their look. A name under which an unknown node stands is judged last: if the known one turned
 * up elsewhere it was renamed, otherwise it was replaced. What was not found is removed at the end.
 */
import { compareNode, isNumberedAnew, isTimeProof, mayBeSameDisk } from '@lanmirror/engine/core';
import { type ReadableTree, type Stat, TreeError } from '@lanmirror/engine/tree';
import { checkPath, isReservedAtTop, joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { Displaced, type Known, limboOf } from './displaced.ts';
import type { FolderDevice } from './folder-device.ts';
import { observe, type Unmirrorable } from './observe.ts';
import { DAMAGED, type ProblemList, type SourceProblemCode, UNMOUNTED } from './problem-list.ts';

/** Names that wait for their own look and are searched for something that lost its name: no batch is held up by many. */
const MAX_SEARCHED = 256;

/** Whether the content of a changed file is to be taken now or when it has been quiet for longer. */
export type TakeContent = (path: string, seen: Observed) => boolean;

export interface BatchResult {
  /** Folders whose content must be listed: new, renamed or replaced ones. */
  readonly descend: Set<number>;
  /** Indexed paths at which nothing stood when something at or below them was looked for. */
  readonly absent: Set<string>;
  readonly renamedFolders: { from: string; to: string }[];
  /** Folders that are gone, for the watcher. */
  readonly removed: string[];
  isProblemChanged: boolean;
}

export class Batch {
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
  readonly #devices: FolderDevice;
  readonly #wallMs: number;
  readonly #takeContent: TakeContent;
  readonly #isScan: boolean;
  /** Folders that were seen to stand where the index has them; forgotten whenever one moves. */
  readonly #folders = new Map<string, IndexEntry>();
  readonly #displaced: Displaced;
  /** Names from which something was seen to have moved away. */
  readonly #vacated: string[] = [];
  /** Names under which an unknown node stands; judged when all others are. */
  readonly #replaced = new Set<string>();
  /** Where something damaged was found that had another name before. */
  readonly #damagedArrivals = new Set<string>();
  #isLast = false;

  constructor(
    tree: ReadableTree,
    index: TreeIndex,
    problems: ProblemList,
    devices: FolderDevice,
    wallMs: number,
    takeContent: TakeContent,
    isScan: boolean,
  ) {
    this.#tree = tree;
    this.#index = index;
    this.#displaced = new Displaced(tree, index);
    this.#problems = problems;
    this.#devices = devices;
    this.#wallMs = wallMs;
    this.#takeContent = takeContent;
    this.#isScan = isScan;
  }

  look(path: string): void {
    // Our own folder, and the limbo in which the watcher keeps what lost its name: nothing there is looked at.
    if (isReservedAtTop(path.split('/', 1)[0] ?? '')) return;
    try {
      this.#lookOrThrow(path);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      if (error.code === 'ABSENT') return this.#vanished(path);
      this.#note(path, error.code, true);
      this.#cannotTell(path);
    }
  }

  /** It, or a folder it is in, went away between two looks: whoever is back later is judged then. */
  #vanished(path: string): void {
    this.#folders.clear();
    const at = this.#deepestIndexed(path);
    if (at !== '') this.result.absent.add(at);
  }

  #deepestIndexed(path: string): string {
    let at = path;
    while (at !== '' && this.#index.byPath(at) === undefined) at = parentOf(at);
    return at;
  }

  /** Something that the index does not have may stand at `path` or below: nobody may take it for absent. */
  #cannotTell(path: string): void {
    const at = this.#deepestIndexed(path);
    const entry = this.#index.byPath(at);
    if (entry?.kind === 'directory') this.#index.setOpaque(entry, true);
    this.#folders.delete(at);
  }

  /** What was displaced and did not turn up again, not even at a path in `waiting`, is gone. */
  finish(waiting: Iterable<string>): void {
    this.#searchVacated();
    this.#searchWaiting(waiting);
    this.#isLast = true;
    for (const path of this.#replaced) this.#lookAtReplaced(path);
    this.#searchVacated();
    for (const entry of this.#displaced.entries) {
      this.#index.remove(entry, this.#wallMs);
      if (entry.kind === 'directory') this.result.removed.push(limboOf(entry));
    }
  }

  /** Whoever stands there now, hints about what is inside may have met somebody else. */
  #lookAtReplaced(path: string): void {
    this.look(path);
    const entry = this.#index.byPath(path);
    if (entry?.kind === 'directory' && !this.#problems.has(path, UNMOUNTED))
      this.result.descend.add(entry.id);
  }

  /** The name that a node left may be the one that another took. */
  #searchVacated(): void {
    for (let path = this.#vacated.pop(); path !== undefined; path = this.#vacated.pop())
      this.#search(path, (stat) => this.#displaced.known(stat) !== undefined);
  }

  #searchWaiting(waiting: Iterable<string>): void {
    let searched = 0;
    for (const path of waiting) {
      if (this.#displaced.isEmpty || searched === MAX_SEARCHED) return;
      searched += 1;
      this.#search(path, (stat) => this.#displaced.has(stat));
      this.#searchVacated();
    }
  }

  /** Looks at a path that nobody asked for, but only if what stands there `isSought`. */
  #search(path: string, isSought: (stat: Stat) => boolean): void {
    try {
      const stat = checkPath(path) === undefined ? this.#tree.stat(path) : undefined;
      if (stat !== undefined && isSought(stat)) this.look(path);
    } catch (error) {
      // Not found here, then: if it can be looked at again, a hint or a scan does so.
      if (!(error instanceof TreeError)) throw error;
    }
  }

  #lookOrThrow(path: string): void {
    if (path === '') return this.#lookAtRoot();
    const parentPath = parentOf(path);
    const parent = this.#folderAt(parentPath) ?? this.#lookAtFolder(parentPath);
    // Its folder is new or not there: listing it brings this path along.
    if (parent === undefined) return;
    const fault = checkPath(path);
    if (fault !== undefined) return this.#note(path, fault, false);
    const entry = this.#index.child(parent.id, nameOf(path));
    const stat = this.#tree.stat(path);
    if (stat === undefined) return this.#lookAtAbsent(path, entry, parent);
    const seen = observe(this.#tree, path, stat, this.#wallMs);
    if (typeof seen === 'string') return this.#lookAtUnmirrorable(path, seen, stat.kind, entry);
    if (entry === undefined) this.#appear(parent.id, path, seen);
    else if (!this.#compare(entry, path, seen, parent.dev)) return;
    if (entry?.isDamaged === true || this.#damagedArrivals.has(path)) this.#judgeDamage(parent.id, path);
    else this.#clear(path);
    // Its folder was opaque because this could not be looked at: a listing of it finds out. A scan is one.
    const isKnownNow = parent.isOpaque === true && !this.#problems.isUnknown(parentPath);
    if (isKnownNow && !this.#isScan) this.result.descend.add(parent.id);
    if (entry?.isOpaque === true && !this.#isScan) this.result.descend.add(entry.id);
  }

  /**
   * The entry of a folder, if the index has one and it is the folder that stands there. Otherwise a look
   * below it would take what is in one folder for what is in another.
   */
  #folderAt(path: string): IndexEntry | undefined {
    if (path === '') return this.#index.root();
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    if (this.#problems.has(path, UNMOUNTED)) return undefined;
    const parent = this.#folderAt(parentOf(path));
    const entry = parent && this.#index.child(parent.id, nameOf(path));
    if (entry?.kind !== 'directory' || !this.#displaced.isAt(path, entry)) return undefined;
    this.#folders.set(path, entry);
    return entry;
  }

  #lookAtFolder(path: string): IndexEntry | undefined {
    this.#lookOrThrow(path);
    return this.#folderAt(path);
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

  /**
   * A node that nobody can have is proof that the entry does not stand there any more. A file that only
   * cannot be sent is none: its entry stays as it was last told, and so does what a mirror has of it.
   */
  #lookAtUnmirrorable(
    path: string,
    code: Unmirrorable,
    kind: Stat['kind'],
    entry: IndexEntry | undefined,
  ): void {
    const isOnlyUnsendable = code === 'time-out-of-range' || code === 'unsendable';
    const isKept = isOnlyUnsendable && entry?.kind === kind;
    if (entry !== undefined && !isKept) this.#displace(entry, path);
    this.#note(path, code, isOnlyUnsendable && !isKept);
    if (isOnlyUnsendable && !isKept) this.#cannotTell(parentOf(path));
  }

  #lookAtAbsent(path: string, entry: IndexEntry | undefined, parent: IndexEntry): void {
    if (this.#problems.clear(path, 'listing')) this.result.isProblemChanged = true;
    if (entry !== undefined) this.result.absent.add(path);
    else if (parentOf(path) !== '' && !this.#displaced.isAt(parentOf(path), parent)) this.#vanished(path);
  }

  /** A name without an entry: a known node that moved here, or a new one. */
  #appear(parentId: number, path: string, seen: Observed): void {
    const moved = this.#displaced.movedHere(seen);
    if (moved !== undefined) return this.#arrive(moved, parentId, path, seen);
    if (seen.kind === 'file' && !this.#takeContent(path, seen)) return;
    const entry = this.#index.create(parentId, nameOf(path), seen);
    if (entry.kind === 'directory') this.result.descend.add(entry.id);
  }

  #arrive(moved: Known, parentId: number, path: string, seen: Observed): void {
    this.#folders.clear();
    this.#displaced.found(moved.entry);
    if (!moved.isNameless) this.#vacated.push(moved.path);
    const entry = this.#index.move(moved.entry, parentId, nameOf(path));
    this.result.absent.delete(moved.path);
    if (entry.isDamaged === true) this.#damagedArrivals.add(path);
    if (entry.kind === 'directory') {
      this.#problems.clearBelow(moved.path);
      this.result.renamedFolders.push({ from: moved.path, to: path });
      // Hints about what is inside may have come under the old name: list it again.
      this.result.descend.add(entry.id);
    }
    // A rename moves the change time; size and modification time tell whether it was also written.
    const isSameContent =
      entry.sizeBytes === seen.sizeBytes &&
      entry.mtimeNs === seen.mtimeNs &&
      (seen.kind !== 'file' || entry.ctimeNs === seen.ctimeNs || isTimeProof(entry));
    if (isSameContent && entry.mode === seen.mode) this.#index.identify(entry, seen);
    else this.#index.update(entry, seen, !isSameContent && entry.kind === 'file');
  }

  /** Returns whether what was seen was taken: not so what is judged last, or is not believed. */
  #compare(entry: IndexEntry, path: string, seen: Observed, parentDevice: bigint): boolean {
    if (!isOneNode(entry, seen) || this.#isOtherThanAwaited(entry, path, seen)) {
      const moved = this.#displaced.movedHere(seen);
      if (moved !== undefined || entry.kind !== seen.kind) {
        this.#displace(entry, path);
        if (moved !== undefined) this.#arrive(moved, entry.parentId, path, seen);
        else this.#appear(entry.parentId, path, seen);
        return true;
      }
      if (!this.#isLast) {
        this.#replaced.add(path);
        return false;
      }
      if (this.#isUnmounted(entry, path, seen, parentDevice)) {
        this.#distrust(entry, path);
        return false;
      }
      // Another folder under the same name: what is in it must be listed and watched anew.
      if (seen.kind === 'directory') this.result.descend.add(entry.id);
    }
    this.#update(entry, path, seen);
    if (this.#isScan && entry.kind === 'directory') this.result.descend.add(entry.id);
    return true;
  }

  /**
   * The disk that is waited for is away, and another one has its numbers now: they are given to the next that comes.
   * One that tells no birth is known by what is in it.
   */
  #isOtherThanAwaited(entry: IndexEntry, path: string, seen: Observed): boolean {
    if (!this.#problems.has(path, UNMOUNTED)) return false;
    if (entry.birthtimeNs === 0n && seen.birthtimeNs === 0n) return !this.#isFamiliar(entry, path);
    return entry.birthtimeNs !== seen.birthtimeNs;
  }

  #isUnmounted(entry: IndexEntry, path: string, seen: Observed, parentDevice: bigint): boolean {
    if (seen.kind !== 'directory') return false;
    if (this.#isOtherThanAwaited(entry, path, seen)) return true;
    return this.#devices.isUnmounted(entry, seen, parentDevice, {
      holdsEntries: () => this.#index.children(entry.id).next().done !== true,
      isEmpty: () => this.#isEmpty(path),
      isFamiliar: () => isNumberedAnew(seen.dev) && this.#isFamiliar(entry, path),
    });
  }

  #isEmpty(path: string): boolean {
    const { names, undecodable } = this.#tree.list(path);
    return names.length + undecodable.length === 0;
  }

  /** Most of what was directly in it is there, as the kind that it was. */
  #isFamiliar(entry: IndexEntry, path: string): boolean {
    let indexed = 0;
    let missing = 0;
    for (const { name, kind } of this.#index.children(entry.id)) {
      indexed += 1;
      if (this.#tree.stat(joinPath(path, name))?.kind !== kind) missing += 1;
    }
    return mayBeSameDisk({ indexed, missing });
  }

  /** Nothing at or below this folder can be told until its disk is back. */
  #distrust(entry: IndexEntry, path: string): void {
    this.#note(path, UNMOUNTED, true);
    this.#index.setOpaque(entry, true);
    // The system dropped the watches on what was there.
    this.result.removed.push(path);
  }

  #update(entry: IndexEntry, path: string, seen: Observed): void {
    if (seen.kind === 'directory') this.#devices.believed(entry, seen);
    const comparison = compareNode(entry, seen);
    switch (comparison) {
      case 'content':
        // Nobody has written it: what the disk gives now is found by the next reading, not by a chown.
        if (entry.isDamaged === true && isUnwritten(entry, seen)) {
          if (entry.mode === seen.mode) this.#index.identify(entry, seen);
          else this.#index.update(entry, seen, false);
          return;
        }
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
        if (entry.isFresh && entry.kind === 'file' && !this.#isScan && entry.isDamaged !== true)
          this.#index.update(entry, seen, true);
        return;
      case 'replaced':
        throw new Error('a replaced node is handled before');
    }
  }

  /** Only another content ends the damage, or a reading that finds the right one. */
  #judgeDamage(parentId: number, path: string): void {
    if (this.#index.child(parentId, nameOf(path))?.isDamaged === true) this.#note(path, DAMAGED, false);
    else this.#clear(path);
  }

  #displace(entry: IndexEntry, path: string): void {
    this.#folders.clear();
    this.#displaced.add(entry);
    this.#problems.clearBelow(path);
    // The watcher's folder of this name makes room for the one that took it, and may come back elsewhere.
    if (entry.kind === 'directory') this.result.renamedFolders.push({ from: path, to: limboOf(entry) });
  }

  #note(path: string, code: SourceProblemCode, isUnknown: boolean): void {
    if (this.#problems.add(path, code, isUnknown)) this.result.isProblemChanged = true;
  }

  #clear(path: string): void {
    if (this.#problems.clear(path)) this.result.isProblemChanged = true;
  }
}

/**
 * Whether the node of this entry stands at its path. Inode numbers are unique on one device only, and a
 * folder that is deleted and made again at once often gets the freed number: its birth time tells. A file is
 * compared as a whole, so its device may be called otherwise now.
 */
function isOneNode(entry: IndexEntry, seen: Observed): boolean {
  if (entry.kind !== seen.kind || entry.ino !== seen.ino) return false;
  return seen.kind !== 'directory' || (entry.dev === seen.dev && entry.birthtimeNs === seen.birthtimeNs);
}

/** Only the time of the last change of the node itself moved, as a chown, a link or a backup tool moves it. */
function isUnwritten(before: IndexEntry, now: Observed): boolean {
  return before.ino === now.ino && before.sizeBytes === now.sizeBytes && before.mtimeNs === now.mtimeNs;
}
