/**
 * One batch of looks inside one transaction of the index.
 *
 * Nodes change places (swaps, chains, renames over an existing name), and a batch sees their names in any
 * order. So an entry that lost its name to another node is detached, not removed, and is searched for:
 * under the names of the batch, under the name that the other node left, and under the names that still
 * wait for their look. A name under which an unknown node stands is judged last: if the known one turned
 * up elsewhere it was renamed, otherwise it was replaced. What was not found is removed at the end.
 */

import { checkPath, isReservedAtTop, nameOf, parentOf } from '@lanmirror/protocol';
import { isNodeInPlace, judgeArrival, judgeNode, type NodeVerdict, type Settle } from '../../core/index.ts';
import { type ReadableTree, type Stat, TreeError } from '../../tree/index.ts';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { DiskJudge } from './disk-judge.ts';
import { Displaced, type Known, limboOf } from './displaced.ts';
import { DisplacedSearch } from './displaced-search.ts';
import type { FolderDevice } from './folder-device.ts';
import { IGNORE_FAULTS } from './ignore-file.ts';
import { OtherRules } from './ignore-files.ts';
import type { FolderRules } from './look.ts';
import { observe, type Unmirrorable } from './observe.ts';
import { DAMAGED, type ProblemList, type SourceProblemCode, UNMOUNTED } from './problem-list.ts';
import type { SourceFilter } from './source-filter.ts';
import { StandingFolders } from './standing-folder.ts';

/** Whether the content of a changed file is to be taken now or when it has been quiet for longer. */
export type TakeContent = (path: string, seen: Observed) => boolean;

/** What was told of paths, and of what went from one to another. */
export type Told = Pick<Settle, 'heard' | 'heardOfMove'>;

export interface BatchResult {
  /** Folders whose content must be listed: new, renamed or replaced ones. */
  readonly descend: Set<number>;
  /** Indexed paths at which nothing stood when something at or below them was looked for. */
  readonly absent: Set<string>;
  readonly renamedFolders: { from: string; to: string }[];
  /** Folders that are gone, for the watcher. */
  readonly removed: string[];
  /** What the rules leave out and the index had; a folder ends with a slash. */
  readonly leftOut: string[];
  isProblemChanged: boolean;
}

/** The root that is looked at, and what is known of it. */
export interface BatchRoot {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly problems: ProblemList;
  readonly devices: FolderDevice;
  readonly filter: SourceFilter;
  readonly folderRules: FolderRules;
}

/** How this batch looks. */
export interface BatchRule {
  /** The time now, ms since 1970. */
  readonly wallMs: number;
  readonly takeContent: TakeContent;
  readonly told: Told;
  /** Every folder that is found is to be descended into. */
  readonly isScan: boolean;
}

export class Batch {
  readonly result: BatchResult = {
    descend: new Set(),
    absent: new Set(),
    renamedFolders: [],
    removed: [],
    leftOut: [],
    isProblemChanged: false,
  };
  /** Ids of entries that could not be looked at, and of folders that are not what the index has. */
  readonly unseen = new Set<number>();
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #problems: ProblemList;
  readonly #devices: FolderDevice;
  readonly #filter: SourceFilter;
  readonly #folderRules: FolderRules;
  readonly #wallMs: number;
  readonly #takeContent: TakeContent;
  readonly #told: Told;
  readonly #isScan: boolean;
  readonly #disks: DiskJudge;
  readonly #folders: StandingFolders;
  readonly #displaced: Displaced;
  readonly #search: DisplacedSearch;
  /** Names under which an unknown node stands; judged when all others are. */
  readonly #replaced = new Set<string>();
  /** The names of what lost them in this batch, by id. */
  readonly #namesBefore = new Map<number, string>();
  /** Where something damaged was found that had another name before. */
  readonly #damagedArrivals = new Set<string>();
  /** Folders whose ignore files were compared, and whether what they hide is known. */
  readonly #ruled = new Map<string, boolean>();
  /** A folder at or below which rules begin has lost its name. */
  #areRulesLost = false;
  #isLast = false;

  constructor(root: BatchRoot, { wallMs, takeContent, told, isScan }: BatchRule) {
    const { tree, index, problems, devices, filter, folderRules } = root;
    this.#tree = tree;
    this.#index = index;
    this.#problems = problems;
    this.#devices = devices;
    this.#filter = filter;
    this.#folderRules = folderRules;
    this.#wallMs = wallMs;
    this.#takeContent = takeContent;
    this.#told = told;
    this.#isScan = isScan;
    this.#disks = new DiskJudge(tree, index, problems, devices, (folder) => folderRules.namesIn(folder));
    this.#displaced = new Displaced(tree, index);
    this.#folders = new StandingFolders(index, problems, this.#displaced);
    this.#search = new DisplacedSearch(tree, this.#displaced, (path) => this.look(path));
  }

  /** Looks at one name, and at the folders above it that were not looked at. What cannot be seen becomes a problem. */
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
      const entry = this.#index.byPath(path);
      if (entry !== undefined) this.unseen.add(entry.id);
    }
  }

  /** It, or a folder it is in, went away between two looks: whoever is back later is judged then. */
  #vanished(path: string): void {
    this.#folders.forgetAll();
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
    this.#folders.forget(at);
  }

  /** What was displaced and did not turn up again, not even at a path in `waiting`, is gone. */
  finish(waiting: Iterable<string>): void {
    this.#search.atVacated();
    this.#search.atWaiting(waiting);
    this.#isLast = true;
    for (const path of this.#replaced) this.#lookAtReplaced(path);
    this.#search.atVacated();
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

  #lookOrThrow(path: string): void {
    if (path === '') return this.#lookAtRoot();
    const parentPath = parentOf(path);
    const parent = this.#folders.at(parentPath) ?? this.#lookAtFolder(parentPath);
    // Its folder is new or not there: listing it brings this path along.
    if (parent === undefined) return;
    if (!this.#isScan && !this.#areRulesKnown(parentPath)) return;
    const entry = this.#index.child(parent.id, nameOf(path));
    if (this.#filter.isExcluded(path)) return this.#lookAtExcluded(path, entry);
    const fault = checkPath(path);
    if (fault !== undefined) return this.#note(path, fault, false);
    const stat = this.#tree.stat(path);
    if (stat === undefined) return this.#lookAtAbsent(path, entry, parent);
    if (this.#filter.isExcluded(path, stat.kind)) return this.#lookAtExcluded(path, entry);
    const seen = observe(this.#tree, path, stat, this.#wallMs);
    if (typeof seen === 'string') return this.#lookAtUnmirrorable(path, seen, stat.kind, entry);
    if (entry === undefined) this.#appear(parent.id, path, seen);
    else if (!this.#compare(entry, path, seen, parent.dev)) return;
    this.#judgeSize(parent.id, path);
    if (entry?.isDamaged === true || this.#damagedArrivals.has(path)) this.#judgeDamage(parent.id, path);
    else this.#clear(path);
    // Its folder was opaque because this could not be looked at: a listing of it finds out. A scan is one.
    const isKnownNow = parent.isOpaque === true && !this.#problems.isUnknown(parentPath);
    if (isKnownNow && !this.#isScan) this.result.descend.add(parent.id);
    if (entry?.isOpaque === true && !this.#isScan) this.result.descend.add(entry.id);
  }

  /**
   * Whether what is in a folder can be judged: by its ignore files and those of the folders above. A scan compares
   * them with each listing.
   */
  #areRulesKnown(folder: string): boolean {
    const seen = this.#ruled.get(folder);
    if (seen !== undefined) return seen;
    const isKnown = folder === '' || this.#areRulesKnown(parentOf(folder));
    const fault = isKnown ? this.#folderRules.check(folder) : undefined;
    const isUnknown = fault !== undefined && fault !== 'ignore-kept';
    // A listing says so, or that it is over, and whether anything is known of the folder.
    const noted = IGNORE_FAULTS.find((code) => this.#problems.has(folder, code));
    const id = fault === noted ? undefined : this.#index.byPath(folder)?.id;
    if (id !== undefined) this.result.descend.add(id);
    this.#ruled.set(folder, isKnown && !isUnknown);
    return isKnown && !isUnknown;
  }

  #lookAtFolder(path: string): IndexEntry | undefined {
    this.#lookOrThrow(path);
    return this.#folders.at(path);
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

  /**
   * No rule deletes anything: mirrors know the rules, and forget what is removed here without touching it. What was
   * under this name may stand elsewhere by now, and is searched for like everything that lost its name.
   */
  #lookAtExcluded(path: string, entry: IndexEntry | undefined): void {
    if (entry !== undefined) {
      this.result.leftOut.push(entry.kind === 'directory' ? `${path}/` : path);
      this.#displace(entry, path);
    }
    this.#clear(path);
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
    this.#folders.forgetAll();
    this.#displaced.found(moved.entry);
    if (!moved.isNameless) this.#search.vacated(moved.path);
    const entry = this.#index.move(moved.entry, parentId, nameOf(path));
    this.result.absent.delete(moved.path);
    if (entry.isDamaged === true) this.#damagedArrivals.add(path);
    if (entry.kind === 'directory') {
      if (!moved.isNameless) this.#folderRules.moved(moved.path, path);
      else if (this.#areRulesLost) throw new OtherRules(path);
      this.#problems.clearBelow(moved.path);
      this.result.renamedFolders.push({ from: moved.path, to: path });
      // Hints about what is inside may have come under the old name: list it again.
      this.result.descend.add(entry.id);
    }
    const heard = this.#told.heardOfMove(this.#namesBefore.get(entry.id) ?? moved.path, path);
    this.#record(judgeArrival(entry, seen, heard), entry, path, seen);
  }

  /** Returns whether what was seen was taken: not so what is judged last, or is not believed. */
  #compare(entry: IndexEntry, path: string, seen: Observed, parentDevice: bigint): boolean {
    if (!isNodeInPlace(entry, seen) || this.#disks.isOtherThanAwaited(entry, path, seen)) {
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
      if (this.#disks.isUnmounted(entry, path, seen, parentDevice)) {
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

  /** Nothing at or below this folder can be told until its disk is back. */
  #distrust(entry: IndexEntry, path: string): void {
    this.#note(path, UNMOUNTED, true);
    this.#index.setOpaque(entry, true);
    this.unseen.add(entry.id);
    // The system dropped the watches on what was there.
    this.result.removed.push(path);
  }

  #update(entry: IndexEntry, path: string, seen: Observed): void {
    if (seen.kind === 'directory') this.#devices.believed(entry, seen);
    this.#record(judgeNode(entry, seen, this.#isScan, this.#told.heard(path)), entry, path, seen);
  }

  #record(verdict: NodeVerdict, entry: IndexEntry, path: string, seen: Observed): void {
    switch (verdict) {
      case 'nothing':
        return;
      case 'identity':
        this.#index.identify(entry, seen);
        return;
      case 'metadata':
        this.#index.update(entry, seen, false);
        return;
      case 'time-when-quiet': {
        const { mtimeNs, mtimeUs } = entry;
        if (this.#takeContent(path, seen)) this.#index.update(entry, seen, false);
        else this.#index.identify(entry, { ...seen, mtimeNs, mtimeUs });
        return;
      }
      case 'content':
        this.#index.update(entry, seen, true);
        return;
      case 'content-when-quiet':
        if (this.#takeContent(path, seen)) this.#index.update(entry, seen, true);
        return;
    }
  }

  /** By what is published of it: a file that is being written is judged when that is taken. */
  #judgeSize(parentId: number, path: string): void {
    const entry = this.#index.child(parentId, nameOf(path));
    if (entry?.kind === 'file') this.#index.setExcluded(entry, this.#filter.isSizeExcluded(entry));
  }

  /** Only another content ends the damage, or a reading that finds the right one. */
  #judgeDamage(parentId: number, path: string): void {
    if (this.#index.child(parentId, nameOf(path))?.isDamaged === true) this.#note(path, DAMAGED, false);
    else this.#clear(path);
  }

  #displace(entry: IndexEntry, path: string): void {
    this.#folders.forgetAll();
    this.#namesBefore.set(entry.id, path);
    this.#displaced.add(entry);
    this.#problems.clearBelow(path);
    this.#areRulesLost ||= entry.kind === 'directory' && this.#folderRules.areBelow(path);
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
