/**
 * Keeps one target equal to the source: feed in, operations on the target out.
 *
 * Owns the state, the queue of work on it, the guard, the list of problems and the checkpoints. One
 * piece of planning or structure work runs at a time (`#queue`), while contents come in beside it. Calls
 * its `MirrorReport` for everything a person may want to see.
 *
 * What an interruption leaves: the view and the list of dirty entries are in one transaction with the
 * cursor, so nothing told is forgotten; each operation is on disk before it is in the baseline, so the
 * baseline never claims what is not there; and what no checkpoint has confirmed is verified by content
 * at the next start.
 */
import {
  type Clock,
  type HoldPolicy,
  isEmptyPlan,
  type Plan,
  type Random,
  reconcile,
} from '@lanmirror/engine/core';
import { type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import type { Changes, ServerState } from '@lanmirror/protocol';
import { Contents } from '../apply/contents.ts';
import { type Problem, ProblemList } from '../apply/problem-list.ts';
import type { Report } from '../apply/report.ts';
import { Structure } from '../apply/structure.ts';
import { TargetFolder } from '../apply/target-folder.ts';
import { ExcludedLinks } from '../plan/excluded-link.ts';
import { graftChildren, graftRemoved } from '../plan/graft.ts';
import { Stage, type StagedSet } from '../plan/stage.ts';
import { type CheckResult, checkTarget } from '../plan/target-check.ts';
import type { Link } from '../session/link.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { linksBelowMoved, mirroredView } from '../state/mirrored-view.ts';
import { DeleteGuard } from './delete-guard.ts';
import { Pass, type PassReport } from './pass.ts';
import { tidyStaging, verifyUnflushed } from './recovery.ts';

const CHECKPOINT_MS = 5000;
const TARGET_CHECK_MS = 2000;
/** What could not be looked at is looked at again after this. */
const RECHECK_MS = 60_000;
/** A set with more contents than this goes behind what is queued already. */
const BULK_FILES = 1000;
/** Times that the same leftovers are planned again at once before they wait for a retry. */
const MAX_REPLANS = 3;
const MIN_RETRY_MS = 50;

export interface MirrorReport extends Report, PassReport {
  /** Equal to the source as of `sequence`, durable; `problems` paths apart. */
  inSync(sequence: number, problems: number): void;
  problem(problem: Problem): void;
  held(missing: number, existed: number): void;
  /** The target is not what it was: everything waits. '' when it is back. */
  targetHalt(reason: string): void;
  serverState(state: ServerState): void;
  checked(result: CheckResult): void;
  /** For an adoption: what would be done, before anything is. Resolves to whether to go on. */
  confirm(plan: AdoptionSummary): Promise<boolean>;
}

export interface AdoptionSummary {
  readonly matches: number;
  readonly extras: number;
  readonly toFetch: number;
}

export interface MirrorOptions {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: MirrorReport;
  readonly policy: HoldPolicy;
  readonly maxWorkers: number;
  readonly mode: 'incremental' | 'full';
  /** Look at the whole target before the first plan: after a loss of state, for an adoption, for `sync`. */
  readonly isCheckedFirst: boolean;
  /** A person must agree to what an adoption does. */
  readonly isAdoption: boolean;
  /** Only say what would be done. */
  readonly isDryRun: boolean;
  /** Whether the target still carries its marker. */
  isTargetThere(): Promise<boolean>;
}

export class Mirror {
  readonly #options: MirrorOptions;
  readonly #state: MirrorState;
  readonly #tree: WritableTree;
  readonly #clock: Clock;
  readonly #report: MirrorReport;
  readonly #target: TargetFolder;
  readonly #structure: Structure;
  readonly #contents: Contents;
  readonly #problems: ProblemList;
  readonly #guard: DeleteGuard;
  readonly #stage: Stage;
  readonly #excluded: ExcludedLinks;
  readonly #pass: Pass;
  #link: Link | undefined;
  #work: Promise<void> = Promise.resolve();
  #queued = 0;
  #root: Pick<Stat, 'dev' | 'ino'> | undefined;
  #haltReason = '';
  #isStopped = false;
  #isForcedDone: boolean;
  #isChecked = false;
  #isRecovered = false;
  #isHoldTold = false;
  #head = -1;
  #syncedAt = -1;
  #isFlushDue = false;
  #replans = 0;
  #problemsTold = -1;
  /** Paths that the last check of the target could not look at. */
  #unchecked: readonly Problem[] = [];
  #lastDryRun: Plan | undefined;
  readonly #cancels = new Map<string, () => void>();
  readonly #failedHard: (error: unknown) => void;

  /** `failedHard`: an error that is not about one path (the state cannot be written): the program has to end. */
  constructor(options: MirrorOptions, failedHard: (error: unknown) => void) {
    const { tree, state, clock, report } = options;
    this.#options = options;
    this.#tree = tree;
    this.#state = state;
    this.#clock = clock;
    this.#report = report;
    this.#failedHard = failedHard;
    this.#isForcedDone = options.mode === 'incremental';
    this.#problems = new ProblemList(options.random);
    this.#target = new TargetFolder(tree, state, clock, {
      ...bind(report),
      settled: (_id, outcome) => this.#settled(outcome),
    });
    this.#structure = new Structure(
      this.#target,
      (id, path, error) => this.#failed(id, path, error.code, error.message, error),
      () => this.#isWaiting() || !this.#isTargetSame(),
    );
    this.#contents = new Contents(
      {
        target: this.#target,
        link: () => this.#link,
        failed: (id, path, code, message, error) => this.#failed(id, path, code, message, error),
        idle: () => this.#enqueue(() => this.#settleDown()),
        isStopped: () => this.#isWaiting(),
        isTargetSame: () => this.#isTargetSame(),
        failedHard,
      },
      options.maxWorkers,
    );
    this.#guard = new DeleteGuard(this.#target, options.policy, clock);
    this.#stage = new Stage(state);
    this.#excluded = new ExcludedLinks(state);
    this.#pass = new Pass(options.mode, report, clock.nowMs());
  }

  /** Recovers from the last run, or waits for the target if it is not there. Resolves when sessions may begin. */
  async start(): Promise<void> {
    await this.#checkTargetThere();
    this.#every('target', TARGET_CHECK_MS, () => this.#checkTargetThere());
    this.#every('checkpoint', CHECKPOINT_MS, () => this.#enqueue(() => this.#checkpoint()));
  }

  /** Once, before the first change to a target that is there. */
  async #recover(): Promise<void> {
    this.#isRecovered = true;
    // What the last run left unconfirmed, or others copied, is made durable before anything is said of it.
    const { isClean, cursor } = this.#state.meta;
    this.#isFlushDue ||= !isClean || cursor === null;
    if (!this.#options.isDryRun) {
      tidyStaging(this.#tree, this.#state);
      for (const path of await verifyUnflushed(this.#tree, this.#state)) {
        this.#report.warn(`${path} was damaged when this machine stopped; it is fetched again`);
      }
    }
    this.#guard.restore(this.#state.dirtyIds().filter((id) => this.#state.view.get(id) === undefined));
    this.#state.setMeta({ isClean: false });
  }

  /** Finishes what is being written and makes it durable. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#cancels.values()) cancel();
    this.#link?.close();
    this.#link = undefined;
    await this.#work;
    await this.#contents.stopped();
    if (this.#haltReason === '') {
      if (this.#structure.setFolderTimes()) this.#isFlushDue = true;
      await this.#checkpoint();
      this.#state.setMeta({ isClean: this.#isRecovered });
    }
    await this.#state.flushed();
    this.#tree.release();
  }

  get problems(): readonly Problem[] {
    return [...this.#problems.told(), ...this.#unchecked, ...this.#excluded.problems];
  }

  /** For a person who asks why it is not in sync yet. */
  get unsettled(): readonly Problem[] {
    return this.#problems.all().filter(({ isTold }) => !isTold);
  }

  /** Links of the source that are left out because none are wanted. */
  get skippedLinks(): number {
    return this.#excluded.skipped;
  }

  get isHeld(): boolean {
    return this.#state.meta.isHeld;
  }

  /** Tops of what the guard keeps from being deleted. */
  get heldPaths(): readonly string[] {
    return [...this.#guard.waiting].flatMap((id) => this.#state.baseline.pathOf(id) ?? []);
  }

  get haltReason(): string {
    return this.#haltReason;
  }

  /** All changes up to here are applied and durable, but for problems. */
  get syncedAt(): number {
    return this.#syncedAt;
  }

  /** What a dry run found to do. */
  get dryRunPlan(): Plan | undefined {
    return this.#lastDryRun;
  }

  // --- the session --------------------------------------------------------------------------------

  /** A session begins; its feed follows. */
  connected(link: Link): void {
    this.#link = link;
    this.#enqueue(async () => {
      // Until this session has told its set, nobody knows how far the source is.
      this.#head = -1;
      if (link.welcome.feed === 'snapshot') this.#syncedAt = -1;
      this.#stage.begin(link.welcome);
    });
    this.#contents.pump();
  }

  disconnected(): void {
    this.#link = undefined;
  }

  changes(changes: Changes): void {
    this.#enqueue(async () => {
      if (this.#link === undefined) return;
      const set = this.#stage.take(changes);
      if (set !== undefined) await this.#takeSet(set);
    });
  }

  serverState(state: ServerState): void {
    this.#report.serverState(state);
  }

  // --- planning -----------------------------------------------------------------------------------

  async #takeSet(set: StagedSet): Promise<void> {
    this.#head = set.sequence;
    this.#replans = 0;
    if (!this.#isChecked && this.#options.isCheckedFirst) {
      if (this.#state.meta.isCompareDue) this.#graftAll();
      await this.#checkWhole();
      if (this.#options.isAdoption && !(await this.#adopt())) return;
      await this.#plan(this.#allIds());
      // What was agreed to was this plan, and nothing that comes later.
      this.#guard.isOpen = false;
      return;
    }
    if (set.ids === 'all') this.#graftAll();
    const leftovers = this.#pass.isPlanned ? [] : this.#state.dirtyIds();
    await this.#plan(set.ids === 'all' ? this.#allIds() : [...leftovers, ...set.ids]);
    if (!this.#isChecked) this.#enqueue(() => this.#checkInBackground());
  }

  #graftAll(): void {
    this.#state.transact(() => {
      const { rootId } = this.#state.meta;
      for (const id of graftChildren(this.#state, rootId)) this.#state.markDirty(id);
    });
  }

  /** Every id in which view and baseline differ or may differ; marked dirty, so that nothing is forgotten by a kill. */
  #allIds(): number[] {
    const { view, baseline } = this.#state;
    const ids: number[] = [];
    const isForced = !this.#isForcedDone;
    const mirrored = mirroredView(this.#state);
    for (const entry of view.all()) {
      const before = baseline.get(entry.id);
      const isExcluded = entry.kind === 'link' && mirrored.get(entry.id) === undefined;
      if (before === undefined || !isSame(before, entry) || isExcluded || (isForced && entry.kind === 'file'))
        ids.push(entry.id);
    }
    for (const entry of baseline.all()) if (view.get(entry.id) === undefined) ids.push(entry.id);
    this.#state.transact(() => {
      for (const id of ids) this.#state.markDirty(id);
      this.#state.setMeta({ isCompareDue: false });
    });
    return ids;
  }

  async #plan(wanted: readonly number[]): Promise<void> {
    if (this.#isWaiting()) return;
    const { baseline } = this.#state;
    const grafted = this.#state.transact(() => {
      const found = graftRemoved(this.#state, [...wanted, ...this.#guard.waiting]);
      found.push(...linksBelowMoved(this.#state, wanted));
      for (const id of found) this.#state.markDirty(id);
      return found;
    });
    const ids = new Set([...wanted, ...this.#guard.waiting, ...grafted]);
    for (const problem of this.#excluded.look(ids)) this.#report.problem(problem);
    const plan = reconcile(ids, baseline, mirroredView(this.#state), this.#state.meta.rootId);
    if (!this.#isForcedDone && !this.#pass.isPlanned)
      plan.contents.splice(0, Number.POSITIVE_INFINITY, ...this.#allFiles());
    if (this.#options.isDryRun) return this.#tellDryRun(plan);
    const verdict = this.#guard.judge(plan.removals);
    if (verdict.held !== undefined) {
      this.#isHoldTold = true;
      this.#report.held(verdict.held.missing, verdict.held.existed);
    }
    if (!this.#state.meta.isHeld) this.#isHoldTold = false;
    if (verdict.askAgainMs !== undefined) this.#planAgainAt(verdict.askAgainMs);
    await this.#carryOut(plan, verdict.allowed);
    this.#forgetEqual(ids, plan);
  }

  async #carryOut(plan: Plan, removals: readonly number[]): Promise<void> {
    const structural = plan.moves.length + plan.parks.length + removals.length;
    const needed = plan.contents.length + structural;
    if (!this.#pass.isPlanned) this.#pass.planned(this.#state.meta.viewFiles, needed, structural);
    this.#contents.isForced = !this.#isForcedDone;
    this.#contents.dropGone(plan.removals);
    await this.#structure.apply(plan, removals);
    this.#target.saveHoldWindow();
    this.#isFlushDue ||= !isEmptyPlan(plan);
    this.#contents.add(plan.contents, plan.contents.length > BULK_FILES);
    if (this.#contents.isIdle) this.#enqueue(() => this.#settleDown());
  }

  /** Ids that turned out to need nothing are not dirty any more. */
  #forgetEqual(ids: ReadonlySet<number>, plan: Plan): void {
    const needed = new Set<number>([
      ...plan.moves.flatMap(({ id, replaces }) => (replaces === undefined ? [id] : [id, replaces])),
      ...plan.parks,
      ...plan.removals,
      ...plan.places,
      ...plan.contents,
      ...plan.metadata,
      ...this.#target.touchedFolders,
    ]);
    this.#state.transact(() => {
      for (const id of ids) if (!needed.has(id)) this.#state.markClean(id);
    });
  }

  #allFiles(): number[] {
    const view = mirroredView(this.#state);
    const files: number[] = [];
    for (const entry of this.#state.view.all())
      if (entry.kind === 'file' && view.get(entry.id) !== undefined) files.push(entry.id);
    return files;
  }

  #planAgainAt(atMs: number): void {
    this.#once('burst', atMs - this.#clock.nowMs(), () => this.#enqueue(() => this.#plan([])));
  }

  #tellDryRun(plan: Plan): void {
    this.#lastDryRun = plan;
    this.#syncedAt = this.#head;
    this.#report.inSync(this.#head, 0);
  }

  // --- the target ---------------------------------------------------------------------------------

  async #checkWhole(): Promise<readonly number[]> {
    this.#isChecked = true;
    const result = await checkTarget({
      tree: this.#tree,
      state: this.#state,
      clock: this.#clock,
      isStopped: () => this.#isWaiting(),
    });
    this.#noteUnchecked(result);
    this.#report.checked(result);
    return result.ids;
  }

  /** What could not be looked at is a problem until a later check can. */
  #noteUnchecked({ unreadable }: CheckResult): void {
    const known = new Set(this.#unchecked.map(({ path }) => path));
    const nextTryMs = this.#clock.nowMs() + RECHECK_MS;
    const { rootId } = this.#state.meta;
    this.#unchecked = unreadable.map(({ path, error: { code, message } }) => ({
      id: rootId,
      path,
      code,
      message,
      attempts: 1,
      nextTryMs,
      isTold: true,
    }));
    for (const problem of this.#unchecked) if (!known.has(problem.path)) this.#report.problem(problem);
    if (unreadable.length === 0) return;
    this.#once('recheck', RECHECK_MS, () => {
      this.#isChecked = false;
      this.#enqueue(() => this.#checkInBackground());
    });
  }

  async #checkInBackground(): Promise<void> {
    // Without a view of the source nothing that is found could be named: its first set brings the check.
    if (this.#isChecked || this.#head < 0 || this.#isStopped || this.#haltReason !== '') return;
    await this.#plan(await this.#checkWhole());
  }

  /** Shows what an adoption does; false ends it with nothing changed. */
  async #adopt(): Promise<boolean> {
    let matches = 0;
    let extras = 0;
    let toFetch = 0;
    const mirrored = mirroredView(this.#state);
    for (const entry of this.#state.baseline.all()) {
      if (entry.id === this.#state.meta.rootId) continue;
      const source = mirrored.get(entry.id);
      if (source === undefined) extras += 1;
      else if (source.version === entry.version) matches += 1;
    }
    for (const entry of this.#state.view.all()) {
      if (entry.kind === 'file' && this.#state.baseline.get(entry.id)?.version !== entry.version)
        toFetch += 1;
    }
    const isAgreed = await this.#report.confirm({ matches, extras, toFetch });
    this.#guard.isOpen = isAgreed;
    return isAgreed;
  }

  /** The marker is the proof; the folder's identity may change honestly when its disk is mounted again. */
  async #checkTargetThere(): Promise<void> {
    // A dry run writes nothing, so a folder that is not there yet is no danger.
    if (this.#options.isDryRun) {
      if (!this.#isRecovered) await this.#recover();
      return;
    }
    const root = this.#rootNow();
    const isThere = root !== undefined && (await this.#options.isTargetThere());
    if (this.#isStopped) return;
    if (!isThere) return this.#haltTarget();
    const wasHalted = this.#haltReason !== '';
    this.#root = root;
    this.#haltReason = '';
    if (wasHalted) this.#report.targetHalt('');
    if (!this.#isRecovered) await this.#recover();
    if (!wasHalted) return;
    this.#isChecked = false;
    this.#enqueue(() => this.#checkInBackground());
    this.#enqueue(() => this.#plan(this.#state.dirtyIds()));
    this.#contents.pump();
  }

  #haltTarget(): void {
    this.#tree.release();
    if (this.#haltReason !== '') return;
    this.#haltReason = 'the target folder is not mounted, was replaced, or lost its marker';
    this.#report.targetHalt(this.#haltReason);
  }

  /** Asked before every change of the tree: is the folder still the one that carries the marker? Halts if not. */
  #isTargetSame(): boolean {
    if (this.#options.isDryRun) return true;
    const now = this.#rootNow();
    const isSame = now !== undefined && now.dev === this.#root?.dev && now.ino === this.#root?.ino;
    if (!isSame) this.#haltTarget();
    return isSame;
  }

  #rootNow(): Stat | undefined {
    try {
      const now = this.#tree.rootStat();
      return now?.kind === 'directory' ? now : undefined;
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    }
  }

  // --- outcomes -----------------------------------------------------------------------------------

  #settled(outcome: 'done' | 'failed'): void {
    void outcome;
    this.#isFlushDue = true;
    this.#pass.settled();
  }

  #failed(id: number, path: string, code: string, message: string, error?: TreeError): void {
    // What neither side has any more cannot fail.
    if (this.#state.view.get(id) === undefined && this.#state.baseline.get(id) === undefined) return;
    const retry = error?.retry ?? 'later';
    const { problem, isNews } = this.#problems.add({ id, path, code, message, retry }, this.#clock.nowMs());
    this.#state.transact(() => this.#state.markDirty(id));
    if (isNews) this.#report.problem(problem);
    this.#pass.settled();
    this.#planRetry();
  }

  #planRetry(): void {
    const next = this.#problems.nextTryMs();
    if (next === undefined) return;
    this.#once('retry', Math.max(MIN_RETRY_MS, next - this.#clock.nowMs()), () =>
      this.#enqueue(async () => {
        const isPossible = this.#link !== undefined && this.#haltReason === '';
        if (isPossible) await this.#plan(this.#problems.takeDue(this.#clock.nowMs()));
        this.#planRetry();
      }),
    );
  }

  /** Nothing is in flight: folder times, leftovers, checkpoint, and then the truth about being in sync. */
  async #settleDown(): Promise<void> {
    if (!this.#contents.isIdle || this.#isWaiting() || this.#head < 0 || this.#link === undefined) return;
    if (!this.#isTargetSame()) return;
    if (this.#target.isCheckDue) {
      this.#target.isCheckDue = false;
      this.#isChecked = false;
      return this.#checkInBackground();
    }
    if (this.#structure.setFolderTimes()) this.#isFlushDue = true;
    for (const { id } of this.#problems.all()) if (!this.#state.isDirty(id)) this.#problems.clear(id);
    const open = this.#openIds();
    if (open.length > 0 && this.#replans < MAX_REPLANS) {
      this.#replans += 1;
      return this.#plan(open);
    }
    if (open.length > 0)
      for (const id of open)
        this.#failed(id, this.#state.view.pathOf(id) ?? String(id), 'UNSETTLED', 'it keeps differing');
    // More was told while this was on its way: its own end comes.
    if (this.#queued > 1 || !this.#contents.isIdle) return;
    await this.#checkpoint();
    // The target went away, or more was done meanwhile: that has its own end.
    if (this.#isFlushDue || this.#isWaiting()) return;
    this.#isForcedDone = true;
    this.#contents.isForced = false;
    this.#tellInSync();
  }

  /** Dirty entries that nobody is waiting for. */
  #openIds(): number[] {
    const known = new Set(this.#problems.all().map(({ id }) => id));
    return this.#state.dirtyIds().filter((id) => !known.has(id) && !this.#guard.waiting.has(id));
  }

  #tellInSync(): void {
    // What failed in passing is tried again in a moment: then the truth can be told.
    if (this.#problems.isUnsettled) return;
    const count = this.problems.length;
    // Deletions that wait, for a burst to end or for a person: the target is not equal to the source.
    if (this.#guard.waiting.size > 0) return this.#tellWaiting(count);
    this.#pass.finish(count, this.#clock.nowMs());
    const isNews = this.#syncedAt !== this.#head || this.#problemsTold !== count;
    this.#syncedAt = this.#head;
    this.#problemsTold = count;
    if (!isNews) return;
    this.#link?.applied(this.#head, count);
    this.#report.inSync(this.#head, count);
  }

  /** A hold is told once in each run, also one that an earlier run began. */
  #tellWaiting(failed: number): void {
    if (!this.#state.meta.isHeld) return;
    this.#pass.finish(failed, this.#clock.nowMs());
    if (this.#isHoldTold) return;
    this.#isHoldTold = true;
    const missing = [...this.#guard.waiting].reduce((sum, id) => sum + this.#target.countOld(id), 0);
    this.#report.held(missing, this.#state.meta.baselineEntries);
  }

  async #checkpoint(): Promise<void> {
    if (!this.#isFlushDue || this.#haltReason !== '' || this.#options.isDryRun) return;
    if (!this.#isTargetSame()) return;
    this.#isFlushDue = false;
    const { checkpoint } = this.#state.meta;
    this.#state.setMeta({ checkpoint: checkpoint + 1 });
    try {
      await this.#tree.flush();
      await this.#state.flushed();
      this.#state.setMeta({ durableCheckpoint: checkpoint });
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#isFlushDue = true;
      this.#report.warn(`The target could not be flushed: ${error.message}`);
      throw error;
    } finally {
      this.#tree.release();
    }
  }

  // --- plumbing -----------------------------------------------------------------------------------

  #isWaiting(): boolean {
    return this.#isStopped || this.#haltReason !== '';
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queued += 1;
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => {
        if (!(error instanceof TreeError)) return this.#failedHard(error);
        this.#report.warn(error.message);
      })
      .finally(() => {
        this.#queued -= 1;
      });
  }

  #once(name: string, delayMs: number, work: () => void): void {
    this.#cancels.get(name)?.();
    if (this.#isStopped) return;
    const cancel = this.#clock.after(Math.max(0, delayMs), () => {
      this.#cancels.delete(name);
      work();
    });
    this.#cancels.set(name, cancel);
  }

  #every(name: string, intervalMs: number, work: () => Promise<void> | void): void {
    this.#once(name, intervalMs, () => {
      Promise.resolve(work()).catch(this.#failedHard);
      this.#every(name, intervalMs, work);
    });
  }
}

function isSame(
  before: {
    version: number;
    parentId: number;
    name: string;
    kind: string;
    mtimeUs: number;
    mode: number;
    linkTarget: string;
  },
  after: typeof before,
): boolean {
  return (
    before.version === after.version &&
    before.parentId === after.parentId &&
    before.name === after.name &&
    before.kind === after.kind &&
    before.mtimeUs === after.mtimeUs &&
    (after.kind === 'link' || before.mode === after.mode) &&
    before.linkTarget === after.linkTarget
  );
}

/** The report's methods, whatever kind of object it is. */
function bind(report: Report): Report {
  return {
    created: (path) => report.created(path),
    modified: (path) => report.modified(path),
    deleted: (path) => report.deleted(path),
    renamed: (from, to) => report.renamed(from, to),
    copying: (path, done, total) => report.copying(path, done, total),
    settled: (id, outcome) => report.settled(id, outcome),
    warn: (text) => report.warn(text),
  };
}
