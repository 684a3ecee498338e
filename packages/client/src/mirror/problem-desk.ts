/**
 * Knows every path of this mirror that could not be handled, tells a person of it, and says when to try
 * again. Three kinds: operations that failed, places of the target that could not be looked at, and what
 * is kept because the source cannot tell whether it still exists, with what waits for its place.
 *
 * They are remembered over a restart. Until a new run has tried and looked for itself it shows what the last
 * one met.
 */
import {
  adviceFor,
  type Clock,
  isPlainRule,
  type Random,
  type TargetKind,
  type Timers,
} from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { type Problem, ProblemList } from '../apply/problem-list.ts';
import { failedOperation } from '../history/failed-operation.ts';
import { isStillMounted } from '../plan/foreign-mount.ts';
import type { CheckResult } from '../plan/node-check.ts';
import { isStillTarget } from '../plan/target-within.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourcePathOf, wanted } from '../state/placement.ts';
import type { ProblemKind, RememberedProblem } from '../state/problem-table.ts';

/** What could not be looked at is looked at again after this. */
const RECHECK_MS = 60_000;
const MIN_RETRY_MS = 50;
/** Without a server or a target nothing can be tried: that is looked at no more often. */
const IMPOSSIBLE_RETRY_MS = 1000;
/** So many problems (of a full disk in a first copy) are looked through now and then only, not for each of them. */
const MANY = 1000;
/** A try looks at all of them: many are tried in groups, with this pause for each. */
const RETRY_MS_EACH = 0.05;

const KEPT = { code: 'KEPT', message: adviceFor('KEPT').cause };
const CLEANED = { code: 'CLEANED', message: adviceFor('CLEANED').cause };
const PLACE_CLEANED = { code: 'PLACE_CLEANED', message: adviceFor('PLACE_CLEANED').cause };
const PLACE_KEPT = { code: 'PLACE_KEPT', message: adviceFor('PLACE_KEPT').cause };
const PLACE_LEFT = { code: 'PLACE_LEFT', message: adviceFor('PLACE_LEFT').cause };
const PLACE_NOT_DELETED = { code: 'PLACE_NOT_DELETED', message: adviceFor('PLACE_NOT_DELETED').cause };
const PLACE_STUCK = { code: 'PLACE_STUCK', message: adviceFor('PLACE_STUCK').cause };
const NONE: ReadonlySet<number> = new Set();

export interface ProblemDeskOptions {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  /** A person is to be told of it. */
  tell(problem: Problem): void;
  /** Time to try some of them: `takeDue` gives them. */
  retry(): void;
  /** Time to look at the target again. */
  recheck(): void;
}

/** Ids of what waits for the place of something else, by what that is. */
export interface Waiting {
  /** What is kept, because the source cannot tell, or as it holds what was cleaned. */
  readonly besideKept: ReadonlySet<number>;
  /** What is kept because it holds what was cleaned. */
  readonly cleaned?: ReadonlySet<number>;
  /**
   * Something of another kind that a rule leaves there: the one for comparing, where nothing new is made, or else the one
   * for deletions.
   */
  readonly besideStanding?: ReadonlySet<number>;
  /** A folder that could not leave its place. */
  readonly besideStuck?: ReadonlySet<number>;
}

export class ProblemDesk {
  readonly #options: ProblemDeskOptions;
  readonly #failed: ProblemList;
  #unchecked: readonly Problem[] = [];
  #kept: readonly Problem[] = [];
  /** What the last run met and this one has not looked at yet. */
  #earlier: readonly RememberedProblem[];
  /** When the next try is due as far as the clock is set, monotonic ms; undefined while it is not. */
  #setToMs: number | undefined;

  constructor(options: ProblemDeskOptions) {
    this.#options = options;
    this.#earlier = options.state.problems.all();
    const failed = this.#earlier.filter(({ kind }) => kind === 'failed');
    this.#failed = new ProblemList(options.random, new Map(failed.map((problem) => [problem.id, problem])));
  }

  /** How long is waited before a try goes by what the target is. */
  setTargetKind(kind: TargetKind): void {
    this.#failed.targetKind = kind;
  }

  /** All that a person was told of. */
  get told(): readonly Problem[] {
    const now = [...oncePerPath(this.#failed.told(), this.#unchecked), ...this.#kept];
    if (this.#earlier.length === 0) return now;
    const paths = new Set(now.map(({ path }) => path));
    // They are tried as soon as a session has begun.
    const nextTryMs = this.#options.clock.nowMs();
    const earlier = this.#earlier.filter((problem) => !paths.has(problem.path) && this.#mayStand(problem));
    return [...now, ...earlier.map((problem) => ({ ...problem, nextTryMs, isTold: true }))];
  }

  #mayStand({ kind, id }: RememberedProblem): boolean {
    return kind !== 'failed' || this.#options.state.isDirty(id);
  }

  /** What failed in passing, and is about to be tried again. */
  get passing(): readonly Problem[] {
    return this.#failed.all().filter(({ isTold }) => !isTold);
  }

  /** How many of what a person was told of are operations that failed, not what waits or could not be looked at. */
  get tried(): number {
    return this.#failed.told().length;
  }

  /** Ids of entries whose operation failed. */
  get ids(): ReadonlySet<number> {
    return new Set(this.#failed.all().map(({ id }) => id));
  }

  /** Ids of those that wait for their next try. */
  get waitingIds(): ReadonlySet<number> {
    return this.#failed.waitingIds;
  }

  /** An operation failed. Returns whether it counts: what neither side has any more cannot fail. */
  failed(id: number, path: string, code: string, message: string, error?: TreeError): boolean {
    const { state, clock, tell } = this.#options;
    if (state.view.get(id) === undefined && state.baseline.get(id) === undefined) return false;
    const retry = error?.retry ?? 'later';
    const failure = { id, path: knownPath(state, id, path), code, message, retry };
    const { problem, isNews } = this.#failed.add(failure, clock.nowMs(), clock.wallMs());
    state.transact(() => {
      state.markDirty(id);
      if (problem.isTold) state.problems.put(recordOf('failed', problem));
    });
    if (isNews) {
      this.#noteFailure(problem);
      tell(problem);
    }
    if (this.#failed.size < MANY || !this.#isSetFor(problem)) this.schedule();
    return true;
  }

  /** For the history: what a person is told of has happened, too. */
  #noteFailure({ id, path, code }: Problem): void {
    const { state, clock } = this.#options;
    const before = state.baseline.get(id);
    const after = state.view.get(id);
    const { kind = 'file', sizeBytes = 0 } = after ?? before ?? {};
    state.transact(() =>
      state.history.note({
        ...{ atMs: clock.wallMs(), operation: failedOperation(before, after), kind, path, code },
        ...{ from: '', sizeBytes: kind === 'file' ? sizeBytes : 0, trash: '', isVersionLost: false },
      }),
    );
  }

  /** Forgets the problems of entries that need nothing any more. */
  clearSettled(): void {
    const { state } = this.#options;
    const settled = this.#failed.all().filter(({ id }) => !state.isDirty(id));
    if (settled.length === 0) return;
    for (const { id } of settled) this.#failed.clear(id);
    state.transact(() => {
      for (const problem of settled) state.problems.remove({ ...problem, kind: 'failed' });
    });
  }

  /**
   * Looks again at the places that could not be looked at: what is gone, or can be looked at, is no problem
   * any more. Returns whether there is now something to be seen that no check has seen.
   */
  clearRepaired(): boolean {
    const states = this.#unchecked.map((problem) => placeState(this.#options.tree, problem));
    this.#unchecked = this.#unchecked.filter((_problem, at) => states[at] === 'unreadable');
    return states.includes('readable');
  }

  /** Ids whose time to be tried again has come. */
  takeDue(): number[] {
    return this.#failed.takeDue(this.#options.clock.nowMs());
  }

  /** What kept these from being done is over. */
  hasten(ids: readonly number[]): void {
    if (ids.length === 0) return;
    this.#failed.hasten(ids, this.#options.clock.nowMs());
    this.schedule();
  }

  /** Sets the clock for the next try, which is not before `leastMs` from now. */
  schedule(leastMs = MIN_RETRY_MS): void {
    const { clock, timers, retry } = this.#options;
    const next = this.#failed.nextTryMs();
    if (next === undefined) return;
    this.#setToMs = next;
    const delayMs = Math.max(leastMs, this.#failed.size * RETRY_MS_EACH, next - clock.nowMs());
    timers.replace('retry', delayMs, () => {
      this.#setToMs = undefined;
      retry();
    });
  }

  /** What is due cannot be tried now, or it is not its turn. */
  postpone(): void {
    this.schedule(IMPOSSIBLE_RETRY_MS);
  }

  /** Whether the clock rings before the next try of this one, or just then. */
  #isSetFor({ nextTryMs }: Problem): boolean {
    return nextTryMs === undefined || (this.#setToMs !== undefined && this.#setToMs <= nextTryMs);
  }

  /** Everything was tried, and the entries with these ids are kept until the source can tell about them. */
  noteKept(ids: Iterable<number>, beside: Waiting): void {
    const { besideKept, cleaned = NONE, besideStanding = NONE, besideStuck = NONE } = beside;
    const { state, tell } = this.#options;
    const known = new Set(this.#kept.map(({ id }) => id));
    const { view, baseline } = state;
    const kept = [...ids].map((id) => ({
      ...{ id, path: sourcePathOf(state, id) ?? String(id), ...(cleaned.has(id) ? CLEANED : KEPT) },
    }));
    const isBehindCleaned = (id: number): boolean => {
      const there = view.get(id);
      return there !== undefined && cleaned.has(baseline.occupantId(there.parentId, there.name) ?? 0);
    };
    const placeLeft = state.meta.compare.includes('missing') ? PLACE_NOT_DELETED : PLACE_LEFT;
    const waiting = [
      ...this.#waitingTops(besideKept, (id) => (isBehindCleaned(id) ? PLACE_CLEANED : PLACE_KEPT)),
      ...this.#waitingTops(besideStanding, () => placeLeft),
      ...this.#waitingTops(besideStuck, (id) => this.#placeStuck(id)),
    ];
    this.#kept = [...kept, ...waiting].map((problem) => ({
      ...problem,
      ...this.#standing('kept', ({ id }) => id === problem.id, this.#kept),
      ...{ nextTryMs: undefined, isTold: true },
    }));
    this.#replace('kept', this.#kept);
    if (this.#earlier.some(({ kind }) => kind === 'failed')) this.#replace('failed', this.#failed.told());
    for (const problem of this.#kept) if (!known.has(problem.id)) tell(problem);
  }

  /** Of the folder in the way a person hears where it belongs: the problem is named there. */
  #placeStuck(id: number): { code: string; message: string } {
    const { state } = this.#options;
    const after = wanted(state, id);
    const occupantId = after && state.baseline.occupantId(after.parentId, after.name);
    const path = occupantId === undefined || occupantId === id ? undefined : state.view.pathOf(occupantId);
    const { code, message } = PLACE_STUCK;
    return { code, message: path === undefined ? message : `${message} (its own is ${path})` };
  }

  /** What waits for a place, without what waits in it, and why. */
  #waitingTops<W>(
    ids: ReadonlySet<number>,
    whyOf: (id: number) => W,
  ): (W & { readonly id: number; readonly path: string })[] {
    const { state } = this.#options;
    const { view, baseline } = state;
    const isTop = (id: number): boolean => !ids.has((view.get(id) ?? baseline.get(id))?.parentId ?? 0);
    const pathOf = (id: number): string => view.pathOf(id) ?? sourcePathOf(state, id) ?? String(id);
    return [...ids].filter(isTop).map((id) => ({ id, path: pathOf(id), ...whyOf(id) }));
  }

  /** Takes over what a check of the target, or of a part of it, could not look at: a problem until a later one can. */
  noteUnchecked({ unreadable }: CheckResult, part?: PathPattern): void {
    const { clock, state, timers, tell, recheck } = this.#options;
    const known = new Set(this.#unchecked.map(({ path }) => path));
    const nextTryMs = clock.nowMs() + RECHECK_MS;
    const { rootId } = state.meta;
    const isLeftOut = ({ path }: Problem): boolean =>
      part !== undefined && !part.isMatch(path) && !part.mayHold(path);
    const found = unreadable.map(({ path, error: { code, message } }) => ({
      ...{ id: rootId, path, code, message, nextTryMs, isTold: true },
      ...this.#standing('unchecked', (problem) => problem.path === path, this.#unchecked),
    }));
    this.#unchecked = [...this.#unchecked.filter(isLeftOut), ...found];
    this.#replace('unchecked', this.#unchecked);
    for (const problem of this.#unchecked) if (!known.has(problem.path)) tell(problem);
    if (unreadable.length > 0) timers.replace('recheck', RECHECK_MS, recheck);
  }

  /** Since when this is a problem, and how often it was met with this time. */
  #standing(
    kind: ProblemKind,
    isIt: (problem: { id: number; path: string }) => boolean,
    known: readonly Problem[],
  ): Pick<Problem, 'attempts' | 'sinceMs'> {
    const before =
      known.find(isIt) ?? this.#earlier.find((problem) => problem.kind === kind && isIt(problem));
    return {
      attempts: (before?.attempts ?? 0) + 1,
      sinceMs: before?.sinceMs ?? this.#options.clock.wallMs(),
    };
  }

  /** Of this kind there are exactly these now, whatever an earlier run met. */
  #replace(kind: ProblemKind, problems: readonly Problem[]): void {
    const { state } = this.#options;
    this.#earlier = this.#earlier.filter((problem) => problem.kind !== kind);
    if (problems.length === 0 && !state.problems.has(kind)) return;
    state.transact(() =>
      state.problems.replace(
        kind,
        problems.map((problem) => recordOf(kind, problem)),
      ),
    );
  }
}

/** What is counted and named are paths: what failed and could not be looked at either is one. */
function oncePerPath(failed: readonly Problem[], unchecked: readonly Problem[]): readonly Problem[] {
  if (unchecked.length === 0) return failed;
  const paths = new Set(failed.map(({ path }) => path));
  return [...failed, ...unchecked.filter(({ path }) => !paths.has(path))];
}

function recordOf(kind: ProblemKind, problem: Problem): RememberedProblem {
  const { id, path, code, message, attempts, sinceMs } = problem;
  return { kind, id, path, code, message, attempts, sinceMs };
}

/** A person knows an entry by its path at the source, whatever the target has to call it. */
function knownPath(state: MirrorState, id: number, path: string): string {
  if (isPlainRule(state.meta.traits.names)) return path;
  return state.view.pathOf(id) ?? sourcePathOf(state, id) ?? path;
}

/** Whether a place of the target can be looked at as a check does it. */
function placeState(tree: WritableTree, problem: Problem): 'unreadable' | 'absent' | 'readable' {
  const { path } = problem;
  try {
    if (isStillMounted(tree, problem) || isStillTarget(tree, problem)) return 'unreadable';
    const stat = tree.stat(path);
    if (stat?.kind === 'directory') tree.list(path);
    return stat === undefined ? 'absent' : 'readable';
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return error.code === 'ABSENT' ? 'absent' : 'unreadable';
  }
}
