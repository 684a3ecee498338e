/**
 * Carries out the structural part of a plan: renames, removals, folders, links, modes. Every step is
 * synchronous from the look at the disk to the record in the baseline. Contents are not touched.
 *
 * An interruption between a step on disk and its record leaves the disk ahead by that one step. A
 * rename is then recognised (the old name is gone, the node is at the new one), a folder or link that
 * stands already is taken as it is, a removal finds nothing, and a parked entry is found in staging.
 */
import { PARKED_PARENT, type Plan } from '@lanmirror/engine/core';
import { TreeError } from '@lanmirror/engine/tree';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import { wanted } from '../state/placement.ts';
import { bottomUp } from './discard.ts';
import { giveBack } from './give-back.ts';
import { makeDirectory, makeLink } from './make-node.ts';
import { Relocation } from './relocation.ts';
import { setMetadata } from './set-metadata.ts';
import { StuckFolders } from './stuck-folders.ts';
import type { TargetFolder } from './target-folder.ts';
import { isExtra } from './trash-reason.ts';

/** Longest time that structure work keeps the event loop. */
const SLICE_MS = 10;

/** Folders whose times are set in one transaction, which has all that it changes in memory. */
const FOLDERS_AT_ONCE = 500;

/** Told of every entry that could not be handled. */
export type Failed = (id: number, path: string, error: TreeError) => void;

export class Structure {
  readonly #target: TargetFolder;
  readonly #failed: Failed;
  readonly #isStopped: () => boolean;
  readonly #isGone: () => boolean;
  readonly #relocation: Relocation;
  readonly #stuck: StuckFolders;

  /** `isStopped`: nothing more may be begun; `isGone`: the target is not there, so nothing can be done at all. */
  constructor(
    target: TargetFolder,
    failed: Failed,
    { isStopped, isGone }: { isStopped(): boolean; isGone(): boolean },
  ) {
    this.#target = target;
    this.#failed = failed;
    this.#isStopped = isStopped;
    this.#isGone = isGone;
    this.#relocation = new Relocation(target, (id) => this.#place(id));
    this.#stuck = new StuckFolders(target);
  }

  /**
   * Does all but contents and metadata of files. `removals` may be fewer than the plan's: a guard holds the rest. What is
   * parked is out of sight, so from the first of them on a mere stop waits for the places of the plan. Returns the ids of
   * what waits, because a folder that should have left its place could not; files among them, too.
   */
  async apply(whole: Plan, allowed: readonly number[]): Promise<ReadonlySet<number>> {
    await this.#each(
      whole.moves,
      (move) => move.id,
      (move) => this.#relocation.move(move.id, move.replaces),
    );
    if (this.#isStopped()) return new Set();
    const { plan, removals, behind } = this.#stuck.beside(whole, allowed, whole.parks);
    const isOver = plan.parks.length > 0 ? this.#isGone : this.#isStopped;
    await this.#leave(plan.parks, removals, isOver);
    const due = this.#stuck.beside(plan, [], []);
    await this.#each(
      due.plan.places,
      (id) => id,
      (id) => this.#place(id),
      isOver,
    );
    await this.#each(
      due.plan.metadata,
      (id) => id,
      (id) => setMetadata(this.#target, id),
    );
    return new Set([...behind, ...due.behind]);
  }

  /** Takes from their places what is to be parked, and what goes. */
  async #leave(parks: readonly number[], removals: readonly number[], isOver: () => boolean): Promise<void> {
    await this.#each(
      parks,
      (id) => id,
      (id) => this.#relocation.park(id),
      isOver,
    );
    const tops = new Set(removals);
    await this.#each(
      this.#target.keepsTrash ? removals : bottomUp(this.#target, removals),
      (id) => id,
      (id) => this.#remove(id, tops.has(id)),
      isOver,
    );
  }

  /**
   * Sets the times of folders in which nothing has happened lately; deepest first, because each touches
   * its parent's contents only. Returns their ids.
   */
  setFolderTimes(): readonly number[] {
    const { touchedFolders, state } = this.#target;
    const folders = [...touchedFolders];
    const failed: number[] = [];
    touchedFolders.clear();
    for (let at = 0; at < folders.length; at += FOLDERS_AT_ONCE)
      state.transact(() => {
        for (const id of folders.slice(at, at + FOLDERS_AT_ONCE)) {
          const entry = state.view.get(id);
          if (entry?.kind !== 'directory' || state.baseline.get(id) === undefined) continue;
          if (!this.#guarded(id, () => setMetadata(this.#target, id, true))) failed.push(id);
        }
      });
    touchedFolders.clear();
    for (const id of failed) touchedFolders.add(id);
    return folders;
  }

  /** Works in slices, each in one transaction of the state: a commit costs a flush of the state's disk. */
  async #each<T>(
    items: readonly T[],
    idOf: (item: T) => number,
    work: (item: T) => void,
    isOver = this.#isStopped,
  ): Promise<void> {
    const { clock, state } = this.#target;
    for (let at = 0; at < items.length && !isOver(); ) {
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
      this.#stuck.failed(id);
      this.#failed(id, state.view.pathOf(id) ?? state.baseline.pathOf(id) ?? error.path, error);
      return false;
    }
  }

  /** `isTop`: it is no part of something else that goes. */
  #remove(id: number, isTop: boolean): void {
    const { state, report } = this.#target;
    const before = state.baseline.get(id);
    if (before === undefined) return state.transact(() => state.markClean(id));
    if (before.parentId === PARKED_PARENT) return this.#removeParked(before);
    const path = state.baseline.pathOf(id);
    const shown = path === undefined ? undefined : this.#target.shownPath(id, path);
    const isThere = path !== undefined && this.#putAwayRemoved(before, path, isTop);
    const isTold = isThere && isTop;
    state.transact(() => this.#target.forgetTree(id));
    this.#target.touch(before.parentId);
    if (shown !== undefined && isTold) {
      if (isExtra(before)) report.extra(shown);
      else report.deleted(shown);
    }
    if (isTop) report.settled(id, 'done');
  }

  /** The source took it away, or it has to come anew, before its place was free: it leaves the staging folder for the trash. */
  #removeParked(before: BaselineEntry): void {
    const { id, kind, name, sizeBytes, parkedFrom = name } = before;
    const { tree, state, report } = this.#target;
    if (this.#target.staysParked(before)) return this.#giveBack(before);
    const trash = tree.sweepStaged(name);
    this.#target.note('deleted', parkedFrom, { kind, sizeBytes: kind === 'file' ? sizeBytes : 0, trash });
    state.transact(() => this.#target.forgetTree(id));
    report.deleted(parkedFrom);
    report.settled(id, 'done');
  }

  /** Something of it stays: the look at the target finds that, and what of it has to go. */
  #giveBack({ id, name, parkedFrom }: BaselineEntry): void {
    const { tree, state, report } = this.#target;
    giveBack(tree, name, parkedFrom !== undefined && state.view.idAt(parkedFrom) !== undefined);
    this.#target.isCheckDue = true;
    state.transact(() => this.#target.forgetTree(id));
    report.settled(id, 'done');
  }

  /** What the source has no more, or never had, goes to the trash. Returns whether there is anything to tell of. */
  #putAwayRemoved(before: BaselineEntry, path: string, isNoted: boolean): boolean {
    const { id, kind } = before;
    const { tree } = this.#target;
    const there = tree.stat(path);
    // Who made it took it away again.
    if (isExtra(before) && there === undefined) return false;
    const trash = there === undefined ? '' : this.#target.putAway(path, before, there, 'deleted');
    const sizeBytes = there?.kind === 'file' ? there.sizeBytes : 0;
    if (!isNoted && trash === '') return true;
    this.#target.note(isExtra(before) ? 'put-away' : 'deleted', this.#target.knownPath(id, path), {
      kind,
      sizeBytes,
      trash,
    });
    return true;
  }

  /** Gives a folder, a link or a parked entry its place, with the folders above it. */
  #place(id: number, after = this.#target.wanted(id)): void {
    const { state } = this.#target;
    if (after === undefined) return;
    const before = state.baseline.get(id);
    if (before !== undefined && before.parentId !== PARKED_PARENT && before.kind === 'directory') return;
    if (id !== state.meta.rootId && state.baseline.pathOf(after.parentId) === undefined)
      this.#placeFolder(after.parentId);
    const path = this.#target.placeOf(after);
    // The folder above it failed, and that failure is noted there.
    if (path === undefined) throw new TreeError('ABSENT', after.name, 'its folder could not be made');
    // The source moved it on since this was planned: the next plan knows both.
    if (this.#target.isBlocked(after)) return;
    if (before?.parentId === PARKED_PARENT) this.#relocation.unpark(before, after, path);
    else if (after.kind === 'directory') makeDirectory(this.#target, after, path);
    else if (after.kind === 'link') makeLink(this.#target, after, before, path);
  }

  /**
   * A folder for something that belongs in it: what is renamed into a new folder comes with it, even where nothing new is
   * made. Folders that hold each other in a ring (a broken server) have no place.
   */
  #placeFolder(id: number): void {
    const { state } = this.#target;
    if (state.view.pathOf(id) !== undefined) this.#place(id, wanted(state, id));
  }
}
