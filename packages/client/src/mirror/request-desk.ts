/**
 * What is asked of a running mirror, by a person or by a run of the schedule: to look at the target, to put something
 * right, to try again, to delete what is held, or to fill another folder. Each request waits for its turn in the
 * queue of work, and is answered when what follows from it is planned.
 */
import type { PathPattern } from '@lanmirror/engine/host';
import { distrust } from '../verify/distrust.ts';
import type { Keeping } from './keeping.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { Planning } from './planning.ts';
import type { ProblemDesk } from './problem-desk.ts';
import type { SessionDesk } from './session-desk.ts';
import type { TargetDesk } from './target-desk.ts';
import type { TargetPresence } from './target-presence.ts';
import { learnTraits } from './target-traits.ts';
import type { WorkQueue } from './work-queue.ts';

export interface RequestDeskHost {
  readonly options: MirrorOptions;
  readonly work: WorkQueue;
  readonly planning: Planning;
  readonly keeping: Keeping;
  readonly problems: ProblemDesk;
  readonly presence: TargetPresence;
  readonly session: SessionDesk;
  readonly targetDesk: TargetDesk;
  /** What was said of being in sync does not hold any more. */
  syncIsUnknown(): void;
  /** Nothing may be changed now. */
  isWaiting(): boolean;
  /** Plans these again, which failed. */
  retry(ids: readonly number[]): Promise<void>;
}

export class RequestDesk {
  readonly #host: RequestDeskHost;

  constructor(host: RequestDeskHost) {
    this.#host = host;
  }

  /** A person agreed to the deletion of exactly these. */
  accept(ids: readonly number[]): void {
    const { options, work, planning } = this.#host;
    options.state.agree(ids);
    work.add(() => planning.plan([]));
  }

  /**
   * Looks at the whole target again, or at a part of it. Resolves when what was found is planned, to whether
   * anything in that part was not as it was left.
   */
  async check(part?: PathPattern): Promise<boolean> {
    const { work, session, targetDesk, planning } = this.#host;
    if (part === undefined) {
      await this.repair([]);
      return true;
    }
    return work.run(async () => {
      if (session.head < 0 || this.#host.isWaiting()) return true;
      const ids = await targetDesk.check(part);
      await planning.plan(ids);
      return ids.length > 0;
    });
  }

  /** What these entries show on the target is not theirs: resolves when putting it right is planned. `isChecked`: the rest is. */
  repair(ids: readonly number[], isChecked = false): Promise<void> {
    const { options, work, targetDesk, planning, syncIsUnknown } = this.#host;
    targetDesk.isChecked &&= isChecked;
    return work.run(async () => {
      if (ids.length > 0) syncIsUnknown();
      distrust(options.state, ids);
      await targetDesk.checkIfDue();
      if (ids.length > 0) await planning.plan(ids);
    });
  }

  /**
   * The target is not the one that was joined, and a person says that the folder which stands there is to be
   * filled: `join` makes it the target. Resolves when that is planned, or when the target is back after all.
   */
  async refill(join: () => Promise<void>): Promise<void> {
    const { options, work, presence, targetDesk, session } = this.#host;
    if (presence.haltReason === '') return;
    // What is wrong with the folder is told to who asked. A kill behind it leaves a target of which much is missing.
    await join();
    return work.run(async () => {
      options.state.forgetTarget();
      await targetDesk.lookForTarget();
      learnTraits(options);
      await session.takeNewTarget();
    });
  }

  /**
   * Does what a person asked for on the target, between two plans.
   * @returns undefined, and nothing is done, while nothing may be changed
   */
  inTurn<T>(task: () => Promise<T>): Promise<T | undefined> {
    const { work, session, planning, presence } = this.#host;
    return work.run(async () => {
      if (this.#host.isWaiting() || !presence.isSame()) return undefined;
      const result = await task();
      if (session.head >= 0) await planning.plan([]);
      return result;
    });
  }

  /**
   * Does what a person asked for right after a look at the whole target, when what was moved, edited or added there has its
   * place in the books. The plan that follows asks the rules anew about what is kept.
   * @returns why nothing was done, for a person; '' when it was
   */
  afterLook(task: () => Promise<void>): Promise<string> {
    const { work, planning, keeping, targetDesk } = this.#host;
    return work.run(async () => {
      const before = this.#noLook();
      if (before !== '') return before;
      targetDesk.isChecked = false;
      await planning.plan(await targetDesk.check());
      const after = this.#noLook();
      if (after !== '') return after;
      await task();
      keeping.judgeAgain();
      await planning.plan([]);
      return '';
    });
  }

  /** Why what stands on the target cannot be looked at, or what was found not be planned, now; '' when it can. */
  #noLook(): string {
    const { options, session, presence, planning, isWaiting } = this.#host;
    const { cursor } = options.state.meta;
    if (presence.haltReason !== '') return presence.haltReason;
    if (options.isDryRun) return 'it is a dry run';
    if (session.head < 0 || cursor === null) return 'it has not heard all of the source yet since it began';
    if (isWaiting()) return 'it waits, or is just ending';
    if (!presence.isSame()) return 'the target is not there';
    return planning.isAllHeld ? 'everything waits for your yes (accept)' : '';
  }

  /** Tries again at once what failed; resolves to whether there was anything, when it is planned. */
  retryNow(): Promise<boolean> {
    const { work, problems, retry } = this.#host;
    return work.run(async () => {
      const ids = [...problems.ids];
      if (ids.length > 0) await retry(ids);
      return ids.length > 0;
    });
  }
}
