/**
 * From ids that may differ to operations: grafts what only changed its id, plans, asks the guard, carries
 * the structure out, and queues the contents. One plan at a time.
 *
 * An interruption leaves every id that is not done dirty in the state, for the next plan.
 */
import { isEmptyPlan, type Plan, reconcile } from '@lanmirror/engine/core';
import type { Contents } from '../apply/contents.ts';
import type { Structure } from '../apply/structure.ts';
import type { TargetFolder } from '../apply/target-folder.ts';
import { countMirroredFiles, differingIds, mirroredFiles, plannedIds } from '../plan/difference.ts';
import { ExcludedLinks } from '../plan/excluded-link.ts';
import { graftChildren, graftRemoved } from '../plan/graft.ts';
import { mayExist } from '../plan/opaque.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { linksBelowMoved, mirroredView } from '../state/mirrored-view.ts';
import { targetView } from '../state/placement.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { DeleteGuard, GuardVerdict } from './delete-guard.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { Pass } from './pass.ts';
import { learnTraitsLate } from './target-traits.ts';

/** A set with more contents than this goes behind what is queued already. */
const BULK_FILES = 1000;

export interface PlanningHost {
  readonly options: MirrorOptions;
  readonly pass: Pass;
  readonly guard: DeleteGuard;
  readonly target: TargetFolder;
  readonly structure: Structure;
  readonly contents: Contents;
  readonly checkpoint: Checkpoint;
  /** Nothing may be changed now. */
  isWaiting(): boolean;
  /** A burst of removals is waited out: plan again after this. */
  planAgainIn(delayMs: number): void;
  /** Carried out, and nothing is in flight. */
  idle(): void;
  /** A dry run has its plan. */
  dryRunPlanned(): void;
}

export interface DryRun {
  readonly plan: Plan;
  /** Set when the removals of the plan would wait for a person. */
  readonly held: GuardVerdict['held'];
}

export class Planning {
  readonly #host: PlanningHost;
  readonly #state: MirrorState;
  /** Full mode that is not through: everything is sent again, although it may be there. */
  #isForced: boolean;
  /** Removals that are not done because the source cannot tell; they belong into every plan. */
  #kept: ReadonlySet<number> = new Set();
  /** The present hold was told in this run. */
  isHoldSaid = false;
  /** What a dry run found to do, and what of it a guard would hold. */
  dryRun: DryRun | undefined;

  /** Links of the source that the rule for links leaves out. */
  readonly excluded: ExcludedLinks;

  constructor(host: PlanningHost) {
    this.#host = host;
    this.#state = host.options.state;
    this.#isForced = host.options.mode === 'full';
    this.excluded = new ExcludedLinks(this.#state);
  }

  /** Ids of what stands on the target although the source does not name it: it may exist there. */
  get kept(): ReadonlySet<number> {
    return this.#kept;
  }

  /** Full mode is through: incremental from here on. */
  forcedIsDone(): void {
    this.#isForced = false;
    this.#host.contents.isForced = false;
  }

  /** Finds the entries of the whole tree again that the source has under other ids now. */
  graftAll(): void {
    this.#state.transact(() => {
      const { rootId } = this.#state.meta;
      for (const id of graftChildren(this.#state, rootId)) this.#state.markDirty(id);
    });
  }

  /** Compares all of view and baseline. What differs is marked dirty, so that nothing is forgotten by a kill. */
  markDiffering(): number[] {
    const ids = differingIds(this.#state, this.#isForced);
    this.#state.transact(() => {
      for (const id of ids) this.#state.markDirty(id);
      this.#state.setMeta({ isCompareDue: false });
    });
    return ids;
  }

  /** Plans these ids, and every removal that waits, and begins to carry it out. */
  async plan(wanted: readonly number[]): Promise<void> {
    const { options, guard, pass } = this.#host;
    if (this.#host.isWaiting()) return;
    learnTraitsLate(options);
    const ids = this.#withGrafted([...wanted, ...guard.waiting, ...this.#kept]);
    for (const problem of this.excluded.look(ids)) options.report.problem(problem);
    const planned = this.#reconcile(ids);
    const isAllSent = this.#isForced && !pass.isPlanned;
    const plan = isAllSent ? { ...planned, contents: mirroredFiles(this.#state) } : planned;
    if (options.isDryRun) {
      this.dryRun = { plan, held: options.isAdoption ? undefined : guard.wouldHold(plan.removals) };
      return this.#host.dryRunPlanned();
    }
    await this.#carryOut(plan, this.#allowedRemovals(plan));
    this.#forgetEqual(ids, [...plannedIds(plan), ...this.#kept]);
  }

  /** A plan without the removals of what may exist at the source: that is kept. */
  #reconcile(ids: ReadonlySet<number>): Plan {
    const { rootId } = this.#state.meta;
    const plan = reconcile(ids, targetView(this.#state), mirroredView(this.#state), rootId);
    this.#kept = new Set(plan.removals.filter((id) => mayExist(this.#state, id)));
    if (this.#kept.size === 0) return plan;
    return { ...plan, removals: plan.removals.filter((id) => !this.#kept.has(id)) };
  }

  /** These ids, and those that entries among them turn out to have now. */
  #withGrafted(wanted: readonly number[]): ReadonlySet<number> {
    const grafted = this.#state.transact(() => {
      const found = [...graftRemoved(this.#state, wanted), ...linksBelowMoved(this.#state, wanted)];
      for (const id of found) this.#state.markDirty(id);
      return found;
    });
    return new Set([...wanted, ...grafted]);
  }

  #allowedRemovals(plan: Plan): readonly number[] {
    const { guard, options } = this.#host;
    const verdict = guard.judge(plan.removals);
    if (verdict.held !== undefined) {
      this.isHoldSaid = true;
      options.report.held(verdict.held.missing, verdict.held.existed);
    }
    if (!this.#state.meta.isHeld) this.isHoldSaid = false;
    if (verdict.askAgainMs !== undefined) this.#host.planAgainIn(verdict.askAgainMs - options.clock.nowMs());
    return verdict.allowed;
  }

  async #carryOut(plan: Plan, removals: readonly number[]): Promise<void> {
    const { pass, contents, structure, target, checkpoint } = this.#host;
    const structural = plan.moves.length + plan.parks.length + removals.length;
    const needed = plan.contents.length + structural;
    if (!pass.isPlanned) pass.planned(countMirroredFiles(this.#state), needed, structural);
    contents.isForced = this.#isForced;
    contents.dropGone(plan.removals);
    await structure.apply(plan, removals);
    target.saveHoldWindow();
    this.#host.guard.settle();
    checkpoint.isDue ||= !isEmptyPlan(plan);
    contents.add(plan.contents, plan.contents.length > BULK_FILES);
    if (contents.isIdle) this.#host.idle();
  }

  /** Ids that turned out to need nothing are not dirty any more, unless the plan itself found that they are not there. */
  #forgetEqual(ids: ReadonlySet<number>, planned: readonly number[]): void {
    const needed = new Set([...planned, ...this.#host.target.touchedFolders]);
    const mirrored = mirroredView(this.#state);
    const isLost = (id: number): boolean =>
      this.#state.baseline.get(id) === undefined && mirrored.get(id) !== undefined;
    this.#state.transact(() => {
      for (const id of ids) if (!needed.has(id) && !isLost(id)) this.#state.markClean(id);
    });
  }
}
