/**
 * At rest, when the fingerprints prove that target and source differ although everything was applied: finds
 * the paths, tells them, and has them planned again. Owns how often that was tried, and what was found.
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

  constructor(host: DifferenceHost) {
    this.#host = host;
  }

  /** Paths that the last walk found; none when the codes are equal. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** What was told in another session may be of another index. */
  sessionBegan(): void {
    this.#run?.stop();
    this.#run = undefined;
    this.#forget();
  }

  /** The mirror rests, or another fingerprint is known: begins a walk if that is due. */
  look(): void {
    const comparison = this.#host.comparison();
    if (comparison === 'identical') return this.#forget();
    if (comparison !== 'differs' || this.#run !== undefined || this.#host.restingAt() < 0) return;
    const link = this.#host.link();
    if (link === undefined) return;
    if (this.#walks < MAX_WALKS) this.#begin(link);
    else this.#tellLeft();
  }

  #begin(link: Link): void {
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
        if (!isMoved) await this.#found(difference);
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
  }
}
