/**
 * Gives entries that have a place on the target another one: renames, and the parking of what is in the way of others.
 *
 * Owns what it remembers of parked entries, for as long as this process lives; a kill leaves them in the staging folder
 * and in the baseline, where the next plan finds them.
 */
import { microseconds, PARKED_PARENT } from '@lanmirror/engine/core';
import { type NodeKind, type Stat, TreeError } from '@lanmirror/engine/tree';
import { refuseTargetWithin } from '../plan/target-within.ts';
import { atPlace, type BaselineEntry, diskFacts, isAsLeft } from '../state/baseline-entry.ts';
import type { PlacedEntry } from '../state/placement.ts';
import { markTreeDirty } from './mark-tree.ts';
import type { TargetFolder } from './target-folder.ts';

/** What a move did: how the node stands now, and what became of what stood there. */
interface Moved {
  readonly stat: Stat;
  readonly trash?: string;
  readonly isVersionLost?: boolean;
}

export class Relocation {
  readonly #target: TargetFolder;
  readonly #place: (id: number) => void;
  /** Folders parked by this process: what is in them was looked at before. */
  readonly #parkedFolders = new Set<number>();
  /** Files that were as they had been left when this process parked them: on some disks a rename changes what they are known by. */
  readonly #parkedAsLeft = new Set<number>();

  /** `place` makes a folder or link that is not there any more. */
  constructor(target: TargetFolder, place: (id: number) => void) {
    this.#target = target;
    this.#place = place;
  }

  /** Renames an entry; `replaces`: the one whose name it gets, as planned. */
  move(id: number, replaces: number | undefined): void {
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
    if (!isItself && this.#isUnjudged(id, to, occupant)) return;
    if (there.kind === 'directory') refuseTargetWithin(this.#target, from);
    const knownFrom = this.#target.knownPath(id, from);
    const { stat, ...old } = isItself
      ? { stat: this.#respell(id, from, to) }
      : this.#moveOver(from, to, there.kind, occupant);
    this.#target.cleaned?.renamed(from, to);
    this.#noteRename(after, knownFrom, to, old);
    this.#recordMove(before, after, stat, isAsLeft(before, there));
    this.#target.cleaned?.cameTo(to);
    report.renamed(shown, this.#target.shownPath(id, to));
    if (replaces !== undefined) report.settled(replaces, 'done');
  }

  /** What nobody has judged stays, and so does what would take its place, until the target was looked at. */
  #isUnjudged(id: number, path: string, occupant: BaselineEntry | undefined): boolean {
    if (this.#target.tree.stat(path) === undefined) return false;
    this.#target.refuseLeftAlone(path, occupant);
    return this.#target.isUnjudged(id, path, occupant);
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
      const from = this.#target.state.baseline.pathOf(before.id) ?? before.parkedFrom ?? '';
      this.#target.cleaned?.renamed(from, to);
      this.#noteRename(after, from, to, {});
      this.#recordMove(before, after, stat, true);
      return this.#target.cleaned?.cameTo(to);
    }
    this.#target.state.transact(() => {
      this.#target.forgetTree(before.id);
      markTreeDirty(this.#target.state, after.id);
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

  /** Moves an entry into the staging folder, until its place is free. */
  park(id: number): void {
    const { tree, state } = this.#target;
    const before = state.baseline.get(id);
    const path = state.baseline.pathOf(id);
    if (before === undefined || path === undefined) return;
    const there = tree.stat(path);
    if (there === undefined) {
      // Gone behind our back: what it was is made anew at its new place.
      return state.transact(() => {
        this.#target.forgetTree(id);
        markTreeDirty(this.#target.state, id);
      });
    }
    if (there.kind === 'directory') refuseTargetWithin(this.#target, path);
    const park = (): void => tree.park(path, parkName(id));
    if (this.#target.cleaned === undefined) park();
    else this.#target.cleaned.parking(path, id, park);
    if (isAsLeft(before, there)) this.#parkedAsLeft.add(id);
    if (before.kind === 'directory') this.#parkedFolders.add(id);
    const parkedFrom = this.#target.knownPath(id, path);
    state.transact(() =>
      state.baseline.put({ ...before, parentId: PARKED_PARENT, name: parkName(id), parkedFrom }),
    );
    this.#target.touch(before.parentId);
  }

  /** Gives a parked entry its place. */
  unpark(before: BaselineEntry, after: PlacedEntry, path: string): void {
    const { tree, report } = this.#target;
    const { name } = before;
    if (tree.parked(name) === undefined) return this.#recoverParked(before, after, path);
    const occupant = this.#target.occupantOf(after);
    if (this.#isUnjudged(before.id, path, occupant)) return;
    const { trash } = this.#target.clearPlace(path, occupant, false);
    const stat = tree.unpark(name, path);
    const from = before.parkedFrom ?? '';
    const isElsewhere = from !== this.#target.knownPath(before.id, path);
    this.#target.cleaned?.unparked(before.id, path);
    if (isElsewhere) this.#noteRename(after, from, path, { trash });
    // While it was parked no check of the target could see into it.
    if (before.kind === 'directory' && !this.#parkedFolders.delete(before.id)) this.#target.isCheckDue = true;
    const wasAsLeft = this.#parkedAsLeft.delete(before.id) && isUntouched(before, stat);
    const isOurs = before.kind === 'directory' || wasAsLeft || isAsLeft(before, stat);
    this.#recordMove(before, after, stat, isOurs);
    this.#target.cleaned?.cameTo(path);
    const shown = this.#target.shownPath(before.id, path);
    if (isElsewhere) report.renamed(from === '' ? '?' : from, shown);
  }

  /** It is not where it was parked: it has its place already, or somebody took it, and it comes anew. */
  #recoverParked(before: BaselineEntry, after: PlacedEntry, path: string): void {
    this.#parkedFolders.delete(before.id);
    this.#parkedAsLeft.delete(before.id);
    // Nobody knows what stands in a folder by now, nor what stands where it belongs.
    this.#target.isCheckDue = true;
    this.#recoverMove(before, after, path);
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
}

/** Size and time, which no rename changes. */
function isUntouched({ disk, kind }: BaselineEntry, stat: Stat): boolean {
  return stat.kind === kind && stat.sizeBytes === disk.sizeBytes && stat.mtimeNs === disk.mtimeNs;
}

function parkName(id: number): string {
  return `park-${id}`;
}
