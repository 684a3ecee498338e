/**
 * Keeps one target equal to the source: feed in, operations on the target out.
 *
 * Puts the parts together and owns the queue of work on the state: one piece of planning or structure work
 * runs at a time (`#queue`), while contents come in beside it. What the work is about is with its owner:
 * `SessionDesk` (what the server tells), `TargetDesk` (the target as a whole), `Planning`, `ProblemDesk`
 * (what failed), `RestDesk` (the end of a round, and being in sync) `DifferenceDesk` (what the fingerprints
 * prove to differ then), `RequestDesk` (what is asked of it) and `HoldFacts` (which deletions wait). Calls its `MirrorReport` for everything a person may want to see.
 *
 * What an interruption leaves: the view and the list of dirty entries are in one transaction with the
 * cursor, so nothing told is forgotten; each operation is on disk before it is in the baseline, so the
 * baseline never claims what is not there; and what no checkpoint has confirmed is verified by content
 * at the next start.
 */
import { type DeleteRule, Timers, type Workers } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { TreeError } from '@lanmirror/engine/tree';
import type { Changes } from '@lanmirror/protocol';
import { Contents } from '../apply/contents.ts';
import { isFolderMissing } from '../apply/missing-folder.ts';
import type { Problem } from '../apply/problem-list.ts';
import { boundReport } from '../apply/report.ts';
import { Room } from '../apply/room.ts';
import { Structure } from '../apply/structure.ts';
import { TargetFolder } from '../apply/target-folder.ts';
import { CleanedGuard } from '../clean/cleaned-guard.ts';
import { type CleanedRecord, emptyRecord } from '../clean/cleaned-record.ts';
import { endReturned } from '../clean/tend-record.ts';
import { countPassed } from '../plan/passed.ts';
import { useCompareRule } from '../plan/use-compare-rule.ts';
import type { Link, ToldRules } from '../session/link.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { OwnRuleSet } from '../state/own-rules.ts';
import { Checkpoint } from './checkpoint.ts';
import { DeleteGuard } from './delete-guard.ts';
import { DifferenceDesk } from './difference-desk.ts';
import { FingerprintDesk } from './fingerprint-desk.ts';
import { HoldFacts } from './hold-facts.ts';
import { Keeping } from './keeping.ts';
import type { KeptFacts } from './kept-text.ts';
import type { MirrorLimits, MirrorOptions, MirrorReport } from './mirror-options.ts';
import { Pass } from './pass.ts';
import type { PassedFacts } from './passed-text.ts';
import { type DryRun, Planning } from './planning.ts';
import { ProblemDesk } from './problem-desk.ts';
import { RequestDesk } from './request-desk.ts';
import { RestDesk } from './rest-desk.ts';
import { Rounds } from './rounds.ts';
import { SessionDesk } from './session-desk.ts';
import { TargetDesk } from './target-desk.ts';
import { type PaceFacts, TargetPace, type TargetPaceHost } from './target-pace.ts';
import { TargetPresence } from './target-presence.ts';
import { WorkQueue } from './work-queue.ts';

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
  readonly #room: Room;
  readonly #pace: TargetPace;
  readonly #guard: DeleteGuard;
  readonly #cleaned: CleanedRecord;
  readonly #keeping: Keeping;
  readonly #planning: Planning;
  readonly #pass: Pass;
  readonly #targetDesk: TargetDesk;
  readonly #session: SessionDesk;
  readonly #rest: RestDesk;
  readonly #rounds: Rounds;
  readonly fingerprints: FingerprintDesk;
  readonly differences: DifferenceDesk;
  readonly hold: HoldFacts;
  readonly requests: RequestDesk;
  /** Whether the last try for this entry failed. */
  readonly isFailing = (id: number): boolean => this.#problems.ids.has(id);
  #isStopped = false;

  /** `failedHard`: an error that is not about one path (the state cannot be written): the program has to end. */
  constructor(options: MirrorOptions, failedHard: (error: unknown) => void) {
    const { tree, state, clock, report } = options;
    this.#options = options;
    this.#state = state;
    this.#report = report;
    this.#failedHard = failedHard;
    this.#timers = new Timers(clock);
    this.#queue = new WorkQueue(
      (error) => this.#workFailed(error),
      (work) => this.#contents.turn.alone(work),
    );
    this.#pass = new Pass(options.mode, report, clock.nowMs());
    this.fingerprints = new FingerprintDesk(state, (comparison) => {
      report.compared(comparison);
      this.differences.look();
    });
    this.#checkpoint = new Checkpoint(tree, state, (text) => report.warn(text));
    this.#presence = new TargetPresence({
      tree,
      isDryRun: options.isDryRun,
      isMarked: () => options.isTargetThere(),
      halted: (reason) => report.targetHalt(reason),
    });
    this.#problems = new ProblemDesk({
      ...{ tree, state, clock, random: options.random, timers: this.#timers },
      tell: (problem) => report.problem(problem),
      retry: () => this.#queue.add(() => this.#retry()),
      recheck: () => this.#targetDesk.checkAgain(),
    });
    const target = new TargetFolder(tree, state, clock, {
      ...boundReport(report),
      settled: (_id, outcome) => this.#settled(outcome),
    });
    this.#target = target;
    this.#structure = new Structure(
      target,
      (id, path, error) => this.#failed(id, path, error.code, error.message, error),
      {
        isStopped: () => this.#isWaiting() || !this.#presence.isSame(),
        isGone: () => this.#presence.haltReason !== '' || !this.#presence.isSame(),
      },
    );
    this.#room = new Room(tree, clock, options.minFreeSpace);
    this.#pace = this.#newPace(target);
    this.#contents = new Contents(this.#contentsHost(target), options.maxWorkers, options.fetchOrder);
    this.#cleaned = options.cleaned ?? emptyRecord();
    this.#guard = new DeleteGuard(target, options.policy, clock);
    this.#keeping = new Keeping(target, options.deleteRule, clock, this.#cleaned);
    target.keepsTrash = options.keepsTrash;
    target.cleaned = new CleanedGuard(this.#cleaned, target);
    const parts = {
      ...{ options, target, structure: this.#structure, contents: this.#contents, guard: this.#guard },
      ...{ room: this.#room, keeping: this.#keeping },
      ...{ presence: this.#presence, checkpoint: this.#checkpoint, problems: this.#problems },
      ...{ pass: this.#pass, fingerprints: this.fingerprints },
      isWaiting: () => this.#isWaiting(),
      queue: (work: () => Promise<void>) => this.#queue.add(work),
      syncIsUnknown: () => this.#rest.syncIsUnknown(),
    };
    this.#planning = this.#newPlanning(parts);
    this.#targetDesk = new TargetDesk({
      ...{ ...parts, planning: this.#planning },
      // To be looked at it needs nobody's yes.
      isWaiting: () => this.#isResting(),
      isSourceKnown: () => this.head >= 0,
      isThere: () => {
        this.#cleaned.forget();
        this.#pace.look();
      },
      isBack: () => this.#contents.pump(),
    });
    const desks = { ...parts, planning: this.#planning, targetDesk: this.#targetDesk };
    this.#session = new SessionDesk({
      ...desks,
      setBegan: () => this.#rest.setBegan(),
    });
    this.#rest = new RestDesk({
      ...{ ...desks, session: this.#session },
      isTargetSame: () => this.#presence.isSame(),
      isMoreQueued: () => this.#queue.length > 1,
      makeDurable: () => this.#makeDurable(),
      failed: (id, path, code, message) => this.#failed(id, path, code, message),
      problemCount: () => this.problems.length,
      rested: () => {
        this.differences.look();
        // A source of this machine is looked at by who cleans it.
        if (options.isSourceRemote === true)
          endReturned({ state, record: this.#cleaned, isAtSource: () => true }, this.#cleaned.takeSuspects());
      },
    });
    this.differences = this.#newDifferences();
    this.#rounds = new Rounds({
      ...{
        ...desks,
        session: this.#session,
        timers: this.#timers,
        state,
        work: this.#queue,
        pace: this.#pace,
        failedHard,
      },
      makeDurable: () => this.#makeDurable(),
    });
    this.hold = new HoldFacts({
      ...{ state, guard: this.#guard, planning: this.#planning },
      isSourceKnown: () => this.head >= 0,
    });
    this.requests = new RequestDesk({
      ...{ ...desks, session: this.#session, work: this.#queue },
      retry: (ids) => this.#retry(ids),
    });
  }

  /** Recovers from the last run, or waits for the target if it is not there. Resolves when sessions may begin. */
  async start(): Promise<void> {
    const { isDryRun, historyDays, ownRules, compare } = this.#options;
    useCompareRule(this.#state, compare);
    if (ownRules !== undefined) this.useOwnRules(ownRules);
    if (!isDryRun) this.#state.transact(() => this.#state.history.keepFor(historyDays));
    await this.#targetDesk.lookForTarget();
    this.#rounds.begin(this.#options.checkIntervalMs);
  }

  /** The end of one that was never started: what a reload has set is waited for by nobody. */
  abandon(): void {
    this.#timers.stop();
    this.#presence.close();
  }

  /** Finishes what is being written and makes it durable. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timers.stop();
    this.#presence.close();
    this.#session.close();
    await this.#queue.done();
    await this.#contents.stopped();
    if (this.#presence.haltReason === '' && !this.#options.isDryRun && this.#presence.isSame()) {
      if (this.#structure.setFolderTimes().length > 0) this.#checkpoint.isDue = true;
      this.#queue.addBeside(() => this.#makeDurable());
      await this.#queue.done();
      this.#state.setMeta({ isClean: this.#targetDesk.isRecovered && !this.#checkpoint.isDue });
    }
    await this.#state.flushed();
    this.#options.tree.release();
  }

  /** What a person was told of: paths that failed, and places that could not be looked at. */
  get problems(): readonly Problem[] {
    return [...this.#problems.told, ...this.#planning.excludedProblems, ...this.#keeping.trouble.problems];
  }

  /** Links of the source that are left out because none are wanted. */
  get skippedLinks(): number {
    return this.#planning.excluded.skipped;
  }

  /** The only part that is dealt with; undefined for all, and before the first complete set. */
  get part(): PathPattern | undefined {
    return this.head < 0 ? undefined : this.#planning.part;
  }

  /** Whether that part has, or had when it was looked at, anything in it. */
  get isPartFound(): boolean {
    return this.#planning.isPartFound;
  }

  /** Resolves at the next moment at which nothing is left to do for now. */
  untilRest(): Promise<void> {
    const rest = this.#rest.nextRest();
    if (this.#contents.isIdle) this.#idle();
    return rest;
  }

  /** How many fetch beside each other at most, while the target does not fail. */
  get workers(): Workers {
    return this.#pace.mostWorkers;
  }

  /** What the target is taken for, and how hard it is worked on. */
  get pace(): PaceFacts {
    return this.#pace.facts;
  }

  /**
   * Other limits from now on. With `rules` of this mirror itself both are in force before the next plan: what one of
   * them lets go the other may have to keep.
   */
  reconfigure(limits: MirrorLimits, rules?: OwnRuleSet): void {
    this.#rounds.checkEvery(limits.checkIntervalMs);
    this.#state.transact(() => this.#state.history.keepFor(limits.historyDays));
    this.#pace.setWanted(limits.maxWorkers);
    this.#room.setWanted(limits.minFreeSpace);
    const { fetchOrder } = limits;
    if (fetchOrder !== undefined) this.#queue.addBeside(() => this.#contents.reorder(fetchOrder));
    let judged: readonly number[] = [];
    this.#session.useRules(rules, () => {
      judged = useCompareRule(this.#state, limits.compare);
      this.#guard.setPolicy(limits.policy);
      this.#target.keepsTrash = limits.keepsTrash;
      this.#keeping.setRule(limits.deleteRule);
    });
    if (this.head >= 0) this.#queue.add(() => this.#planJudged(judged));
  }

  /** What other rules brought. */
  #planJudged(ids: readonly number[]): Promise<void> {
    if (ids.length > 0) this.#rest.setBegan();
    return this.#planning.plan(ids);
  }

  /** Other rules of this mirror itself from now on. */
  useOwnRules(rules: OwnRuleSet): void {
    this.#session.useRules(rules);
  }

  /** The fingerprints prove that something differs here, and no rule for links explains it. */
  get isDifferent(): boolean {
    return this.fingerprints.comparison === 'differs' && this.skippedLinks === 0;
  }

  /** Head of the last complete set of the source; -1 before the first of this session. */
  get head(): number {
    return this.#session.head;
  }

  /** What stands here although the source does not have it, and the rule that keeps it. */
  get kept(): KeptFacts {
    return { count: this.#state.meta.keptEntries, rule: { text: this.#keeping.text } };
  }

  /** What of the source is not here as the source has it, by the rule for comparing. */
  get passed(): PassedFacts {
    return { count: countPassed(this.#state), rule: this.#state.meta.compare };
  }

  /** What becomes of what is gone at the source. */
  get deleteRule(): DeleteRule {
    return this.#keeping.rule;
  }

  get haltReason(): string {
    return this.#presence.haltReason;
  }

  /** All changes up to here are applied and durable, but for problems. */
  get syncedAt(): number {
    return this.#rest.syncedAt;
  }

  /** Something is planned, checked, written or made durable right now, or waits for a target that fails. */
  get isBusy(): boolean {
    return this.#queue.length > 0 || (this.#pace.isPaused && !this.#contents.isIdle);
  }

  /** In sync with all of the source on a target that is there, with nothing on its way and nobody asked anything. */
  get isAtRest(): boolean {
    const { isDryRun } = this.#options;
    const isInSync = this.head >= 0 && this.syncedAt === this.head && this.#planning.part === undefined;
    if (isDryRun || !isInSync || this.#isWaiting() || this.#queue.length > 0 || !this.#contents.isIdle)
      return false;
    return !this.hold.isHeld && this.#planning.waiting.size === 0 && this.#presence.isSame();
  }

  /** Grows with everything that is done on the target. */
  get workDone(): number {
    return this.#pass.work;
  }

  /** Bytes that would have to be free for something that waits for room; 0 when nothing does. */
  get missedBytes(): number {
    return this.#room.missedBytes;
  }

  /** What a dry run found to do. */
  get dryRun(): DryRun | undefined {
    return this.#planning.dryRun;
  }

  /** A session begins; its feed follows. */
  connected(link: Link): void {
    this.fingerprints.sessionBegan();
    this.differences.sessionBegan();
    this.#session.began(link);
    this.#contents.pump();
  }

  /** No session is wanted from now on, until `goesOn`. */
  rests(): void {
    this.#pass.rests(this.#options.clock.nowMs());
  }

  goesOn(): void {
    this.#pass.goesOn(this.#options.clock.nowMs());
  }

  disconnected(): void {
    this.differences.sessionEnded();
    this.#session.ended();
  }

  /** What the share leaves out in this session. */
  rules(rules: ToldRules): void {
    this.#session.takeRules(rules);
  }

  changes(changes: Changes): void {
    this.#session.take(changes);
  }

  #settled(outcome: 'done' | 'failed'): void {
    if (outcome === 'done') this.#pace.succeeded();
    this.#checkpoint.isDue = true;
    this.#pass.settled();
  }

  #failed(id: number, path: string, code: string, message: string, error?: TreeError): void {
    if (error?.code === 'ABSENT' && isFolderMissing(this.#target, id)) this.#target.isCheckDue = true;
    if (error !== undefined) this.#pace.failed(error.code, error.message);
    if (this.#problems.failed(id, path, code, message, error)) this.#pass.settled();
  }

  async #retry(ids?: readonly number[]): Promise<void> {
    const isPossible = this.#session.link !== undefined && this.#presence.haltReason === '';
    const isTurn = ids !== undefined || this.#pace.mayRetry(this.#contents.isIdle);
    if (!isPossible || !isTurn) return this.#problems.postpone();
    this.#rest.setBegan();
    await this.#planning.plan(ids ?? this.#problems.takeDue());
    this.#problems.schedule();
  }

  /** Nothing is in flight: the end of this round comes after what is queued. */
  #idle(): void {
    this.#queue.add(() => this.#rest.settleDown());
  }

  async #makeDurable(): Promise<void> {
    if (!this.#checkpoint.isDue || this.#presence.haltReason !== '' || this.#options.isDryRun) return;
    if (this.#presence.isSame()) await this.#checkpoint.run();
  }

  #isResting(): boolean {
    return this.#isStopped || this.#presence.haltReason !== '';
  }

  #isWaiting(): boolean {
    return this.#isResting() || !this.#session.isAgreed;
  }

  #workFailed(error: unknown): void {
    if (error instanceof TreeError) this.#report.warn(error.message);
    else this.#failedHard(error);
  }

  #newPace(target: TargetFolder): TargetPace {
    const { random, report, findTargetKind, maxWorkers } = this.#options;
    const host: TargetPaceHost = {
      ...{ timers: this.#timers, random, findKind: findTargetKind },
      changed: (finding) => {
        target.placesBeside = finding.kind === 'local';
        this.#problems.setTargetKind(finding.kind);
        report.targetKind(finding);
      },
      setWorkers: (workers) => this.#contents.setWorkers(workers),
      warn: (text) => report.warn(text),
    };
    return new TargetPace(host, maxWorkers);
  }

  #newDifferences(): DifferenceDesk {
    const { isDryRun, state, report } = this.#options;
    const isResting = (): boolean =>
      !isDryRun && !this.#isWaiting() && this.#contents.isIdle && this.syncedAt === this.head;
    return new DifferenceDesk({
      ...{ state, report },
      link: () => this.#session.link,
      comparison: () => this.fingerprints.comparison,
      unexplained: () => this.fingerprints.unexplained,
      restingAt: () => (isResting() ? this.head : -1),
      queue: (work) => this.#queue.add(work),
      plan: (ids) => this.#planning.plan(ids),
    });
  }

  #newPlanning(
    parts: Omit<ConstructorParameters<typeof Planning>[0], 'planAgainIn' | 'idle' | 'dryRunPlanned'>,
  ): Planning {
    return new Planning({
      ...parts,
      planAgainIn: (delayMs) =>
        this.#timers.replace('burst', delayMs, () => this.#queue.add(() => this.#planning.plan([]))),
      idle: () => this.#idle(),
      dryRunPlanned: () => this.#rest.dryRunPlanned(),
    });
  }

  #contentsHost(target: TargetFolder): ConstructorParameters<typeof Contents>[0] {
    return {
      target,
      room: this.#room,
      link: () => this.#session.link,
      failed: (id, path, code, message, error) => this.#failed(id, path, code, message, error),
      idle: () => this.#idle(),
      worked: () => this.#pass.worked(),
      isStopped: () => this.#isWaiting(),
      isTargetSame: () => this.#presence.isSame(),
      largeComes: (isComing) => this.#options.largeComes?.(isComing),
      failedHard: this.#failedHard,
    };
  }
}
