/**
 * Carries out the structural part of a plan: renames, removals, folders, links, modes. Every step is
 * synchronous from the look at the disk to the record in the baseline. Contents are not touched.
 *
 * An interruption between a step on disk and its record leaves the disk ahead by that one step. A
 * rename is then recognised (the old name is gone, the node is at the new one), a folder or link that
 * stands already is taken as it is, a removal finds nothing, and a parked entry is found in staging.
 */
import { microseconds, PARKED_PARENT, type Plan } from '@lanmirror/engine/core';
import { type NodeKind, type Stat, TreeError } from '@lanmirror/engine/tree';
import {
  atPlace,
  type BaselineEntry,
  diskFacts,
  isAsLeft,
  isFromServer,
  type TargetPlace,
  UNKNOWN_VERSION,
} from '../state/baseline-entry.ts';
import type { PlacedEntry } from '../state/placement.ts';
import { hasMetadata, type TargetFolder } from './target-folder.ts';

/** Longest time that structure work keeps the event loop. */
const SLICE_MS = 10;

/** Folders whose times are set in one transaction, which has all that it changes in memory. */
const FOLDERS_AT_ONCE = 500;

/** What a move did: how the node stands now, and what became of what stood there. */
interface Moved {
  readonly stat: Stat;
  readonly trash?: string;
  readonly isVersionLost?: boolean;
}

/** Told of every entry that could not be handled. */
export type Failed = (id: number, path: string, error: TreeError) => void;

export class Structure {
  readonly #target: TargetFolder;
  readonly #failed: Failed;
  readonly #isStopped: () => boolean;
  /** Folders parked by this process: what is in them was looked at before. */
  readonly #parkedFolders = new Set<number>();
  /** Files that were as they had been left when this process parked them: on some disks a rename changes what they are known by. */
  readonly #parkedAsLeft = new Set<number>();

  constructor(target: TargetFolder, failed: Failed, isStopped: () => boolean) {
    this.#target = target;
    this.#failed = failed;
    this.#isStopped = isStopped;
  }

  /** Does all but contents and metadata of files. `removals` may be fewer than the plan's: a guard holds the rest. */
  async apply(plan: Plan, removals: readonly number[]): Promise<void> {
    await this.#each(
      plan.moves,
      (move) => move.id,
      (move) => this.#move(move.id, move.replaces),
    );
    await this.#each(
      plan.parks,
      (id) => id,
      (id) => this.#park(id),
    );
    await this.#each(
      removals,
      (id) => id,
      (id) => this.#remove(id),
    );
    await this.#each(
      plan.places,
      (id) => id,
      (id) => this.#place(id),
    );
    await this.#each(
      plan.metadata,
      (id) => id,
      (id) => this.#setMetadata(id),
    );
  }

  /**
   * Sets the times of folders in which nothing has happened lately; deepest first, because each touches
   * its parent's contents only. Returns whether there were any.
   */
  setFolderTimes(): boolean {
    const { touchedFolders, state } = this.#target;
    const folders = [...touchedFolders];
    const failed: number[] = [];
    touchedFolders.clear();
    for (let at = 0; at < folders.length; at += FOLDERS_AT_ONCE)
      state.transact(() => {
        for (const id of folders.slice(at, at + FOLDERS_AT_ONCE)) {
          const entry = state.view.get(id);
          if (entry?.kind !== 'directory' || state.baseline.get(id) === undefined) continue;
          if (!this.#guarded(id, () => this.#setMetadata(id, true))) failed.push(id);
        }
      });
    touchedFolders.clear();
    for (const id of failed) touchedFolders.add(id);
    return folders.length > 0;
  }

  /** Works in slices, each in one transaction of the state: a commit costs a flush of the state's disk. */
  async #each<T>(items: readonly T[], idOf: (item: T) => number, work: (item: T) => void): Promise<void> {
    const { clock, state } = this.#target;
    for (let at = 0; at < items.length && !this.#isStopped(); ) {
      const sliceStart = clock.nowMs();
      state.transact(() => {
        do {
          const item = items[at] as T;
          this.#guarded(idOf(item), () => work(item));
          at += 1;
        } while (at < items.length && clock.nowMs() - sliceStart < SLICE_MS);
      });
      if (at < items.length) await clock.turn();
    }
  }

  /** Returns whether it succeeded. */
  #guarded(id: number, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      const { state } = this.#target;
      this.#failed(id, state.view.pathOf(id) ?? state.baseline.pathOf(id) ?? error.path, error);
      return false;
    }
  }

  #move(id: number, replaces: number | undefined): void {
    const { tree, state, report } = this.#target;
    const before = state.baseline.get(id);
    const after = this.#target.wanted(id);
    const from = state.baseline.pathOf(id);
    const to = after && this.#target.placeOf(after);
    if (before === undefined || after === undefined || from === undefined || to === undefined) return;
    const there = tree.stat(from);
    if (there === undefined) return this.#recoverMove(before, after, to);
    const shown = this.#target.shownPath(id, from);
    const occupant = this.#target.occupantOf(after);
    const isItself = occupant?.id === id;
    // The source moved it on since this was planned, to where another one stands: the next plan knows both.
    if (occupant !== undefined && !isItself && occupant.id !== replaces) return;
    if (occupant !== undefined && !isItself && before.version !== after.version)
      return this.#takeOver(before, after, occupant, { from, there });
    const knownFrom = this.#target.knownPath(id, from);
    const { stat, ...old } = isItself
      ? { stat: this.#respell(id, from, to) }
      : this.#moveOver(from, to, there.kind, occupant);
    this.#noteRename(after, knownFrom, to, old);
    this.#recordMove(before, after, stat, isAsLeft(before, there));
    report.renamed(shown, this.#target.shownPath(id, to));
    if (replaces !== undefined) report.settled(replaces, 'done');
  }

  #moveOver(from: string, to: string, kind: NodeKind, occupant: BaselineEntry | undefined): Moved {
    const { tree } = this.#target;
    // A file gives way to a folder only by leaving.
    const { isOccupied, ...old } = this.#target.clearPlace(to, occupant, kind !== 'directory');
    return { stat: tree.move(from, to, { replace: isOccupied }), ...old };
  }

  /** Another spelling of its own name, to a target that takes both for one. */
  #respell(id: number, from: string, to: string): Stat {
    const { tree } = this.#target;
    try {
      return tree.move(from, to, { replace: false });
    } catch (error) {
      if (!(error instanceof TreeError) || error.code !== 'EXISTS') throw error;
    }
    // The disk takes the node for an obstacle to itself: out of the way, and back.
    tree.park(from, parkName(id));
    return tree.unpark(parkName(id), to);
  }

  /**
   * A file got the name of another one before its own content came here. What stands there stays, as an
   * old version of it, until the content has come: the name never shows less than it had.
   */
  #takeOver(
    before: BaselineEntry,
    after: PlacedEntry,
    occupant: BaselineEntry,
    { from, there }: { readonly from: string; readonly there: Stat },
  ): void {
    const { state, report } = this.#target;
    const to = state.baseline.pathOf(occupant.id) ?? after.name;
    const trash = this.#target.putAway(from, before, there, 'replaced');
    this.#noteRename(after, from, to, { trash });
    state.transact(() => {
      this.#target.vacate(after);
      state.baseline.put({
        ...occupant,
        ...{ id: before.id, bornMs: before.bornMs, checkpoint: state.meta.checkpoint },
      });
      state.markDirty(before.id);
    });
    this.#target.touch(before.parentId);
    report.renamed(from, to);
    report.settled(occupant.id, 'done');
  }

  /** The old name is gone: either this very move was done before a kill, or someone took the file away. */
  #recoverMove(before: BaselineEntry, after: PlacedEntry, to: string): void {
    const stat = this.#target.tree.stat(to);
    if (stat !== undefined && stat.ino === before.disk.ino && isAsLeft(before, stat)) {
      this.#noteRename(after, this.#target.state.baseline.pathOf(before.id) ?? '', to, {});
      return this.#recordMove(before, after, stat, true);
    }
    this.#target.state.transact(() => {
      this.#target.forgetTree(before.id);
      this.#markTreeDirty(after.id);
    });
    if (after.kind !== 'file') this.#place(after.id);
  }

  /** A renamed entry keeps what is known of its content; what else differs is planned next. */
  #recordMove(before: BaselineEntry, after: PlacedEntry, stat: Stat, isOurs: boolean): void {
    const { state } = this.#target;
    // What was made in a folder since has moved its time.
    const mtimeUs = before.kind === 'directory' ? microseconds(stat.mtimeNs) : before.mtimeUs;
    state.transact(() => {
      this.#target.vacate(after);
      // A mode that somebody else set is still to be found.
      const disk = isOurs ? { ...diskFacts(stat), mode: before.disk.mode ?? before.mode } : before.disk;
      state.baseline.put(atPlace({ ...before, mtimeUs, disk, checkpoint: state.meta.checkpoint }, after));
      const isWhole =
        isOurs &&
        (before.version === after.version || after.kind !== 'file') &&
        mtimeUs === after.mtimeUs &&
        before.mode === after.mode &&
        before.linkTarget === after.linkTarget;
      if (isWhole) state.markClean(after.id);
      else state.markDirty(after.id);
    });
    this.#target.touch(before.parentId);
    this.#target.touch(after.parentId);
  }

  #park(id: number): void {
    const { tree, state } = this.#target;
    const before = state.baseline.get(id);
    const path = state.baseline.pathOf(id);
    if (before === undefined || path === undefined) return;
    const there = tree.stat(path);
    if (there === undefined) {
      // Gone behind our back: what it was is made anew at its new place.
      return state.transact(() => {
        this.#target.forgetTree(id);
        this.#markTreeDirty(id);
      });
    }
    tree.park(path, parkName(id));
    if (isAsLeft(before, there)) this.#parkedAsLeft.add(id);
    if (before.kind === 'directory') this.#parkedFolders.add(id);
    const parkedFrom = this.#target.knownPath(id, path);
    state.transact(() =>
      state.baseline.put({ ...before, parentId: PARKED_PARENT, name: parkName(id), parkedFrom }),
    );
    this.#target.touch(before.parentId);
  }

  #remove(id: number): void {
    const { state, report } = this.#target;
    const before = state.baseline.get(id);
    if (before === undefined) return state.transact(() => state.markClean(id));
    const path = state.baseline.pathOf(id);
    const shown = path === undefined ? undefined : this.#target.shownPath(id, path);
    if (path !== undefined) this.#putAwayRemoved(before, path);
    state.transact(() => this.#target.forgetTree(id));
    this.#target.touch(before.parentId);
    if (shown !== undefined) report.deleted(shown);
    report.settled(id, 'done');
  }

  /** What the source has no more, or never had, goes to the trash. */
  #putAwayRemoved(before: BaselineEntry, path: string): void {
    const { id, kind } = before;
    const { tree } = this.#target;
    const isExtra = id < PARKED_PARENT;
    const there = tree.stat(path);
    const trash = there === undefined ? '' : this.#target.putAway(path, before, there, 'deleted');
    const sizeBytes = there?.kind === 'file' ? there.sizeBytes : 0;
    this.#target.note(isExtra ? 'put-away' : 'deleted', this.#target.knownPath(id, path), {
      kind,
      sizeBytes,
      trash,
    });
  }

  #noteRename(
    { id, kind, sizeBytes }: PlacedEntry,
    from: string,
    path: string,
    old: { readonly trash?: string; readonly isVersionLost?: boolean },
  ): void {
    this.#target.note('renamed', this.#target.knownPath(id, path), {
      kind,
      from,
      sizeBytes: kind === 'file' ? sizeBytes : 0,
      ...old,
    });
  }

  /** Gives a folder, a link or a parked entry its place, with the folders above it. */
  #place(id: number): void {
    const { state } = this.#target;
    const after = this.#target.wanted(id);
    if (after === undefined) return;
    const before = state.baseline.get(id);
    if (before !== undefined && before.parentId !== PARKED_PARENT && before.kind === 'directory') return;
    if (id !== state.meta.rootId && state.baseline.pathOf(after.parentId) === undefined)
      this.#placeFolder(after.parentId);
    const path = this.#target.placeOf(after);
    // The folder above it failed, and that failure is noted there.
    if (path === undefined) throw new TreeError('ABSENT', after.name, 'its folder could not be made');
    if (before?.parentId === PARKED_PARENT) this.#unpark(before, after, path);
    else if (after.kind === 'directory') this.#makeDirectory(after, path);
    else if (after.kind === 'link') this.#makeLink(after, before, path);
  }

  /** Folders that hold each other in a ring (a broken server) have no place. */
  #placeFolder(id: number): void {
    const { state } = this.#target;
    if (state.view.pathOf(id) !== undefined) this.#place(id);
  }

  #unpark(before: BaselineEntry, after: PlacedEntry, path: string): void {
    const { tree, report } = this.#target;
    const { trash } = this.#target.clearPlace(path, this.#target.occupantOf(after), false);
    const stat = tree.unpark(parkName(before.id), path);
    const from = before.parkedFrom ?? '';
    const isElsewhere = from !== this.#target.knownPath(before.id, path);
    if (isElsewhere) this.#noteRename(after, from, path, { trash });
    // While it was parked no check of the target could see into it.
    if (before.kind === 'directory' && !this.#parkedFolders.delete(before.id)) this.#target.isCheckDue = true;
    const wasAsLeft = this.#parkedAsLeft.delete(before.id) && isUntouched(before, stat);
    const isOurs = before.kind === 'directory' || wasAsLeft || isAsLeft(before, stat);
    this.#recordMove(before, after, stat, isOurs);
    const shown = this.#target.shownPath(before.id, path);
    if (isElsewhere) report.renamed(from === '' ? '?' : from, shown);
  }

  #makeDirectory(after: PlacedEntry, path: string): void {
    const { tree, state, report } = this.#target;
    const there = path === '' ? tree.rootStat() : tree.stat(path);
    const occupant = path === '' ? undefined : this.#target.occupantOf(after);
    const isOthers = occupant !== undefined && occupant.id !== after.id;
    let stat = there;
    if (there?.kind === 'directory' && !isOthers) this.#takeDirectory(path);
    else {
      // What is in another entry's folder belongs to that entry: it goes with it.
      const trash = there === undefined ? '' : this.#target.putAway(path, occupant, there, 'replaced');
      stat = tree.makeDirectory(path, after.mode);
      this.#target.noteArrival(after, path, [state.baseline.get(after.id), undefined], { trash });
      report.created(this.#target.shownPath(after.id, path));
    }
    if (stat === undefined) throw new TreeError('ABSENT', path, 'the folder is gone');
    // Its time is set when everything in it is in place.
    this.#target.record({ ...after, mode: stat.mode, mtimeUs: microseconds(stat.mtimeNs) }, stat, null);
    state.transact(() => state.markDirty(after.id));
    this.#target.touch(after.id);
    if (state.meta.rootId !== 1) this.#markChildrenDirty(after.id);
  }

  /** A folder that stands there already and that nobody knows: made before a kill, or by someone else. */
  #takeDirectory(path: string): void {
    if (path !== '' && this.#target.tree.list(path).names.length > 0) this.#target.isCheckDue = true;
  }

  #makeLink(after: PlacedEntry, before: BaselineEntry | undefined, path: string): void {
    const { tree, report } = this.#target;
    const there = tree.stat(path);
    const isEqual = there?.kind === 'link' && tree.readLink(path) === after.linkTarget;
    let stat = there;
    if (isEqual) {
      if (before !== undefined && !isFromServer(before))
        report.edited(this.#target.shownPath(after.id, path), true);
      stat = tree.setMetadata(path, { mtimeUs: after.mtimeUs });
    } else {
      const { trash } = this.#target.clearPlace(path, this.#target.occupantOf(after), false);
      stat = tree.makeLink(path, after.linkTarget, after.mtimeUs);
      this.#target.noteArrival(after, path, [before, undefined], { trash });
      const shown = this.#target.shownPath(after.id, path);
      if (before === undefined) report.created(shown);
      else report.modified(shown);
    }
    if (stat === undefined) throw new TreeError('ABSENT', path, 'the link is gone');
    this.#target.record(after, stat, null);
    report.settled(after.id, 'done');
  }

  /** Mode and time. The time of a folder waits until the folder is quiet, unless `isQuiet`. */
  #setMetadata(id: number, isQuiet = false): void {
    const { tree, state } = this.#target;
    const before = state.baseline.get(id);
    const after = this.#target.wanted(id);
    const path = state.baseline.pathOf(id);
    if (before === undefined || after === undefined || path === undefined) return;
    if (after.kind === 'file' && before.version !== after.version) return;
    // It stands under its old name until the rename is done, and that is what is recorded.
    const isPlaced =
      id === state.meta.rootId || (before.parentId === after.parentId && before.name === after.name);
    const place = isPlaced ? after : before;
    if (after.kind === 'file' && !this.#isUnedited(before, path)) return;
    const isLater = after.kind === 'directory' && !isQuiet;
    const { mode } = after;
    const { mtimeUs, ...modes } = this.#target.metadataOf(after);
    const wanted = isLater || mtimeUs === undefined ? modes : { ...modes, mtimeUs };
    // A folder is touched by every look at what is in it, and most often nothing came of that.
    const there = isQuiet ? this.#folderStat(path) : undefined;
    const stat = there !== undefined && hasMetadata(there, wanted) ? there : tree.setMetadata(path, wanted);
    // A folder's time follows what is in it: that is no event of its own.
    if (!isQuiet && (after.kind !== 'directory' || before.mode !== mode))
      this.#target.note('attributes', path, {
        kind: after.kind,
        sizeBytes: after.kind === 'file' ? after.sizeBytes : 0,
      });
    if (isLater) {
      const disk = { ...before.disk, mode: stat.mode };
      state.transact(() => state.baseline.put({ ...before, mode, disk }));
      return this.#target.touch(id);
    }
    const { parentId } = place;
    const parentWasTouched = this.#target.touchedFolders.has(parentId);
    state.transact(() => {
      this.#target.record(standingAt(after, place), stat, before.hash);
      if (!isPlaced) state.markDirty(id);
    });
    // Metadata of an entry does not touch the time of its folder.
    if (!parentWasTouched) this.#target.touchedFolders.delete(parentId);
    if (after.kind !== 'directory') this.#target.report.settled(id, 'done');
  }

  #folderStat(path: string): Stat | undefined {
    return path === '' ? this.#target.tree.rootStat() : this.#target.tree.stat(path);
  }

  /** Times that are set would hide an edit behind our back: an edited file is to be replaced instead. */
  #isUnedited(before: BaselineEntry, path: string): boolean {
    const { tree, state } = this.#target;
    const there = tree.stat(path);
    if (there !== undefined && isAsLeft(before, there)) return true;
    state.transact(() => {
      state.baseline.put({ ...before, version: UNKNOWN_VERSION, hash: null });
      state.markDirty(before.id);
    });
    return false;
  }

  #markTreeDirty(id: number): void {
    this.#target.state.markDirty(id);
    this.#markChildrenDirty(id);
  }

  #markChildrenDirty(id: number): void {
    const { state } = this.#target;
    state.transact(() => {
      for (const child of [...state.view.children(id)]) this.#markTreeDirty(child.id);
    });
  }
}

/** The entry as it is to be, at the place where it stands. */
function standingAt(entry: PlacedEntry, { parentId, name, sourceName }: TargetPlace): PlacedEntry {
  const { sourceName: _wanted, ...rest } = entry;
  return { ...rest, parentId, name, ...(sourceName !== undefined && { sourceName }) };
}

/** Size and time, which no rename changes. */
function isUntouched({ disk, kind }: BaselineEntry, stat: Stat): boolean {
  return stat.kind === kind && stat.sizeBytes === disk.sizeBytes && stat.mtimeNs === disk.mtimeNs;
}

function parkName(id: number): string {
  return `park-${id}`;
}
