/**
 * At rest, when the fingerprints prove that target and source differ although everything was applied: finds
 * the paths, tells them, and has them planned again. Where something is passed over they differ in any case: then it is
 * looked once in a session whether there is more. Owns how often that was tried, and what was found.
 */
import {
  type FingerprintComparison,
  FolderWalk,
  isWalkTooLong,
  TreeDifference,
} from '@lanmirror/engine/core';
import type { Link } from '../session/link.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { ComparedState, mend } from '../walk/compared-state.ts';
import { WalkRun } from '../walk/walk-run.ts';
import type { MirrorReport } from './mirror-options.ts';

/** Walks until the codes are equal; then what is left is told and stays. */
const MAX_WALKS = 3;

export interface DifferenceHost {
  readonly state: MirrorState;
  readonly report: Pick<MirrorReport, 'differing'>;
  link(): Link | undefined;
  comparison(): FingerprintComparison;
  /** Names codes that differ for what is passed over, and perhaps for more; '' for none. */
  unexplained(): string;
  /** The head that everything is applied up to, with nothing left to do; -1 when there is something. */
  restingAt(): number;
  queue(work: () => Promise<void>): void;
  plan(ids: readonly number[]): Promise<void>;
}

export class DifferenceDesk {
  readonly #host: DifferenceHost;
  #walks = 0;
  #run: WalkRun | undefined;
  #paths: readonly string[] = [];
  #isLeftTold = false;
  /** The codes of which it was found out why they differ, and whether that was done in this session. */
  #explained = '';
  #isExplained = false;
  /** What was found is being put right: the next rest shows what came of it. */
  #isMending = false;
  /** Who waits for the server's word on the codes, and for the end of what follows from it. */
  #waiters: (() => void)[] = [];
  /** The same, but came when the server had been asked already. */
  #latecomers: (() => void)[] = [];
  #isAsking = false;

  constructor(host: DifferenceHost) {
    this.#host = host;
  }

  /** Paths that the last walk found; none when the codes are equal. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /**
   * Resolves when the server has said its code for what is here, and what that proves to differ was looked for and
   * put right, or named as what is left. At once without a session, and when it ends: nothing is proved then.
   */
  untilSettled(): Promise<void> {
    if (this.#host.link() === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#latecomers.push(resolve);
      this.#ask();
    });
  }

  /** One question at a time, however many wait: a server takes few. */
  #ask(): void {
    const { link, queue, state } = this.#host;
    if (this.#isAsking || this.#latecomers.length === 0) return;
    this.#isAsking = true;
    // Behind the end of the round at hand, which tells the server what is here. Its own code comes before the
    // answer to whatever is asked then.
    queue(async () => {
      this.#waiters.push(...this.#latecomers.splice(0));
      const asked = link();
      asked?.list([state.meta.rootId], '', () => {
        if (link() === asked) this.#answered();
      });
      if (asked === undefined) this.#answered();
    });
  }

  #answered(): void {
    this.#isAsking = false;
    this.#settle();
    this.#ask();
  }

  #settle(): void {
    if (this.#run !== undefined || this.#isMending || this.#isAsking) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** What was told in another session may be of another index. */
  sessionBegan(): void {
    this.sessionEnded();
    this.#isExplained = false;
    this.#forget();
  }

  sessionEnded(): void {
    this.#run?.stop();
    this.#run = undefined;
    this.#isMending = false;
    this.#isAsking = false;
    this.#waiters.push(...this.#latecomers.splice(0));
    this.#settle();
  }

  /** The mirror rests, or another fingerprint is known: begins a walk if that is due. */
  look(): void {
    const comparison = this.#host.comparison();
    if (comparison === 'identical') return this.#forget();
    if (this.#run !== undefined || this.#host.restingAt() < 0) return;
    this.#isMending = false;
    const link = this.#host.link();
    if (comparison !== 'differs') return this.#explain(link);
    if (link === undefined) return;
    if (this.#walks < MAX_WALKS) this.#begin(link);
    else {
      this.#tellLeft();
      this.#settle();
    }
  }

  /** What is passed over explains other codes, but may not be all of it. */
  #explain(link: Link | undefined): void {
    const unexplained = this.#host.unexplained();
    const isDone = this.#isExplained || unexplained === '' || unexplained === this.#explained;
    if (isDone || link === undefined) return this.#settle();
    this.#begin(link, () => {
      this.#isExplained = true;
      this.#explained = unexplained;
    });
  }

  /** `walked`: the walk came to its end. */
  #begin(link: Link, walked: () => void = () => undefined): void {
    const { state, queue, restingAt } = this.#host;
    const head = restingAt();
    const difference = new TreeDifference(new ComparedState(state));
    const walk = new FolderWalk(difference);
    walk.add(state.meta.rootId);
    const run = new WalkRun(walk, link, {
      queue,
      answered: async ({ sequence }) => {
        // What changes meanwhile brings another rest, and another comparison.
        const isMoved = sequence !== head || restingAt() !== head || this.#host.link() !== link;
        const isTooLong = isWalkTooLong(walk.told, 4 * state.meta.baselineEntries);
        if (!isMoved && !isTooLong && !walk.isOver) return true;
        this.#run = undefined;
        if (!isMoved) walked();
        if (!isMoved) await this.#found(difference);
        this.#settle();
        return false;
      },
    });
    this.#run = run;
    run.ask();
  }

  async #found(difference: TreeDifference): Promise<void> {
    const { state, report, plan } = this.#host;
    this.#walks += 1;
    const { ids, paths } = mend(state, difference);
    this.#paths = paths;
    // A path that failed, or that a rule leaves out, explains the difference, and was told.
    if (ids.length === 0) return;
    report.differing(paths, false);
    this.#isMending = true;
    await plan(ids);
  }

  #tellLeft(): void {
    if (this.#isLeftTold || this.#paths.length === 0) return;
    this.#isLeftTold = true;
    this.#host.report.differing(this.#paths, true);
  }

  #forget(): void {
    this.#walks = 0;
    this.#paths = [];
    this.#isLeftTold = false;
    this.#isMending = false;
    this.#settle();
  }
}
