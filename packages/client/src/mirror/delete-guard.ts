/**
 * Decides which of a plan's removals may be done now. What may not stays dirty and is planned again.
 *
 * Three answers: a burst is waited out, so that it is judged whole; a mass deletion is held until a
 * person says that it is meant; everything else is done.
 */
import { Burst, type Clock, type HoldPolicy, judge, recordReturned } from '@lanmirror/engine/core';
import type { TargetFolder } from '../apply/target-folder.ts';
import { sourcePathOf } from '../state/placement.ts';

/** Entries that a hold is about, without those that came within its window. */
export interface GuardCounts {
  readonly missing: number;
  /** Of so many that were there. */
  readonly existed: number;
  /** Entries that came within the window, and are not counted. */
  readonly young: number;
}

export interface GuardVerdict {
  readonly allowed: readonly number[];
  /** Ask again at this time (monotonic ms). */
  readonly askAgainMs: number | undefined;
  /** Set when this plan began a hold. */
  readonly held: GuardCounts | undefined;
}

export class DeleteGuard {
  readonly #target: TargetFolder;
  #policy: HoldPolicy;
  readonly #clock: Clock;
  readonly #burst = new Burst();
  /** Removals that wait, for a burst to end or for a person. */
  readonly #waiting = new Set<number>();
  /** Entries from before the window that go because a person agreed, in the plan at hand. */
  #agreedOld = 0;
  /** Removals that a person has agreed to beforehand (adoption). */
  isOpen = false;

  constructor(target: TargetFolder, policy: HoldPolicy, clock: Clock) {
    this.#target = target;
    this.#policy = policy;
    this.#clock = clock;
  }

  setPolicy(policy: HoldPolicy): void {
    this.#policy = policy;
  }

  /** Ids whose removal waits; they belong into every plan. */
  get waiting(): ReadonlySet<number> {
    return this.#waiting;
  }

  /** The same as paths at the source. */
  get waitingPaths(): readonly string[] {
    return [...this.#waiting].flatMap((id) => sourcePathOf(this.#target.state, id) ?? []);
  }

  /** Entries of the baseline that wait, with all below them, as far as the guard counts them. */
  get waitingEntries(): number {
    return this.#countOld(this.#waiting);
  }

  /** What a hold that is on is about, as it is now. */
  get standing(): GuardCounts {
    const { hold } = this.#target.state.meta;
    const missing = this.waitingEntries;
    const judged = judge(
      hold,
      { entries: this.#entries, removing: missing },
      this.#policy,
      this.#clock.wallMs(),
    );
    return { missing, existed: judged.existed, young: judged.young };
  }

  /** What is on the target without its root, which nothing that is deleted at the source takes away. */
  get #entries(): number {
    return Math.max(0, this.#target.state.meta.baselineEntries - 1);
  }

  #countOld(ids: Iterable<number>): number {
    return [...ids].reduce((sum, id) => sum + this.#target.countOld(id), 0);
  }

  /** While a hold is on, these are the removals that it is about: an earlier run began it, or ids are others now. */
  restore(ids: Iterable<number>): void {
    if (!this.#target.state.meta.isHeld) return;
    this.#waiting.clear();
    for (const id of ids) this.#waiting.add(id);
  }

  /** Judges the removals of a plan that was made with all waiting ones in it. */
  judge(removals: readonly number[]): GuardVerdict {
    const { state } = this.#target;
    const agreed = removals.filter((id) => state.isAgreed(id));
    if (agreed.length === 0) return this.#judge(removals);
    this.#agreedOld = this.#countOld(agreed);
    const rest = this.#judge(removals.filter((id) => !state.isAgreed(id)));
    return { ...rest, allowed: [...agreed, ...rest.allowed] };
  }

  /** Whether these removals would be held if they were judged now, as one burst. Changes nothing. */
  wouldHold(removals: readonly number[]): GuardVerdict['held'] {
    const { state } = this.#target;
    const asked = removals.filter((id) => !state.isAgreed(id));
    const removing = this.#countOld(asked);
    const judged = judge(
      state.meta.hold,
      { entries: this.#entries, removing },
      this.#policy,
      this.#clock.wallMs(),
    );
    const isHeld = asked.length > 0 && (judged.hold || state.meta.isHeld);
    return isHeld ? { missing: judged.missing, existed: judged.existed, young: judged.young } : undefined;
  }

  /** The removals that the last verdict allowed are done: what was agreed to makes no later loss look larger. */
  settle(): void {
    if (this.#agreedOld === 0) return;
    const { state, clock } = this.#target;
    const hold = recordReturned(state.meta.hold, this.#agreedOld, clock.wallMs());
    this.#agreedOld = 0;
    state.forgetAgreement();
    state.setMeta({ hold });
  }

  #judge(removals: readonly number[]): GuardVerdict {
    const now = this.#clock.nowMs();
    const { state } = this.#target;
    const fresh = removals.filter((id) => !this.#waiting.has(id));
    if (removals.length === 0) return this.#pass(removals);
    if (this.isOpen) return this.#pass(removals);
    if (state.meta.isHeld) return this.#wait(removals, undefined, undefined);
    // What came since the last plan was born within the window: it must not make a loss look smaller.
    this.#target.saveHoldWindow();
    this.#burst.removed(this.#countOld(fresh), now);
    const until = this.#burst.waitUntil(now);
    if (until !== undefined) return this.#wait(removals, until, undefined);
    const removing = this.#countOld(removals);
    const { hold, missing, existed, young } = judge(
      state.meta.hold,
      { entries: this.#entries, removing },
      this.#policy,
      this.#clock.wallMs(),
    );
    if (!hold) return this.#pass(removals);
    state.setMeta({ isHeld: true, heldAtFirst: removing });
    return this.#wait(removals, undefined, { missing, existed, young });
  }

  #pass(allowed: readonly number[]): GuardVerdict {
    this.#waiting.clear();
    if (this.#target.state.meta.isHeld) this.#target.state.setMeta({ isHeld: false, heldAtFirst: 0 });
    return { allowed, askAgainMs: undefined, held: undefined };
  }

  #wait(ids: readonly number[], askAgainMs: number | undefined, held: GuardVerdict['held']): GuardVerdict {
    this.#waiting.clear();
    for (const id of ids) this.#waiting.add(id);
    return { allowed: [], askAgainMs, held };
  }
}
