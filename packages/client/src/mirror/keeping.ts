/**
 * Carries out what the rule says of entries that are gone at the source: which stay, which go, and when what stayed has
 * to go after all. Owns the rule, and the folders that stay as soon as what goes from them has gone.
 *
 * A kill leaves entries in the baseline, dirty, or kept: the next plan judges the first, the first plan of a run all of
 * the second.
 */
import {
  advanceKeptClock,
  type Clock,
  type DeleteRule,
  isAllMirrored,
  splitRemoval,
  staysHere,
} from '@lanmirror/engine/core';
import type { TargetFolder } from '../apply/target-folder.ts';
import { keepTree, keptPathOf, keptTopOf, keptTops, returnTree, spareTree } from '../plan/kept.ts';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { sourcePathOf } from '../state/placement.ts';

/** What a plan does about entries that are gone. */
export interface JudgedRemovals {
  readonly removals: readonly number[];
  /** Tops of what stays from now on. */
  readonly staying: readonly number[];
}

export class Keeping {
  readonly #target: TargetFolder;
  readonly #state: MirrorState;
  readonly #clock: Clock;
  #rule: DeleteRule;
  #waiting: ReadonlySet<number> = new Set();
  #isJudgeDue = true;

  constructor(target: TargetFolder, rule: DeleteRule, clock: Clock) {
    this.#target = target;
    this.#state = target.state;
    this.#rule = rule;
    this.#clock = clock;
  }

  get rule(): DeleteRule {
    return this.#rule;
  }

  /** Another rule from now on: what is kept is judged with the next plan. */
  setRule(rule: DeleteRule): void {
    this.#rule = rule;
    this.#isJudgeDue = true;
  }

  /** What is kept is judged with the next plan: time has passed. Returns whether there is anything. */
  judgeAgain(): boolean {
    this.#isJudgeDue = true;
    return this.#state.meta.keptEntries > 0;
  }

  /** Ids of folders that stay when what goes from them has gone; they belong into every plan. */
  get waiting(): ReadonlySet<number> {
    return this.#waiting;
  }

  /** Gives what the rule keeps no longer back to the baseline, once it is due. Returns the ids. */
  takeDue(): number[] {
    if (!this.#isJudgeDue) return [];
    this.#isJudgeDue = false;
    const state = this.#state;
    if (state.meta.keptEntries === 0) return [];
    return state.transact(() => {
      const ageMs = this.#advanceClock();
      const due = [...keptTops(state)].filter((top) => this.#splitKept(top, ageMs) !== 'stays');
      return due.flatMap((top) => this.#giveBack(top, false));
    });
  }

  /** Gives back what stands at the places of these entries, or is one of them. Inside a transaction. Returns the ids. */
  takeBack(ids: Iterable<number>): number[] {
    const state = this.#state;
    const found: number[] = [];
    if (state.meta.keptEntries === 0) return found;
    const mirrored = mirroredView(state);
    for (const id of ids) {
      const after = mirrored.get(id);
      if (after === undefined) continue;
      const occupant = state.kept.occupantId(after.parentId, after.name);
      for (const one of [id, occupant]) {
        const top = one === undefined ? undefined : keptTopOf(state, one);
        if (top !== undefined) for (const back of this.#giveBack(top, true)) found.push(back);
      }
    }
    return found;
  }

  /**
   * Its folder may be gone from the target: then there is nothing to give back. `isSpared`: what takes its place now
   * replaces something that was kept on purpose, which goes to the trash in any case.
   */
  #giveBack(top: BaselineEntry, isSpared: boolean): number[] {
    if (keptPathOf(this.#state, top) !== undefined) return returnTree(this.#state, top.id, isSpared);
    this.#state.kept.removeTree(top.id);
    return [];
  }

  /** Takes the tops of removals apart by the rule. Changes nothing but what is agreed to. */
  judge(removals: readonly number[]): JudgedRemovals {
    if (isAllMirrored(this.#rule)) {
      this.#waiting = new Set();
      return { removals, staying: [] };
    }
    const going: number[] = [];
    const staying: number[] = [];
    const waiting = new Set<number>();
    for (const id of removals) {
      const { outcome, ids } = this.#split(id);
      for (const one of ids) going.push(one);
      if (outcome === 'stays') staying.push(id);
      else if (outcome === 'waits') waiting.add(id);
      // Who agreed to all of it agreed to a part.
      if (outcome === 'waits' && this.#state.isAgreed(id)) this.#state.agree(ids);
    }
    this.#waiting = waiting;
    return { removals: going, staying };
  }

  /** The removals among these that the rule lets go. */
  onlyGoing(removals: readonly number[]): readonly number[] {
    return isAllMirrored(this.#rule) ? removals : removals.flatMap((id) => this.#split(id).ids);
  }

  /** What gives its place to something of another kind has no successor that holds what is in it: the rule means that. */
  spare(removals: readonly number[]): void {
    if (isAllMirrored(this.#rule)) return;
    const state = this.#state;
    const isKept = (entry: BaselineEntry): boolean => {
      const path = sourcePathOf(state, entry.id);
      return path !== undefined && this.#staysAt(path, entry, state.meta.keptClock.ageMs);
    };
    for (const id of removals) {
      const folder = state.baseline.get(id);
      if (folder?.kind === 'directory' && this.#isPlaceWanted(folder))
        state.transact(() => spareTree(state, folder, isKept));
    }
  }

  /** Takes these out of the plans, and tells of those that were not kept before. */
  keep(ids: readonly number[]): void {
    const state = this.#state;
    for (const id of ids)
      state.transact(() => {
        const path = sourcePathOf(state, id);
        const top = state.baseline.get(id);
        const fresh = keepTree(state, id, this.#advanceClock());
        if (top === undefined || path === undefined || !fresh.some((entry) => entry.id === id)) return;
        this.#target.note('kept', path, {
          kind: top.kind,
          sizeBytes: top.kind === 'file' ? top.sizeBytes : 0,
        });
        this.#target.report.kept(path);
      });
  }

  /** What went from the folders that wait has gone, as far as it can: those that are through stay. */
  settle(): void {
    const ids = [...this.#waiting].filter((id) => this.#state.baseline.get(id) !== undefined);
    const through = ids.filter((id) => this.#split(id).outcome === 'stays');
    this.keep(through);
    this.#waiting = new Set(ids.filter((id) => this.#state.baseline.get(id) !== undefined));
  }

  /** Whether an entry that only the target has stays. */
  stays(entry: BaselineEntry): boolean {
    if (isAllMirrored(this.#rule)) return false;
    const path = sourcePathOf(this.#state, entry.id);
    return path !== undefined && this.#staysAt(path, entry, this.#state.meta.keptClock.ageMs);
  }

  #split(id: number): { readonly outcome: 'goes' | 'stays' | 'waits'; readonly ids: readonly number[] } {
    const state = this.#state;
    const mirrored = mirroredView(state);
    const top = state.baseline.get(id);
    if (top === undefined || mirrored.get(id) !== undefined || this.#isPlaceWanted(top))
      return { outcome: 'goes', ids: [id] };
    const paths = new Map([[id, sourcePathOf(state, id)]]);
    const { ageMs } = state.meta.keptClock;
    const split = splitRemoval(top, {
      childrenOf: function* (folder) {
        if (folder.kind !== 'directory') return;
        const path = paths.get(folder.id);
        for (const child of state.baseline.children(folder.id)) {
          paths.set(child.id, path === undefined ? undefined : `${path}/${child.sourceName ?? child.name}`);
          yield child;
        }
      },
      stays: (entry) => {
        const path = paths.get(entry.id);
        return path !== undefined && this.#staysAt(path, entry, ageMs);
      },
      isLeaving: (entry) => mirrored.get(entry.id) !== undefined,
      holdsKept: (entry) => state.meta.keptEntries > 0 && !state.kept.children(entry.id).next().done,
    });
    return { outcome: split.outcome, ids: split.removals.map((entry) => entry.id) };
  }

  #splitKept(top: BaselineEntry, ageMs: number): 'goes' | 'stays' | 'waits' {
    const state = this.#state;
    return splitRemoval(top, {
      childrenOf: (folder) => [...state.kept.children(folder.id)],
      stays: (entry) => {
        const path = keptPathOf(state, entry);
        return path !== undefined && this.#staysAt(path, entry, ageMs);
      },
      isLeaving: () => false,
      holdsKept: () => false,
    }).outcome;
  }

  #staysAt(path: string, { kind, goneAtMs }: BaselineEntry, ageMs: number): boolean {
    return staysHere(this.#rule, { path, kind }, ageMs - (goneAtMs ?? ageMs));
  }

  /** The source has something else under this name: the rule is about what has no successor. */
  #isPlaceWanted({ parentId, name }: BaselineEntry): boolean {
    const mirrored = mirroredView(this.#state);
    const id = mirrored.childId(parentId, name);
    return id !== undefined && mirrored.get(id) !== undefined;
  }

  #advanceClock(): number {
    const keptClock = advanceKeptClock(this.#state.meta.keptClock, this.#clock.wallMs());
    this.#state.setMeta({ keptClock });
    return keptClock.ageMs;
  }
}
