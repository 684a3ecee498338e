/**
 * From ids that may differ to operations: grafts what only changed its id, plans, asks the guard, carries
 * the structure out, and queues the contents. One plan at a time.
 * An interruption leaves every id that is not done dirty in the state, for the next plan.
 */
import { isEmptyPlan, type Plan, reconcile } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { ROOT_ID } from '@lanmirror/protocol';
import type { Contents } from '../apply/contents.ts';
import type { Problem } from '../apply/problem-list.ts';
import type { Room } from '../apply/room.ts';
import type { Structure } from '../apply/structure.ts';
import type { TargetFolder } from '../apply/target-folder.ts';
import { besideOthers, besideStayers } from '../plan/beside-others.ts';
import {
  countMirroredFiles,
  filesSentAgain,
  isSentAgain,
  missingBytes,
  plannedIds,
} from '../plan/difference.ts';
import { ExcludedLinks } from '../plan/excluded-link.ts';
import { graftChildren, graftRemoved } from '../plan/graft.ts';
import { type IdSet, idSet } from '../plan/id-set.ts';
import { forgetUnnamed } from '../plan/left-alone.ts';
import { markDiffering } from '../plan/mark-differing.ts';
import { mayExist } from '../plan/opaque.ts';
import { outOfReach } from '../plan/out-of-reach.ts';
import { idsInPart, isAnyMatching, isKnownPath, matchingFiles, removalsBelow } from '../plan/part.ts';
import { leaveSavedOver } from '../plan/saved-over.ts';
import { standsForOther } from '../plan/standing-for-other.ts';
import { aimedView } from '../state/aim.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { linksBelowMoved, mayLeaveLinksOut } from '../state/mirrored-view.ts';
import { targetView, wanted } from '../state/placement.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { DeleteGuard, GuardVerdict } from './delete-guard.ts';
import { heldTops } from './held-tops.ts';
import type { Keeping } from './keeping.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { Pass } from './pass.ts';
import { learnTraitsLate } from './target-traits.ts';

/** A transaction has all that it changes in memory. */
const CLEAN_AT_ONCE = 10_000;
/** So many sizes are summed up between two turns of others. */
const COUNT_AT_ONCE = 2000;
/** A set with more contents than this goes behind what is queued already. */
const BULK_FILES = 1000;

export interface PlanningHost {
  readonly options: MirrorOptions;
  readonly pass: Pass;
  readonly guard: DeleteGuard;
  readonly keeping: Keeping;
  readonly target: TargetFolder;
  readonly structure: Structure;
  readonly contents: Contents;
  readonly room: Room;
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
  /** Tops of what the rule for deletions would keep from now on. */
  readonly staying: readonly number[];
  /** What would wait, because something that stays has the place that it needs. */
  readonly behind: ReadonlySet<number>;
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
  /** Those of them that stay because they hold what was cleaned from the source. */
  #cleaned: ReadonlySet<number> = new Set();
  /** What stands where the source has something of another kind, and stays there by a rule; it belongs into every plan. */
  #standing: ReadonlySet<number> = new Set();
  /** Those of them that stay because the rule for deletions keeps something in them. */
  #undeleted: readonly number[] = [];
  /** Tops of what the rule for deletions keeps from the plan at hand on. */
  #staying: readonly number[] = [];
  /** What would only take the name of something whose removal waits. */
  #aside: ReadonlySet<number> = new Set();
  /** What needs the place of a folder that is kept because the source cannot tell. */
  #besideKept: ReadonlySet<number> = new Set();
  /** What needs the place of something of another kind that stays. */
  #besideStanding: ReadonlySet<number> = new Set();
  /** What stays where it stands because its new folder has no place here, and what needs the place of such a thing. */
  #outOfReach: ReadonlySet<number> = new Set();
  /** What needs the place of a folder whose removal waits. */
  #behind: ReadonlySet<number> = new Set();
  /** Ids of what waits because its place, or one that it needs, is that of a folder that could not leave it. */
  besideStuck: ReadonlySet<number> = new Set();
  /** Removals of the part at hand that a guard keeps from being done. */
  #waitingInPart: readonly number[] = [];
  #part: PathPattern | undefined;
  /** The present hold was told in this run. */
  isHoldSaid = false;
  /** Something at the source or on the target is, or was before it was dealt with, in the part. */
  isPartFound = false;
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

  /** Those of {@link kept} that hold what was cleaned from the source, where the source has something else now. */
  get cleaned(): ReadonlySet<number> {
    return this.#cleaned;
  }

  /** Ids of what waits because its place, or one that it needs, is that of a folder in {@link kept}. */
  get besideKept(): ReadonlySet<number> {
    return this.#besideKept;
  }

  /** Ids of what waits because its place, or one that it needs, is that of something of another kind that stays. */
  get besideStanding(): ReadonlySet<number> {
    return this.#outOfReach.size === 0
      ? this.#besideStanding
      : new Set([...this.#besideStanding, ...this.#outOfReach]);
  }

  /** Paths at the source of what waits because its place is that of a folder whose removal waits; tops only. */
  get behindPaths(): readonly string[] {
    const { view } = this.#state;
    const isTop = (id: number): boolean => !this.#behind.has(view.get(id)?.parentId ?? 0);
    return [...this.#behind].filter(isTop).flatMap((id) => view.pathOf(id) ?? []);
  }

  /**
   * Nothing at all is done: so much of the target is not at a server with a new index that it may be another
   * source, whose files would be mixed with these.
   */
  get isAllHeld(): boolean {
    return this.#state.meta.isSourceNew && this.#host.guard.waiting.size > 0;
  }

  /**
   * The only part of the tree that is dealt with; undefined for all of it. Not before a set of the source is
   * complete: until then nobody knows which paths there are.
   */
  get part(): PathPattern | undefined {
    this.#part ??= this.#host.options.only?.((path) => isKnownPath(this.#state, path));
    return this.#part;
  }

  /** Ids of removals that wait, for a burst to end or for a person. */
  get waiting(): ReadonlySet<number> {
    const isWhole = this.part === undefined || this.isAllHeld;
    return isWhole ? this.#host.guard.waiting : new Set(this.#waitingInPart);
  }

  /** Dirty entries of what is dealt with that wait for nobody: no retry (`failed`), no person, no source that cannot tell. */
  openIds(failed: ReadonlySet<number>): number[] {
    if (this.isAllHeld) return [];
    const { waiting, kept } = this;
    const staying = this.#host.keeping.waiting;
    const beside = [this.#aside, this.#besideKept, this.besideStanding, this.#behind, this.besideStuck];
    const patient = [failed, waiting, kept, this.#standing, staying, ...beside];
    const isOpen = (id: number): boolean => !patient.some((ids) => ids.has(id));
    return this.#dirtyIds().filter(isOpen);
  }

  #dirtyIds(): number[] {
    const ids = this.#state.dirtyIds();
    if (this.part === undefined) return ids;
    return [...idsInPart(this.#state, this.part, ids)].filter((id) => this.#state.isDirty(id));
  }

  /** Tells of a hold that an earlier run began. */
  tellHold(): void {
    this.isHoldSaid = true;
    this.#host.options.report.held(this.#host.guard.standing, this.#state.meta.isSourceNew);
  }

  /** Links that cannot be mirrored by the rule for them. */
  get excludedProblems(): readonly Problem[] {
    return this.excluded.problems.filter(({ path }) => this.#part?.isMatch(path) ?? true);
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

  /**
   * Every id in which view and baseline may differ: the dirty ones, as every change of either marks what it leaves
   * different. The two are compared as a whole only where that cannot be known (a new view, full mode, a part of a
   * share), or where links that are left out have to be named.
   */
  async differing(): Promise<readonly number[]> {
    const { meta } = this.#state;
    // What is moved into a part of the share was in the view before, and nobody marked it.
    const isPart = meta.rootId !== ROOT_ID;
    const isCompared = meta.isCompareDue || this.#isForced || mayLeaveLinksOut(this.#state) || isPart;
    if (!isCompared) return this.#restored(this.#state.dirtyIds());
    const { clock } = this.#host.options;
    return this.#restored(
      await markDiffering(this.#state, clock, { isForced: this.#isForced, part: this.part }),
    );
  }

  /** With a new index the ids of what is held mean nothing any more, and a hold of nothing would end. */
  #restored(ids: number[]): number[] {
    this.#host.guard.restore(ids.filter((id) => this.#state.view.get(id) === undefined));
    return ids;
  }

  /**
   * The source is being told anew: what the view lacks may come with the next part, and would be removed for it.
   * Ids that were to be planned stay dirty, and the complete set brings the comparison of all.
   */
  get #isViewPartial(): boolean {
    return this.#state.meta.cursor === null;
  }

  /** Plans these ids, and every removal that waits, and begins to carry it out. */
  async plan(wanted: readonly number[]): Promise<void> {
    const { options, guard, pass, keeping, target } = this.#host;
    if (this.#host.isWaiting() || this.#isViewPartial) return;
    learnTraitsLate(options);
    const places = [this.#aside, this.#besideKept, this.besideStanding, this.#behind, this.besideStuck];
    const patientIds = [guard.waiting, this.#kept, this.#standing, ...places];
    for (const problem of keeping.newProblems()) options.report.problem(problem);
    const gone = [...keeping.waiting, ...(await keeping.takeDue())];
    // With what the look at the target has found at their places: as a mere extra that would go.
    const unjudged = target.takeUnjudged();
    const all = this.#withGrafted(idSet(wanted, ...patientIds, unjudged, gone));
    const left = this.#state.transact(() => forgetUnnamed(this.#state, all));
    if (left.length > 0) options.report.leftAlone(left);
    const { part } = this;
    const ids = part === undefined ? all : idsInPart(this.#state, part, all);
    if (part !== undefined) this.isPartFound ||= isAnyMatching(this.#state, part);
    for (const problem of this.excluded.look(all))
      if (part?.isMatch(problem.path) ?? true) options.report.problem(problem);
    const planned = this.#reconcile(ids);
    this.#outOfReach = outOfReach(this.#state, ids);
    const isAllSent = this.#isForced && !pass.isPlanned;
    const files = isAllSent ? this.#allFiles() : planned.contents;
    const plan = { ...planned, contents: files };
    if (!pass.isPlanned) await this.#foresee(files);
    if (options.isDryRun) {
      this.dryRun = this.#dryRunOf(ids, plan);
      return this.#host.dryRunPlanned();
    }
    const removals = this.#allowedRemovals(plan);
    if (this.isAllHeld) return this.#host.idle();
    if (this.#state.meta.isSourceNew) {
      this.#state.setMeta({ isSourceNew: false });
      // What waited for this verdict, too.
      return this.plan([...wanted, ...this.#state.dirtyIds()]);
    }
    const due = besideOthers(this.#state, plan, removals, {
      ...{ kept: this.#kept, standing: this.#standing, waiting: guard.waiting },
      outOfReach: this.#outOfReach,
    });
    this.#aside = due.aside;
    this.#besideKept = due.besideKept;
    const nameless = [...due.aside].filter((id) => this.#isNameTaken(id));
    this.#besideStanding = new Set([...due.besideStanding, ...nameless]);
    this.#behind = due.behind;
    this.#outOfReach = due.outOfReach;
    keeping.holdPlaces(this.#undeleted);
    await keeping.keep(this.#staying);
    keeping.spare(due.removals);
    await this.#carryOut(due.plan, due.removals);
    await keeping.settle();
    this.#forgetEqual(ids, plannedIds(plan));
  }

  /** What a real run would do by this plan of these ids. */
  #dryRunOf(ids: IdSet, plan: Plan): DryRun {
    const { options, guard } = this.#host;
    const removals = plan.removals.length === 0 ? [] : this.#allRemovals(plan);
    const held = options.isAdoption ? undefined : guard.wouldHold(removals);
    if (held !== undefined || !this.#state.meta.isSourceNew) return this.#beside(plan, held);
    // As soon as it is taken for the right source, the rule for deletions says what of that stays.
    this.#state.setMeta({ isSourceNew: false });
    const { removals: going } = this.#reconcile(ids);
    return this.#beside({ ...plan, removals: going }, held);
  }

  #beside(whole: Plan, held: DryRun['held']): DryRun {
    const staying = new Set([...this.#kept, ...this.#standing]);
    const { plan, removals, behind } = besideStayers(this.#state, whole, staying, this.#outOfReach);
    return {
      plan: { ...plan, removals: [...removals] },
      staying: [...this.#staying, ...this.#undeleted],
      behind,
      held,
    };
  }

  /** Before anything is begun a person hears that not all of it will fit. */
  async #foresee(files: readonly number[]): Promise<void> {
    const { room, options } = this.#host;
    const { viewBytes } = this.#state.meta;
    // Where the whole source would fit nothing has to be counted.
    if (files.length === 0 || (viewBytes >= 0 && room.foresee(files.length, viewBytes) === '')) return;
    let bytes = 0;
    for (const [at, id] of files.entries()) {
      bytes += missingBytes(this.#state, id);
      if (at % COUNT_AT_ONCE === COUNT_AT_ONCE - 1) await options.clock.turn();
    }
    const text = room.foresee(files.length, bytes);
    if (text !== '') options.report.warn(text);
  }

  #allFiles(): number[] {
    if (this.part === undefined) return filesSentAgain(this.#state);
    return matchingFiles(this.#state, this.part).filter((id) => isSentAgain(this.#state, id));
  }

  /** A plan without the removals of what may exist at the source: that is kept. */
  #reconcile(ids: IdSet): Plan {
    const { rootId } = this.#state.meta;
    const plan = reconcile(ids, targetView(this.#state), aimedView(this.#state), rootId);
    this.#cleaned = new Set(plan.removals.filter((id) => this.#host.keeping.holdsCleaned(id)));
    this.#kept = new Set(plan.removals.filter((id) => mayExist(this.#state, id) || this.#cleaned.has(id)));
    this.#undeleted = plan.removals.filter((id) => this.#isUndeleted(id));
    const left = plan.removals.filter((id) => standsForOther(this.#state, id));
    this.#standing = new Set([...left, ...this.#undeleted]);
    const isGone = (id: number): boolean => !this.#kept.has(id) && !this.#standing.has(id);
    const gone = this.#kept.size + this.#standing.size === 0 ? plan.removals : plan.removals.filter(isGone);
    // Whether this is the source at all is judged by all that is gone.
    const { isSourceNew } = this.#state.meta;
    const judged = isSourceNew ? { removals: gone, staying: [] } : this.#host.keeping.judge(gone);
    this.#staying = judged.staying;
    return { ...plan, removals: [...judged.removals] };
  }

  /** Something that the rule for deletions keeps is in the way. Not before a new source is taken for the right one. */
  #isUndeleted(id: number): boolean {
    return !this.#state.meta.isSourceNew && this.#host.keeping.holdsPlace(id);
  }

  /** It stands aside for what the rule for deletions keeps, which may be for ever. */
  #isNameTaken(id: number): boolean {
    const after = wanted(this.#state, id);
    const occupant = after && this.#state.baseline.occupantId(after.parentId, after.name);
    return occupant !== undefined && this.#undeleted.includes(occupant);
  }

  /** These ids, and those that entries among them turn out to have now. */
  #withGrafted(wanted: IdSet): IdSet {
    let all = wanted;
    this.#state.transact(() => {
      for (let back = this.#host.keeping.takeBack(all); ; ) {
        const taken = back.length === 0 ? all : idSet(all, back);
        const found = [
          ...graftRemoved(this.#state, taken),
          ...leaveSavedOver(this.#state, taken),
          ...linksBelowMoved(this.#state, taken),
        ];
        for (const id of found) this.#state.markDirty(id);
        all = found.length === 0 ? taken : idSet(taken, found);
        // What was found again may be the folder of something that was kept.
        back = this.#host.keeping.takeBack(all);
        if (back.length === 0) break;
      }
      all = idSet(all, this.#host.keeping.setApart(all));
    });
    return all;
  }

  #allowedRemovals(plan: Plan): readonly number[] {
    const { guard, options } = this.#host;
    this.#waitingInPart = [];
    // A plan of something else, or of a folder that came back, ends no hold of what is still gone.
    const isHeldOnly = this.#state.meta.isHeld && plan.removals.length === 0;
    // What the rule for deletions keeps by now waits for nobody.
    const kept = new Set([...this.#host.keeping.waiting, ...this.#staying, ...this.#standing]);
    const held = isHeldOnly ? heldTops(this.#state).filter((id) => !kept.has(id)) : [];
    if (held.length > 0) {
      guard.restore(held);
      return [];
    }
    // An older hold of something else is no matter of a plan that removes nothing.
    const { isSourceNew } = this.#state.meta;
    if (this.part !== undefined && plan.removals.length === 0 && !isSourceNew) return [];
    const verdict = guard.judge(this.#allRemovals(plan));
    if (verdict.held !== undefined) {
      this.isHoldSaid = true;
      options.report.held(verdict.held, isSourceNew);
    }
    if (!this.#state.meta.isHeld) this.isHoldSaid = false;
    if (verdict.askAgainMs !== undefined) this.#host.planAgainIn(verdict.askAgainMs - options.clock.nowMs());
    if (this.part === undefined) return verdict.allowed;
    const allowed = removalsBelow(this.#state, plan.removals, verdict.allowed);
    const done = new Set(allowed);
    this.#waitingInPart = plan.removals.filter((id) => !done.has(id));
    return allowed;
  }

  /**
   * What a guard has to judge: of a part too all that is missing, because a lost source shows in all of it.
   */
  #allRemovals(plan: Plan): readonly number[] {
    if (this.part === undefined) return plan.removals;
    const { rootId } = this.#state.meta;
    const dirty = this.#state.dirtyIds();
    const { removals } = reconcile(dirty, targetView(this.#state), aimedView(this.#state), rootId);
    const stands = (id: number): boolean => standsForOther(this.#state, id) || this.#isUndeleted(id);
    const gone = removals.filter((id) => !mayExist(this.#state, id) && !stands(id));
    const missing = this.#state.meta.isSourceNew ? gone : this.#host.keeping.onlyGoing(gone);
    const counted = new Set(removalsBelow(this.#state, plan.removals, missing));
    return [...missing, ...plan.removals.filter((id) => !counted.has(id))];
  }

  async #carryOut(plan: Plan, removals: readonly number[]): Promise<void> {
    const { pass, contents, structure, target, checkpoint } = this.#host;
    const structural = plan.moves.length + plan.parks.length + removals.length;
    if (!pass.isPlanned) pass.planned(this.#countFiles(), plan.contents.length + structural, structural);
    contents.isForced = this.#isForced;
    contents.dropGone(plan.removals);
    const stuck = await structure.apply(plan, removals);
    this.besideStuck = stuck;
    // A folder that was outside of the part until now was not looked at with the part.
    if (this.part !== undefined && this.#movesFolder(plan)) target.isCheckDue = true;
    target.saveHoldWindow();
    // Of what was agreed to, a part leaves the rest to be done: that stays agreed to.
    if (this.part === undefined) this.#host.guard.settle();
    checkpoint.isDue ||= !isEmptyPlan(plan);
    const due = stuck.size === 0 ? plan.contents : plan.contents.filter((id) => !stuck.has(id));
    pass.withdraw(plan.contents.length - due.length);
    await contents.add(due, due.length > BULK_FILES);
    if (contents.isIdle) this.#host.idle();
  }

  #movesFolder({ moves, parks }: Plan): boolean {
    const ids = [...moves.map(({ id }) => id), ...parks];
    return ids.some((id) => this.#state.baseline.get(id)?.kind === 'directory');
  }

  #countFiles(): number {
    return this.part === undefined
      ? countMirroredFiles(this.#state)
      : matchingFiles(this.#state, this.part).length;
  }

  /** Ids that turned out to need nothing are not dirty any more, unless the plan itself found that they are not there. */
  #forgetEqual(ids: IdSet, planned: IdSet): void {
    const { touchedFolders } = this.#host.target;
    const { keeping } = this.#host;
    const mirrored = aimedView(this.#state);
    const isNeeded = (id: number): boolean =>
      planned.has(id) ||
      this.#kept.has(id) ||
      this.#standing.has(id) ||
      this.#outOfReach.has(id) ||
      keeping.waiting.has(id) ||
      touchedFolders.has(id) ||
      !this.#state.isDirty(id);
    const isLost = (id: number): boolean =>
      this.#state.baseline.get(id) === undefined && mirrored.get(id) !== undefined;
    const equal: number[] = [];
    for (const id of ids) if (!isNeeded(id) && !isLost(id)) equal.push(id);
    for (let at = 0; at < equal.length; at += CLEAN_AT_ONCE)
      this.#state.transact(() => {
        for (const id of equal.slice(at, at + CLEAN_AT_ONCE)) this.#state.markClean(id);
      });
  }
}
