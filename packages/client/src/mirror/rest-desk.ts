/**
 * Brings each round of work to its end: folder times, leftovers, a checkpoint, and then the truth about being
 * in sync. Owns what was said of that, how often leftovers were planned again, and who waits for the end.
 * `sync-verdict.ts` decides; this carries it out.
 */
import type { Contents } from '../apply/contents.ts';
import type { Structure } from '../apply/structure.ts';
import type { TargetFolder } from '../apply/target-folder.ts';
import { doubtfulIds, isComparisonDue } from '../plan/doubt.ts';
import { rememberFolders } from '../plan/remember-folder.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { DeleteGuard } from './delete-guard.ts';
import type { FingerprintDesk } from './fingerprint-desk.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { Pass } from './pass.ts';
import type { Planning } from './planning.ts';
import type { ProblemDesk } from './problem-desk.ts';
import { sweepLeftovers } from './recovery.ts';
import type { SessionDesk } from './session-desk.ts';
import { judgeRest, judgeSync } from './sync-verdict.ts';
import type { TargetDesk } from './target-desk.ts';

export interface RestHost {
  readonly options: MirrorOptions;
  readonly session: SessionDesk;
  readonly targetDesk: TargetDesk;
  readonly target: TargetFolder;
  readonly structure: Structure;
  readonly contents: Contents;
  readonly guard: DeleteGuard;
  readonly planning: Planning;
  readonly problems: ProblemDesk;
  readonly checkpoint: Checkpoint;
  readonly fingerprints: FingerprintDesk;
  readonly pass: Pass;
  /** Nothing may be changed now. */
  isWaiting(): boolean;
  /** Whether the target folder is still the one that was joined. */
  isTargetSame(): boolean;
  /** Other work waits behind the piece at hand. */
  isMoreQueued(): boolean;
  makeDurable(): Promise<void>;
  failed(id: number, path: string, code: string, message: string): void;
  /** Paths that a person was told of. */
  problemCount(): number;
  /** The end of a round that nothing is left to do of. */
  rested(): void;
}

export class RestDesk {
  readonly #host: RestHost;
  readonly #state: MirrorState;
  #syncedAt = -1;
  #problemsSaid = -1;
  /** Times that leftovers were planned again since the last set from the source. */
  #replans = 0;
  readonly #waiters: (() => void)[] = [];
  /** In which something was done before the pass was over. Live changes are too many for their folders to be listed. */
  readonly #passedFolders = new Set<number>();
  /** Doubtful contents whose comparison has begun; what that leaves in doubt is left to the next set, or retry. */
  readonly #compared = new Set<number>();

  constructor(host: RestHost) {
    this.#host = host;
    this.#state = host.options.state;
  }

  /** The head at which in sync was said last; -1 when it was not. */
  get syncedAt(): number {
    return this.#syncedAt;
  }

  /** Nothing that was said of being in sync holds. */
  syncIsUnknown(): void {
    this.#syncedAt = -1;
  }

  /** A complete set came, or it is time to try again what failed: leftovers may be dealt with once more. */
  setBegan(): void {
    this.#replans = 0;
    this.#compared.clear();
  }

  /** Resolves at the next moment at which nothing is left to do for now. */
  nextRest(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** A dry run changes nothing: its plan is its end. */
  dryRunPlanned(): void {
    this.#syncedAt = this.#host.session.head;
    this.#host.options.report.inSync(this.#syncedAt, 0);
  }

  /** Nothing is in flight. */
  async settleDown(): Promise<void> {
    const { options, contents, session, checkpoint, planning, problems, isWaiting } = this.#host;
    if (!contents.isIdle || isWaiting() || session.head < 0 || session.link === undefined) return;
    if (!this.#host.isTargetSame()) return;
    const isLeft = await this.#dealWithRest();
    // More was told while this was on its way: its own end comes.
    if (isLeft || this.#host.isMoreQueued() || !contents.isIdle) return;
    if (!options.isDryRun) sweepLeftovers(options.tree, this.#state);
    await this.#rememberPassed();
    await this.#host.makeDurable();
    // The target went away, or more was done meanwhile: that has its own end.
    if (checkpoint.isDue || isWaiting()) return;
    planning.forcedIsDone();
    problems.noteKept(planning.kept, planning);
    await this.#tellSync();
  }

  /** A pass has made most of a target, or little of it: the next check is to find it as known as after a check. */
  async #rememberPassed(): Promise<void> {
    const ids = [...this.#passedFolders];
    this.#passedFolders.clear();
    const { tree, clock } = this.#host.options;
    await rememberFolders({ tree, clock, state: this.#state, isStopped: () => this.#host.isWaiting() }, ids);
  }

  /** Returns whether something was found to do, which brings another end. */
  async #dealWithRest(): Promise<boolean> {
    const { problems, target, structure, checkpoint, targetDesk, planning, pass } = this.#host;
    const isCheckDue = problems.clearRepaired() || target.isCheckDue;
    target.isCheckDue = false;
    if (!isCheckDue) {
      const folderIds = structure.setFolderTimes();
      if (folderIds.length > 0) checkpoint.isDue = true;
      if (!pass.isFinished) for (const id of folderIds) this.#passedFolders.add(id);
      problems.clearSettled();
    }
    const open = isCheckDue ? [] : planning.openIds(problems.waitingIds);
    switch (judgeRest({ isCheckDue, openCount: open.length, replans: this.#replans })) {
      case 'check':
        this.#replans += 1;
        targetDesk.isChecked = false;
        await targetDesk.checkIfDue();
        return true;
      case 'plan':
        this.#replans += 1;
        await planning.plan(open);
        return true;
      case 'problem':
        // Nothing is forgotten: the retry of the problem looks again.
        target.isCheckDue = isCheckDue;
        for (const id of isCheckDue ? named(target.unjudged, this.#state.meta.rootId) : open)
          this.#host.failed(id, this.#state.view.pathOf(id) || '.', 'UNSETTLED', 'it keeps differing');
        return false;
      case 'done':
        return false;
    }
  }

  async #tellSync(): Promise<void> {
    const { options, session, planning, pass, fingerprints } = this.#host;
    const { head } = session;
    const problems = this.#host.problemCount();
    const verdict = judgeSync({
      head,
      saidAt: this.#syncedAt,
      problems,
      saidProblems: this.#problemsSaid,
      isPassing: this.#host.problems.passing.length > 0,
      waitingRemovals: planning.waiting.size,
      isHeld: this.#state.meta.isHeld,
      isHoldSaid: planning.isHoldSaid,
    });
    if (verdict === 'later') return;
    for (const resolve of this.#waiters.splice(0)) resolve();
    pass.finish(problems, this.#host.problems.tried, options.clock.nowMs());
    if (verdict === 'say-held') return planning.tellHold();
    if (verdict === 'held') return;
    if (verdict === 'say') {
      this.#syncedAt = head;
      this.#problemsSaid = problems;
      options.report.inSync(head, problems);
    }
    // A part proves nothing of the whole.
    if (planning.part !== undefined) return;
    fingerprints.applied(session.link, head, problems);
    this.#host.rested();
    await this.#compareDoubtful();
  }

  /** Nothing else is to be done: what was taken over by size and time is compared. */
  async #compareDoubtful(): Promise<void> {
    if (!isComparisonDue(this.#state)) return;
    const { options, contents, problems } = this.#host;
    const doubtful = doubtfulIds(this.#state);
    const { waitingIds } = problems;
    // What waits for its place is compared when it has it.
    const isDue = (id: number): boolean =>
      !waitingIds.has(id) && !this.#compared.has(id) && !this.#state.isDirty(id);
    const ids = doubtful.filter(isDue);
    if (doubtful.length === 0) {
      this.#state.setMeta({ isDoubtful: false });
      this.#compared.clear();
      options.report.comparing(0);
    } else if (ids.length > 0) {
      for (const id of ids) this.#compared.add(id);
      options.report.comparing(ids.length);
      await contents.add(ids, true);
    }
  }
}

/** What the check was due for; of nothing in particular the whole. */
function named(ids: ReadonlySet<number>, rootId: number): readonly number[] {
  return ids.size > 0 ? [...ids] : [rootId];
}
