/**
 * Knows every path of this mirror that could not be handled, tells a person of it, and says when to try
 * again. Three kinds: operations that failed, places of the target that could not be looked at, and what
 * is kept because the source cannot tell whether it still exists.
 */
import { type Clock, isPlainRule, type Random } from '@lanmirror/engine/core';
import { TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { type Problem, ProblemList } from '../apply/problem-list.ts';
import type { CheckResult } from '../plan/target-check.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourcePathOf } from '../state/placement.ts';
import type { Timers } from './timers.ts';

/** What could not be looked at is looked at again after this. */
const RECHECK_MS = 60_000;
const MIN_RETRY_MS = 50;

const KEPT = {
  code: 'KEPT',
  message: 'the server cannot look where it stood, so it may still exist and is not removed',
};

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

export class ProblemDesk {
  readonly #options: ProblemDeskOptions;
  readonly #failed: ProblemList;
  #unchecked: readonly Problem[] = [];
  #kept: readonly Problem[] = [];

  constructor(options: ProblemDeskOptions) {
    this.#options = options;
    this.#failed = new ProblemList(options.random);
  }

  /** All that a person was told of. */
  get told(): readonly Problem[] {
    return [...this.#failed.told(), ...this.#unchecked, ...this.#kept];
  }

  /** What failed in passing, and is about to be tried again. */
  get passing(): readonly Problem[] {
    return this.#failed.all().filter(({ isTold }) => !isTold);
  }

  /** Ids of entries whose operation failed. */
  get ids(): ReadonlySet<number> {
    return new Set(this.#failed.all().map(({ id }) => id));
  }

  /** An operation failed. Returns whether it counts: what neither side has any more cannot fail. */
  failed(id: number, path: string, code: string, message: string, error?: TreeError): boolean {
    const { state, clock, tell } = this.#options;
    if (state.view.get(id) === undefined && state.baseline.get(id) === undefined) return false;
    const retry = error?.retry ?? 'later';
    const failure = { id, path: knownPath(state, id, path), code, message, retry };
    const { problem, isNews } = this.#failed.add(failure, clock.nowMs());
    state.transact(() => state.markDirty(id));
    if (isNews) tell(problem);
    this.schedule();
    return true;
  }

  /** Forgets the problems of entries that need nothing any more. */
  clearSettled(): void {
    const { state } = this.#options;
    for (const { id } of this.#failed.all()) if (!state.isDirty(id)) this.#failed.clear(id);
  }

  /**
   * Looks again at the places that could not be looked at: what is gone, or can be looked at, is no problem
   * any more. Returns whether there is now something to be seen that no check has seen.
   */
  clearRepaired(): boolean {
    const states = this.#unchecked.map(({ path }) => placeState(this.#options.tree, path));
    this.#unchecked = this.#unchecked.filter((_problem, at) => states[at] === 'unreadable');
    return states.includes('readable');
  }

  /** Ids whose time to be tried again has come. */
  takeDue(): number[] {
    return this.#failed.takeDue(this.#options.clock.nowMs());
  }

  /** Sets the clock for the next try. */
  schedule(): void {
    const { clock, timers, retry } = this.#options;
    const next = this.#failed.nextTryMs();
    if (next !== undefined) timers.once('retry', Math.max(MIN_RETRY_MS, next - clock.nowMs()), retry);
  }

  /** These entries are kept until the source can tell about them. */
  noteKept(ids: readonly number[]): void {
    const { state, tell } = this.#options;
    const known = new Set(this.#kept.map(({ id }) => id));
    this.#kept = ids.map((id) => ({
      ...{ id, path: sourcePathOf(state, id) ?? String(id), ...KEPT },
      ...{ attempts: 1, nextTryMs: undefined, isTold: true },
    }));
    for (const problem of this.#kept) if (!known.has(problem.id)) tell(problem);
  }

  /** Takes over what a check of the target could not look at: a problem until a later check can. */
  noteUnchecked({ unreadable }: CheckResult): void {
    const { clock, state, timers, tell, recheck } = this.#options;
    const known = new Set(this.#unchecked.map(({ path }) => path));
    const nextTryMs = clock.nowMs() + RECHECK_MS;
    const { rootId } = state.meta;
    this.#unchecked = unreadable.map(({ path, error: { code, message } }) => ({
      ...{ id: rootId, path, code, message, attempts: 1, nextTryMs, isTold: true },
    }));
    for (const problem of this.#unchecked) if (!known.has(problem.path)) tell(problem);
    if (unreadable.length > 0) timers.once('recheck', RECHECK_MS, recheck);
  }
}

/** A person knows an entry by its path at the source, whatever the target has to call it. */
function knownPath(state: MirrorState, id: number, path: string): string {
  if (isPlainRule(state.meta.traits.names)) return path;
  return state.view.pathOf(id) ?? sourcePathOf(state, id) ?? path;
}

/** Whether a place of the target can be looked at as a check does it. */
function placeState(tree: WritableTree, path: string): 'unreadable' | 'absent' | 'readable' {
  try {
    const stat = tree.stat(path);
    if (stat?.kind === 'directory') tree.list(path);
    return stat === undefined ? 'absent' : 'readable';
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return error.code === 'ABSENT' ? 'absent' : 'unreadable';
  }
}
