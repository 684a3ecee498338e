/**
 * Keeps one target equal to the source: feed in, operations on the target out.
 *
 * Owns the queue of work on the state and the moments at which it happens: sessions and their sets, the presence of
 * the target, retries, checkpoints, and being in sync. One piece of planning or structure work runs at a time, while
 * contents come in beside it. Calls its `MirrorReport` for everything a person may want to see.
 *
 * What an interruption leaves: the view and the list of dirty entries are in one transaction with the
 * cursor, so nothing told is forgotten; each operation is on disk before it is in the baseline, so the
 * baseline never claims what is not there; and what no checkpoint has confirmed is verified by content
 * at the next start.
 */
import type { HoldPolicy } from '@lanmirror/engine/core';
import { TreeError } from '@lanmirror/engine/tree';
import type { Changes } from '@lanmirror/protocol';
import { Contents } from '../apply/contents.ts';
import type { Problem } from '../apply/problem-list.ts';
import { boundReport } from '../apply/report.ts';
import { Structure } from '../apply/structure.ts';
import { TargetFolder } from '../apply/target-folder.ts';
import { summarizeAdoption } from '../plan/difference.ts';
import { doubtfulIds } from '../plan/doubt.ts';
import { Stage, type StagedSet } from '../plan/stage.ts';
import { checkTarget } from '../plan/target-check.ts';
import type { Link } from '../session/link.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { distrust } from '../verify/distrust.ts';
import { Checkpoint } from './checkpoint.ts';
import { DeleteGuard } from './delete-guard.ts';
import { FingerprintDesk } from './fingerprint-desk.ts';
import type { MirrorOptions, MirrorReport } from './mirror-options.ts';
import { Pass } from './pass.ts';
import { type DryRun, Planning } from './planning.ts';
import { ProblemDesk } from './problem-desk.ts';
import { sweepLeftovers, tidyStaging, verifyUnflushed } from './recovery.ts';
import { judgeRest, judgeSync } from './sync-verdict.ts';
import { TargetPresence } from './target-presence.ts';
import { learnTraits } from './target-traits.ts';
import { Timers } from './timers.ts';
import { WorkQueue } from './work-queue.ts';

const CHECKPOINT_MS = 5000;
const TARGET_CHECK_MS = 2000;

export class Mirror {
  readonly #options: MirrorOptions;
  readonly #state: MirrorState;
  readonly #report: MirrorReport;
  readonly #failedHard: (error: unknown) => void;
  readonly #timers: Timers;
  readonly #queue: WorkQueue;
  readonly #presence: TargetPresence;
  readonly #checkpoint: Checkpoint;
  readonly #problems: ProblemDesk;
  readonly #target: TargetFolder;
  readonly #structure: Structure;
  readonly #contents: Contents;
  readonly #guard: DeleteGuard;
  readonly #planning: Planning;
  readonly #stage: Stage;
  readonly #pass: Pass;
  readonly fingerprints: FingerprintDesk;
  /** Whether the last try for this entry failed. */
  readonly isFailing = (id: number): boolean => this.#problems.ids.has(id);
  #link: Link | undefined;
  #isStopped = false;
  #isRecovered = false;
  /** The target was looked at as a whole in this run. */
  #isChecked = false;
  /** Head of the last complete set; -1 while nobody knows how far the source is. */
  #head = -1;
  #syncedAt = -1;
  #problemsSaid = -1;
  #replans = 0;
  readonly #atRest: (() => void)[] = [];
  /** The comparison of doubtful contents has begun in this run. */
  #isComparing = false;

  /** `failedHard`: an error that is not about one path (the state cannot be written): the program has to end. */
  constructor(options: MirrorOptions, failedHard: (error: unknown) => void) {
    const { tree, state, clock, report } = options;
    this.#options = options;
    this.#state = state;
    this.#report = report;
    this.#failedHard = failedHard;
    this.#timers = new Timers(clock);
    this.#queue = new WorkQueue((error) => this.#workFailed(error));
    this.#presence = new TargetPresence({
      tree,
      isDryRun: options.isDryRun,
      isMarked: () => options.isTargetThere(),
      halted: (reason) => report.targetHalt(reason),
    });
    this.#checkpoint = new Checkpoint(tree, state, (text) => report.warn(text));
    this.#problems = new ProblemDesk({
      ...{ tree, state, clock, random: options.random, timers: this.#timers },
      tell: (problem) => report.problem(problem),
      retry: () => this.#queue.add(() => this.#retry()),
      recheck: () => this.#checkAgain(),
    });
    this.#target = new TargetFolder(tree, state, clock, {
      ...boundReport(report),
      settled: () => this.#settled(),
    });
    this.#structure = new Structure(
      this.#target,
      (id, path, error) => this.#failed(id, path, error.code, error.message, error),
      () => this.#isWaiting() || !this.#presence.isSame(),
    );
    this.#contents = new Contents(this.#contentsHost(), options.maxWorkers);
    this.#guard = new DeleteGuard(this.#target, options.policy, clock);
    this.#stage = new Stage(state);
    this.#pass = new Pass(options.mode, report, clock.nowMs());
    this.fingerprints = new FingerprintDesk(state, (comparison) => report.compared(comparison));
    this.#planning = new Planning({
      ...{ options, pass: this.#pass, guard: this.#guard, target: this.#target },
      ...{ structure: this.#structure, contents: this.#contents, checkpoint: this.#checkpoint },
      isWaiting: () => this.#isWaiting(),
      planAgainIn: (delayMs) =>
        this.#timers.once('burst', delayMs, () => this.#queue.add(() => this.#planning.plan([]))),
      idle: () => this.#queue.add(() => this.#settleDown()),
      dryRunPlanned: () => {
        this.#syncedAt = this.#head;
        report.inSync(this.#head, 0);
      },
    });
  }

  /** Recovers from the last run, or waits for the target if it is not there. Resolves when sessions may begin. */
  async start(): Promise<void> {
    await this.#checkPresence();
    this.#timers.every('target', TARGET_CHECK_MS, () => {
      this.#checkPresence().catch(this.#failedHard);
    });
    this.#timers.every('checkpoint', CHECKPOINT_MS, () => this.#queue.add(() => this.#makeDurable()));
  }

  /** Finishes what is being written and makes it durable. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timers.stop();
    this.#presence.close();
    this.#link?.close();
    this.#link = undefined;
    await this.#queue.done();
    await this.#contents.stopped();
    if (this.#presence.haltReason === '' && !this.#options.isDryRun) {
      if (this.#structure.setFolderTimes()) this.#checkpoint.isDue = true;
      await this.#makeDurable();
      this.#state.setMeta({ isClean: this.#isRecovered });
    }
    await this.#state.flushed();
    this.#options.tree.release();
  }

  /** What a person was told of: paths that failed, and places that could not be looked at. */
  get problems(): readonly Problem[] {
    return [...this.#problems.told, ...this.#planning.excluded.problems];
  }

  /** Links of the source that are left out because none are wanted. */
  get skippedLinks(): number {
    return this.#planning.excluded.skipped;
  }

  get isHeld(): boolean {
    return this.#state.meta.isHeld;
  }

  /** Ids of the tops of what the guard keeps from being deleted. */
  get heldIds(): readonly number[] {
    return this.#state.meta.isHeld ? [...this.#guard.waiting] : [];
  }

  /** A person agreed to the deletion of exactly these. */
  accept(ids: readonly number[]): void {
    this.#state.agree(ids);
    this.#queue.add(() => this.#planning.plan([]));
  }

  /** Looks at the whole target again; resolves when what was found is planned. */
  check(): Promise<void> {
    return this.repair([]);
  }

  /** What these entries show on the target is not theirs: resolves when putting it right is planned. */
  repair(ids: readonly number[]): Promise<void> {
    this.#isChecked = false;
    return this.#queue.run(async () => {
      distrust(this.#state, ids);
      await this.#checkInBackground();
      if (ids.length > 0) await this.#planning.plan(ids);
    });
  }

  /** Tries again at once what failed; resolves to whether there was anything, when it is planned. */
  retryNow(): Promise<boolean> {
    return this.#queue.run(async () => {
      const ids = [...this.#problems.ids];
      if (ids.length > 0) await this.#retry(ids);
      return ids.length > 0;
    });
  }

  /** Resolves at the next moment at which nothing is left to do for now. */
  untilRest(): Promise<void> {
    return new Promise((resolve) => {
      this.#atRest.push(resolve);
      if (this.#contents.isIdle) this.#queue.add(() => this.#settleDown());
    });
  }

  /** Other limits from now on. */
  reconfigure({ maxWorkers, policy }: { maxWorkers: number; policy: HoldPolicy }): void {
    this.#contents.setMaxWorkers(maxWorkers);
    this.#guard.setPolicy(policy);
  }

  /** Head of the last complete set of the source; -1 before the first of this session. */
  get head(): number {
    return this.#head;
  }

  /** Tops of what the guard keeps from being deleted. */
  get heldPaths(): readonly string[] {
    return this.#guard.waitingPaths;
  }

  get haltReason(): string {
    return this.#presence.haltReason;
  }

  /** All changes up to here are applied and durable, but for problems. */
  get syncedAt(): number {
    return this.#syncedAt;
  }

  /** Grows with everything that is done on the target. */
  get workDone(): number {
    return this.#pass.work;
  }

  /** What a dry run found to do. */
  get dryRun(): DryRun | undefined {
    return this.#planning.dryRun;
  }

  // --- the session --------------------------------------------------------------------------------

  /** A session begins; its feed follows. */
  connected(link: Link): void {
    this.#link = link;
    this.fingerprints.sessionBegan();
    this.#queue.add(async () => {
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
    this.#queue.add(async () => {
      if (this.#link === undefined) return;
      const set = this.#stage.take(changes);
      if (set !== undefined) await this.#takeSet(set);
    });
  }

  // --- planning -----------------------------------------------------------------------------------

  async #takeSet(set: StagedSet): Promise<void> {
    this.#head = set.sequence;
    this.#replans = 0;
    if (!this.#isChecked && this.#options.isCheckedFirst) return this.#takeFirstSet();
    if (set.ids === 'all') this.#planning.graftAll();
    const leftovers = this.#pass.isPlanned ? [] : this.#state.dirtyIds();
    await this.#planning.plan(
      set.ids === 'all' ? this.#planning.markDiffering() : [...leftovers, ...set.ids],
    );
    if (!this.#isChecked) this.#queue.add(() => this.#checkInBackground());
  }

  /** The target is looked at before anything is planned; an adoption is asked for then. */
  async #takeFirstSet(): Promise<void> {
    if (this.#state.meta.isCompareDue) this.#planning.graftAll();
    await this.#checkWhole();
    if (this.#options.isAdoption && !this.#options.isDryRun) {
      const { clock, report } = this.#options;
      const answered = report.confirm(summarizeAdoption(this.#state));
      this.#guard.isOpen = await this.#pass.interrupted(answered, clock);
      if (!this.#guard.isOpen) return;
      learnTraits(this.#options);
      this.#planning.graftAll();
    }
    await this.#planning.plan(this.#planning.markDiffering());
    // What was agreed to was this plan, and nothing that comes later.
    this.#guard.isOpen = false;
  }

  // --- the target ---------------------------------------------------------------------------------

  async #checkWhole(): Promise<readonly number[]> {
    this.#isChecked = true;
    const { tree, clock } = this.#options;
    const result = await checkTarget({
      ...{ tree, clock, state: this.#state, looked: () => this.#pass.worked() },
      isStopped: () => this.#isWaiting(),
    });
    // What others put there is not known to be durable.
    this.#checkpoint.isDue ||= result.ids.length > 0;
    this.#problems.noteUnchecked(result);
    this.#report.checked(result);
    return result.ids;
  }

  #checkAgain(): void {
    this.#isChecked = false;
    this.#queue.add(() => this.#checkInBackground());
  }

  async #checkInBackground(): Promise<void> {
    // Without a view of the source nothing that is found could be named: its first set brings the check.
    if (this.#isChecked || this.#head < 0 || this.#isWaiting()) return;
    await this.#planning.plan(await this.#checkWhole());
  }

  async #checkPresence(): Promise<void> {
    const presence = await this.#presence.look();
    if (presence === 'away') return;
    if (!this.#isRecovered) await this.#recover();
    if (presence === 'there') return;
    this.#checkAgain();
    this.#queue.add(() => this.#planning.plan(this.#state.dirtyIds()));
    this.#contents.pump();
  }

  /** Once, before the first change to a target that is there. */
  async #recover(): Promise<void> {
    this.#isRecovered = true;
    const { tree, isDryRun } = this.#options;
    // What the last run left unconfirmed, or others copied, is made durable before anything is said of it.
    this.#checkpoint.isDue ||= !this.#state.meta.isClean || this.#state.meta.cursor === null;
    this.#guard.restore(this.#state.dirtyIds().filter((id) => this.#state.view.get(id) === undefined));
    learnTraits(this.#options);
    // What an unclean stop left to be verified is left to a run that can mend it.
    if (isDryRun) return;
    tidyStaging(tree, this.#state);
    for (const path of await verifyUnflushed(tree, this.#state))
      this.#report.warn(`${path} was damaged when this machine stopped; it is fetched again`);
    this.#state.setMeta({ isClean: false });
  }

  // --- outcomes -----------------------------------------------------------------------------------

  #settled(): void {
    this.#checkpoint.isDue = true;
    this.#pass.settled();
  }

  #failed(id: number, path: string, code: string, message: string, error?: TreeError): void {
    if (this.#problems.failed(id, path, code, message, error)) this.#pass.settled();
  }

  async #retry(ids?: readonly number[]): Promise<void> {
    const isPossible = this.#link !== undefined && this.#presence.haltReason === '';
    if (isPossible) await this.#planning.plan(ids ?? this.#problems.takeDue());
    this.#problems.schedule();
  }

  /** Nothing is in flight: folder times, leftovers, checkpoint, and then the truth about being in sync. */
  async #settleDown(): Promise<void> {
    if (!this.#contents.isIdle || this.#isWaiting() || this.#head < 0 || this.#link === undefined) return;
    if (!this.#presence.isSame()) return;
    const isLeft = await this.#dealWithRest();
    // More was told while this was on its way: its own end comes.
    if (isLeft || this.#queue.length > 1 || !this.#contents.isIdle) return;
    if (!this.#options.isDryRun) sweepLeftovers(this.#options.tree, this.#state);
    await this.#makeDurable();
    // The target went away, or more was done meanwhile: that has its own end.
    if (this.#checkpoint.isDue || this.#isWaiting()) return;
    this.#planning.forcedIsDone();
    this.#problems.noteKept([...this.#planning.kept]);
    this.#tellSync();
  }

  /** Returns whether something was found to do, which brings another end. */
  async #dealWithRest(): Promise<boolean> {
    const isCheckDue = this.#problems.clearRepaired() || this.#target.isCheckDue;
    this.#target.isCheckDue = false;
    if (!isCheckDue) {
      if (this.#structure.setFolderTimes()) this.#checkpoint.isDue = true;
      this.#problems.clearSettled();
    }
    const open = isCheckDue ? [] : this.#openIds();
    switch (judgeRest({ isCheckDue, openCount: open.length, replans: this.#replans })) {
      case 'check':
        this.#isChecked = false;
        await this.#checkInBackground();
        return true;
      case 'plan':
        this.#replans += 1;
        await this.#planning.plan(open);
        return true;
      case 'problem':
        for (const id of open)
          this.#failed(id, this.#state.view.pathOf(id) ?? String(id), 'UNSETTLED', 'it keeps differing');
        return false;
      case 'done':
        return false;
    }
  }

  /** Dirty entries that wait for nobody: no retry, no person, no source that cannot tell. */
  #openIds(): number[] {
    const failed = this.#problems.ids;
    const { waiting } = this.#guard;
    const { kept } = this.#planning;
    return this.#state.dirtyIds().filter((id) => !failed.has(id) && !waiting.has(id) && !kept.has(id));
  }

  #tellSync(): void {
    const problems = this.problems.length;
    const verdict = judgeSync({
      head: this.#head,
      saidAt: this.#syncedAt,
      problems,
      saidProblems: this.#problemsSaid,
      isPassing: this.#problems.passing.length > 0,
      waitingRemovals: this.#guard.waiting.size,
      isHeld: this.#state.meta.isHeld,
      isHoldSaid: this.#planning.isHoldSaid,
    });
    if (verdict === 'later') return;
    for (const resolve of this.#atRest.splice(0)) resolve();
    this.#pass.finish(problems, this.#options.clock.nowMs());
    if (verdict === 'say-held') return this.#tellHold();
    if (verdict === 'held') return;
    if (verdict === 'say') {
      this.#syncedAt = this.#head;
      this.#problemsSaid = problems;
      this.#report.inSync(this.#head, problems);
    }
    this.fingerprints.applied(this.#link, this.#head, problems);
    this.#compareDoubtful();
  }

  /** Nothing else is to be done: what was taken over by size and time is compared, once in each run. */
  #compareDoubtful(): void {
    if (!this.#state.meta.isDoubtful) return;
    const ids = doubtfulIds(this.#state);
    if (ids.length === 0) {
      this.#state.setMeta({ isDoubtful: false });
      this.#report.comparing(0);
    } else if (!this.#isComparing) {
      this.#isComparing = true;
      this.#report.comparing(ids.length);
      this.#contents.add(ids, true);
    }
  }

  /** A hold that an earlier run began. */
  #tellHold(): void {
    this.#planning.isHoldSaid = true;
    const missing = [...this.#guard.waiting].reduce((sum, id) => sum + this.#target.countOld(id), 0);
    this.#report.held(missing, this.#state.meta.baselineEntries);
  }

  async #makeDurable(): Promise<void> {
    if (!this.#checkpoint.isDue || this.#presence.haltReason !== '' || this.#options.isDryRun) return;
    if (this.#presence.isSame()) await this.#checkpoint.run();
  }

  #isWaiting(): boolean {
    return this.#isStopped || this.#presence.haltReason !== '';
  }

  #workFailed(error: unknown): void {
    if (error instanceof TreeError) this.#report.warn(error.message);
    else this.#failedHard(error);
  }

  #contentsHost(): ConstructorParameters<typeof Contents>[0] {
    return {
      target: this.#target,
      link: () => this.#link,
      failed: (id, path, code, message, error) => this.#failed(id, path, code, message, error),
      idle: () => this.#queue.add(() => this.#settleDown()),
      worked: () => this.#pass.worked(),
      isStopped: () => this.#isWaiting(),
      isTargetSame: () => this.#presence.isSame(),
      failedHard: this.#failedHard,
    };
  }
}
