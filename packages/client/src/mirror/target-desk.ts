/**
 * Looks after the target as a whole: is it there, what did the last run leave in it, and does it show what
 * the baseline says. Owns whether this run has recovered from the one before, and whether the whole target
 * was looked at since somebody asked for it.
 *
 * Nothing is planned here: what a look finds is given to the planning.
 */
import type { TargetFolder } from '../apply/target-folder.ts';
import { checkTarget } from '../plan/target-check.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { DeleteGuard } from './delete-guard.ts';
import type { MirrorOptions } from './mirror-options.ts';
import { giveBackUnknown } from './parked-node.ts';
import type { Pass } from './pass.ts';
import type { Planning } from './planning.ts';
import type { ProblemDesk } from './problem-desk.ts';
import { tidyStaging, verifyUnflushed } from './recovery.ts';
import type { TargetPresence } from './target-presence.ts';
import { learnTraits } from './target-traits.ts';

export interface TargetDeskHost {
  readonly options: MirrorOptions;
  readonly presence: TargetPresence;
  readonly target: TargetFolder;
  readonly checkpoint: Checkpoint;
  readonly problems: ProblemDesk;
  readonly guard: DeleteGuard;
  readonly pass: Pass;
  readonly planning: Planning;
  /** Nothing may be changed now. */
  isWaiting(): boolean;
  /** Until the first set of a session nothing that is found could be named. */
  isSourceKnown(): boolean;
  /** Does this after what is being done. */
  queue(work: () => Promise<void>): void;
  /** What was said of being in sync does not hold any more. */
  syncIsUnknown(): void;
  /** The target was found to be there, for the first time or again. */
  isThere(): void;
  /** The target is back: what waits for it may go on. */
  isBack(): void;
}

export class TargetDesk {
  readonly #host: TargetDeskHost;
  readonly #state: MirrorState;
  /** What the last run left is put right, or left to a run that can do it. */
  isRecovered = false;
  /** The target was looked at as a whole; false asks for another look. */
  isChecked = false;

  constructor(host: TargetDeskHost) {
    this.#host = host;
    this.#state = host.options.state;
  }

  /** Looks whether the target is there, and goes on where it has just come back. */
  async lookForTarget(): Promise<void> {
    const { presence, planning, queue, isThere, isBack } = this.#host;
    const found = await presence.look();
    if (found === 'away') return;
    if (found === 'back' || !this.isRecovered) isThere();
    if (!this.isRecovered) await this.#recover();
    if (found === 'there') return;
    this.checkAgain();
    queue(() => planning.plan(this.#state.dirtyIds()));
    isBack();
  }

  /** Looks at the whole target, or at a part of it. Returns the ids of what is not as it was left. */
  async check(part = this.#host.planning.part): Promise<readonly number[]> {
    this.isChecked ||= part === this.#host.planning.part;
    const { options, pass, checkpoint, problems, target, isWaiting } = this.#host;
    const host = {
      ...{ tree: options.tree, clock: options.clock, state: this.#state, looked: () => pass.worked() },
      isStopped: isWaiting,
    };
    // What is remembered of nothing is made anew from all that is there.
    const left = options.isDryRun ? [] : giveBackUnknown(options.tree, this.#state);
    const found = await checkTarget(host, this.#state.meta.baselineEntries === 0 ? undefined : part);
    const result = { ...found, unreadable: [...found.unreadable, ...left] };
    // What others put there is not known to be durable.
    const isOther = result.ids.length + result.added > 0;
    checkpoint.isDue ||= isOther;
    if (isOther) this.#host.syncIsUnknown();
    problems.noteUnchecked(result, part);
    for (const id of result.ids) if (this.#state.baseline.get(id) === undefined) target.missing.add(id);
    options.report.checked(result);
    return result.ids;
  }

  /** Looks at the whole target again, after what is being done. */
  checkAgain(): void {
    this.isChecked = false;
    this.#host.queue(() => this.checkIfDue());
  }

  /** Looks at the whole target unless that was done, and plans what is found. */
  async checkIfDue(): Promise<void> {
    // Without a view of the source nothing that is found could be named: its first set brings the check.
    if (this.isChecked || !this.#host.isSourceKnown() || this.#host.isWaiting()) return;
    await this.#host.planning.plan(await this.check());
  }

  /** Once, before the first change to a target that is there. */
  async #recover(): Promise<void> {
    this.isRecovered = true;
    const { options, checkpoint, guard } = this.#host;
    // What the last run left unconfirmed, or others copied, is made durable before anything is said of it.
    const { isClean, cursor } = this.#state.meta;
    checkpoint.isDue ||= !isClean || cursor === null;
    learnTraits(options);
    guard.restore(this.#state.dirtyIds().filter((id) => this.#state.view.get(id) === undefined));
    // What an unclean stop left to be verified is left to a run that can mend it.
    if (options.isDryRun) return;
    tidyStaging(options.tree, this.#state);
    for (const path of await verifyUnflushed(options.tree, this.#state)) {
      options.report.warn(`${path} was damaged when this machine stopped; it is fetched again`);
    }
    this.#state.setMeta({ isClean: false });
  }
}
