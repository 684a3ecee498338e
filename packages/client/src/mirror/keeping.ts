/**
 * Carries out what the rule says of entries that are gone at the source: which stay, which go, and when what stayed has
 * to go after all. Owns the rule, and the folders that stay as soon as what goes from them has gone.
 *
 * A kill leaves entries in the baseline, dirty, or kept: the next plan judges the first, the first plan of a run all of
 * the second. So what is many is moved in parts, each in a transaction of its own: wherever one ends, each entry is one
 * or the other, in a folder that is known.
 */
import {
  advanceKeptClock,
  type Clock,
  type DeleteRule,
  isAllMirrored,
  PARKED_PARENT,
  splitRemoval,
  staysHere,
} from '@lanmirror/engine/core';
import { parentOf } from '@lanmirror/protocol';
import type { Problem } from '../apply/problem-list.ts';
import type { TargetFolder } from '../apply/target-folder.ts';
import { CleanedGuard, cleanedRowOf, rowAfter } from '../clean/cleaned-guard.ts';
import type { CleanedRecord, CleanedRow, CopyFound } from '../clean/cleaned-record.ts';
import { RecordTrouble } from '../clean/record-trouble.ts';
import { keepingTree, keptPathOf, keptTopOf, keptTops, returningTree, spareTree } from '../plan/kept.ts';
import { holdsStaying, isKeptInParked } from '../plan/parked.ts';
import { type BaselineEntry, isFromServer } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { sourceNameOf, sourcePathOf } from '../state/placement.ts';
import { inParts, stepsFor } from './in-parts.ts';

const CLEANED_TEXT = 'cleaned from the source';
const UNKNOWN_TEXT = 'not known whether it was cleaned from the source';

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
  readonly #cleaned: CleanedRecord;
  readonly #guard: CleanedGuard;
  readonly trouble: RecordTrouble;
  #rule: DeleteRule;
  #waiting: ReadonlySet<number> = new Set();
  #isJudgeDue = true;
  /** Of folders of the target, for the plan at hand: a row at whose place nothing stands. */
  readonly #vacancies = new Map<string, CleanedRow | undefined>();
  /** The last plan left something in its place because of what the rule keeps of it. */
  #isPlaceHeld = false;

  constructor(target: TargetFolder, rule: DeleteRule, clock: Clock, cleaned: CleanedRecord) {
    this.#target = target;
    this.#cleaned = cleaned;
    this.#guard = new CleanedGuard(cleaned, target);
    this.trouble = new RecordTrouble(cleaned, clock, target.state);
    this.#state = target.state;
    this.#rule = rule;
    this.#clock = clock;
    target.staysParked = (entry) => this.#staysParked(entry);
  }

  get rule(): DeleteRule {
    return this.#rule;
  }

  /** For people: by what things stay here. */
  get text(): string {
    const texts = isAllMirrored(this.#rule) && !this.#guard.isIdle ? [] : [this.#rule.text];
    if (!this.#cleaned.isEmpty) texts.push(CLEANED_TEXT);
    if (this.#cleaned.look() !== '') texts.push(UNKNOWN_TEXT);
    return texts.join(', or ');
  }

  /** Problems that nobody was told of. When they are over, what they kept is judged. */
  newProblems(): readonly Problem[] {
    const { problems, isOver } = this.trouble.news();
    this.#isJudgeDue ||= isOver;
    return problems;
  }

  /** Nothing stays. */
  #isNothingKept(): boolean {
    return this.#guard.isIdle && isAllMirrored(this.#rule);
  }

  /** Another rule from now on: what is kept is judged with the next plan. */
  setRule(rule: DeleteRule): void {
    this.#rule = rule;
    this.#isJudgeDue = true;
  }

  /** What is kept is judged with the next plan: time has passed. Returns whether there is anything. */
  judgeAgain(): boolean {
    this.#isJudgeDue = true;
    return this.#state.meta.keptEntries > 0 || this.#isPlaceHeld;
  }

  /** Ids of folders that stay when what goes from them has gone; they belong into every plan. */
  get waiting(): ReadonlySet<number> {
    return this.#waiting;
  }

  /** Gives what the rule keeps no longer back to the baseline, once it is due. Returns the ids. */
  async takeDue(): Promise<number[]> {
    this.#vacancies.clear();
    if (!this.#isJudgeDue) return [];
    this.#isJudgeDue = false;
    const state = this.#state;
    // What stands in the way of something else grows older, too.
    const isForSomeTime = typeof this.#rule.choice === 'object';
    if (state.meta.keptEntries === 0 && !isForSomeTime) return [];
    this.#cleaned.look();
    const ageMs = state.transact(() => this.#advanceClock());
    const tops = [...keptTops(state)];
    const reachable = tops.filter((top) => !isKeptInParked(state, top));
    this.#isJudgeDue ||= reachable.length < tops.length;
    const due = reachable.filter((top) => this.#splitKept(top, ageMs) !== 'stays');
    const ids: number[] = [];
    await this.#inParts(
      due,
      (top) => this.#givingBack(top, false),
      (id) => void ids.push(id),
    );
    return ids;
  }

  async #inParts<T, S>(
    all: Iterable<T>,
    stepsOf: (one: T) => Iterable<S>,
    each: (step: S) => void,
  ): Promise<void> {
    await inParts({ state: this.#state, clock: this.#clock }, stepsFor(all, stepsOf), each);
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
        if (top === undefined || isKeptInParked(state, top) || this.#staysApart(top, id)) continue;
        for (const back of this.#givingBack(top, true)) found.push(back);
        const path = state.view.pathOf(id);
        if (path !== undefined) this.#cleaned.suspect(path);
      }
    }
    return found;
  }

  /**
   * Whether what is kept is no business of an entry that the source has under its name, or its id, now: it was cleaned, and
   * that is another version. Inside a transaction.
   */
  #staysApart(top: BaselineEntry, id: number): boolean {
    const state = this.#state;
    const path = top.kind === 'directory' ? undefined : keptPathOf(state, top);
    if (path === undefined || !this.#isCleaned(path, top)) return false;
    if (top.id !== id) return true;
    if (top.version === state.view.get(id)?.version) return false;
    state.kept.remove(id);
    state.kept.put({ ...top, id: state.newLocalId() });
    return true;
  }

  /**
   * Takes out of the baseline what was cleaned from the source and has a name, or an id, that the source has for something
   * else by now: that has to look for a place, and this has its own. Inside a transaction. Returns the ids to be looked at.
   */
  setApart(ids: Iterable<number>): number[] {
    const state = this.#state;
    const found: number[] = [];
    if (this.#guard.isIdle) return found;
    for (const id of ids) {
      const entry = state.baseline.get(id);
      const path = entry === undefined || entry.kind === 'directory' ? undefined : sourcePathOf(state, id);
      if (entry === undefined || path === undefined || !this.#isAnother(entry, path)) continue;
      if (this.#cleaned.isReturned(path) || !this.#isCleaned(path, entry)) continue;
      state.baseline.remove(id);
      const { isSpared: _before, ...known } = entry;
      state.kept.put({ ...known, id: state.newLocalId(), goneAtMs: entry.goneAtMs ?? this.#advanceClock() });
      if (state.view.get(id) === undefined) state.markClean(id);
      else state.markDirty(id);
      found.push(id);
      this.#tellKept(entry, path);
    }
    return found;
  }

  /** Whether the source has something else under the name or the id of an entry of the target. */
  #isAnother(entry: BaselineEntry, path: string): boolean {
    const after = this.#state.view.get(entry.id);
    if (after === undefined) return this.#isPlaceWanted(entry);
    const isTold = isFromServer(entry) && this.#cleaned.rowAt(path) === undefined;
    return after.kind !== entry.kind || (after.version !== entry.version && !isTold);
  }

  /** Whether it was cleaned from the source; what is not known to have none may have a row. */
  #isCleaned(path: string, entry: BaselineEntry): boolean {
    return this.#cleaned.look() !== '' || this.#rowOf(path, entry) !== undefined;
  }

  /**
   * The row by which an entry stays. What only the target has, beside the place of a row where nothing stands, may be that
   * file: a person edited it, and gave it another name.
   */
  #rowOf(path: string, entry: BaselineEntry): CleanedRow | undefined {
    const row = cleanedRowOf(this.#cleaned, this.#target, path, entry);
    if (row !== undefined || entry.kind === 'directory' || entry.id >= PARKED_PARENT) return row;
    const folder = parentOf(path);
    if (!this.#vacancies.has(folder)) this.#vacancies.set(folder, this.#guard.vacantIn(folder));
    const vacant = this.#vacancies.get(folder);
    return vacant && rowAfter(vacant, entry.disk);
  }

  /**
   * Its folder may be gone from the target: then there is nothing to give back. `isSpared`: what takes its place now
   * replaces something that was kept on purpose, which goes to the trash in any case.
   */
  *#givingBack(top: BaselineEntry, isSpared: boolean): Generator<number> {
    if (keptPathOf(this.#state, top) === undefined) this.#state.kept.removeTree(top.id);
    else yield* returningTree(this.#state, top.id, isSpared);
  }

  /** Takes the tops of removals apart by the rule. Changes nothing but what is agreed to. */
  judge(removals: readonly number[]): JudgedRemovals {
    if (this.#isNothingKept()) {
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
    return this.#isNothingKept() ? removals : removals.flatMap((id) => this.#split(id).ids);
  }

  /**
   * Whether a folder that would have to give its place to something of another kind holds what was cleaned from the
   * source: there may be no other copy of that. Throws TreeError when that is not known.
   */
  holdsCleaned(id: number): boolean {
    const folder = this.#state.baseline.get(id);
    if (folder?.kind !== 'directory' || !this.#isPlaceWanted(folder)) return false;
    const path = sourcePathOf(this.#state, id);
    if (path === undefined || this.#guard.isIdle) return false;
    return this.#isCleanedIn(id, path) || this.#holdsUnknown(id);
  }

  /** Whether what no tree of ours knows in a folder was cleaned: what rules leave out is in none. */
  #holdsUnknown(folderId: number): boolean {
    const { baseline, kept } = this.#state;
    const here = baseline.pathOf(folderId);
    const isJudged = (name: string): boolean =>
      baseline.occupantId(folderId, name) !== undefined || kept.occupantId(folderId, name) !== undefined;
    return here !== undefined && this.#guard.holdsCleaned(here, isJudged);
  }

  /**
   * Whether a folder that is gone, and would have to give its place to a file or link, holds something that the rule
   * keeps. Throws TreeError when that is not known.
   */
  holdsPlace(id: number): boolean {
    const folder = this.#state.baseline.get(id);
    if (folder?.kind !== 'directory' || isAllMirrored(this.#rule)) return false;
    const mirrored = mirroredView(this.#state);
    const successor = mirrored.get(mirrored.childId(folder.parentId, folder.name) ?? 0);
    if (mirrored.get(id) !== undefined || successor === undefined || successor.kind === 'directory')
      return false;
    const path = sourcePathOf(this.#state, id);
    return path !== undefined && this.#isKeptIn(folder, path, this.#state.meta.keptClock.ageMs);
  }

  /** `goneAtMs`: of the lowest folder above it of which that is known. */
  #isKeptIn(folder: BaselineEntry, folderPath: string, ageMs: number, goneAtMs?: number): boolean {
    const { baseline, kept } = this.#state;
    const mirrored = mirroredView(this.#state);
    const sinceMs = folder.goneAtMs ?? goneAtMs;
    const isKept = (entry: BaselineEntry): boolean => {
      // What only was renamed is about to leave.
      if (mirrored.get(entry.id) !== undefined) return false;
      const path = `${folderPath}/${sourceNameOf(entry)}`;
      if (entry.kind === 'directory') return this.#isKeptIn(entry, path, ageMs, sinceMs);
      return staysHere(this.#rule, { path, kind: entry.kind }, ageMs - (entry.goneAtMs ?? sinceMs ?? ageMs));
    };
    for (const table of [baseline, kept])
      for (const entry of table.children(folder.id)) if (isKept(entry)) return true;
    return false;
  }

  /** These folders stay where they stand, see {@link holdsPlace}: from now on their time runs. Tells of new ones. */
  holdPlaces(ids: readonly number[]): void {
    this.#isPlaceHeld = ids.length > 0;
    const state = this.#state;
    const entries = ids.flatMap((id) => state.baseline.get(id) ?? []);
    const fresh = entries.filter(({ goneAtMs }) => goneAtMs === undefined);
    if (fresh.length === 0) return;
    state.transact(() => {
      const goneAtMs = this.#advanceClock();
      for (const folder of fresh) {
        const path = sourcePathOf(state, folder.id);
        state.baseline.put({ ...folder, goneAtMs });
        if (path !== undefined) this.#tellKept(folder, path);
      }
    });
  }

  #isCleanedIn(folderId: number, folderPath: string): boolean {
    const { baseline, kept } = this.#state;
    return [...baseline.children(folderId), ...kept.children(folderId)].some((entry) => {
      const path = `${folderPath}/${entry.sourceName ?? entry.name}`;
      if (entry.kind === 'directory') return this.#isCleanedIn(entry.id, path);
      return this.#isCleaned(path, entry);
    });
  }

  /** What gives its place to something of another kind has no successor that holds what is in it: the rule means that. */
  spare(removals: readonly number[]): void {
    if (this.#isNothingKept()) return;
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
  async keep(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const ageMs = this.#state.transact(() => this.#advanceClock());
    const found: CopyFound[] = [];
    await this.#inParts(
      ids,
      (id) => this.#keeping(id, ageMs),
      (entry) => this.#collectRow(entry.id, found),
    );
    const failure = this.#guard.noteRows(found);
    if (failure !== '') this.#target.report.warn(failure);
  }

  #collectRow(id: number, found: CopyFound[]): void {
    const entry = this.#cleaned.isEmpty ? undefined : this.#state.kept.get(id);
    const path = entry && keptPathOf(this.#state, entry);
    const isNew = path !== undefined && this.#cleaned.rowAt(path) === undefined;
    const row = isNew && entry ? this.#rowOf(path, entry) : undefined;
    if (isNew && row !== undefined) found.push({ row, path });
  }

  *#keeping(id: number, ageMs: number): Generator<BaselineEntry> {
    const state = this.#state;
    const path = sourcePathOf(state, id);
    for (const entry of keepingTree(state, id, ageMs)) {
      if (entry.id === id && entry.goneAtMs === undefined && path !== undefined) this.#tellKept(entry, path);
      yield entry;
    }
  }

  /** In the transaction that keeps it. */
  #tellKept(top: BaselineEntry, path: string): void {
    const sizeBytes = top.kind === 'file' ? top.sizeBytes : 0;
    this.#target.note('kept', path, { kind: top.kind, sizeBytes });
    this.#target.report.kept(path, this.#reasonFor(path, top));
  }

  #reasonFor(path: string, { id, kind }: BaselineEntry): string {
    if (staysHere(this.#rule, { path, kind }, 0)) return this.#rule.text;
    if (this.#cleaned.look() !== '') return UNKNOWN_TEXT;
    // A folder may stay for what the rule keeps in it.
    const isByRule = kind === 'directory' && !isAllMirrored(this.#rule);
    return isByRule && (this.#cleaned.isEmpty || !this.#isCleanedIn(id, path))
      ? this.#rule.text
      : CLEANED_TEXT;
  }

  /** What went from the folders that wait has gone, as far as it can: those that are through stay. */
  async settle(): Promise<void> {
    const ids = [...this.#waiting].filter((id) => this.#state.baseline.get(id) !== undefined);
    const through = ids.filter((id) => this.#split(id).outcome === 'stays');
    await this.keep(through);
    this.#waiting = new Set(ids.filter((id) => this.#state.baseline.get(id) !== undefined));
  }

  /** Whether an entry that only the target has stays. */
  stays(entry: BaselineEntry): boolean {
    if (this.#isNothingKept()) return false;
    const path = sourcePathOf(this.#state, entry.id);
    return path !== undefined && this.#staysAt(path, entry, this.#state.meta.keptClock.ageMs);
  }

  /** Whether anything of a parked entry stays, by the paths of before. Of what was cleaned not all may be known. */
  #staysParked(entry: BaselineEntry): boolean {
    if (this.#isNothingKept()) return false;
    const { ageMs } = this.#state.meta.keptClock;
    const stays = (path: string, one: BaselineEntry): boolean => this.#staysAt(path, one, ageMs);
    return !this.#guard.isIdle || holdsStaying(this.#state, entry, stays);
  }

  #split(id: number): { readonly outcome: 'goes' | 'stays' | 'waits'; readonly ids: readonly number[] } {
    const state = this.#state;
    const mirrored = mirroredView(state);
    const top = state.baseline.get(id);
    // What is parked is judged when it leaves that place.
    if (top === undefined || top.parentId === PARKED_PARENT) return { outcome: 'goes', ids: [id] };
    if (mirrored.get(id) !== undefined || this.#isPlaceWanted(top)) return { outcome: 'goes', ids: [id] };
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
      holdsKept: (entry) =>
        (state.meta.keptEntries > 0 && !state.kept.children(entry.id).next().done) ||
        (entry.kind === 'directory' && this.#holdsUnknown(entry.id)),
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

  #staysAt(path: string, entry: BaselineEntry, ageMs: number): boolean {
    const { kind, goneAtMs } = entry;
    if (staysHere(this.#rule, { path, kind }, ageMs - (goneAtMs ?? ageMs))) return true;
    return this.#isCleaned(path, entry);
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
