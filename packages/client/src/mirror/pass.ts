/**
 * Counts one pass (the comparison at a start, a `sync`, a full mode run) for the lines that a person
 * reads.
 */
import type { Clock } from '@lanmirror/engine/core';

export interface PassResult {
  readonly mode: 'incremental' | 'full';
  readonly synced: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

export interface PassReport {
  /** Files of the source, and how many of them there is something to do for. */
  planned(mode: 'incremental' | 'full', found: number, needed: number): void;
  progress(mode: 'incremental' | 'full', done: number, total: number): void;
  finished(result: PassResult): void;
}

export class Pass {
  readonly mode: 'incremental' | 'full';
  readonly #report: PassReport;
  #startMs: number;
  /** Since when no session is wanted; undefined while one is. */
  #restsFromMs: number | undefined;
  #found = 0;
  #needed = 0;
  #done = 0;
  #isPlanned = false;
  /** What of the counted plan waits is known. */
  #isNarrowed = false;
  #isFinished = false;
  #work = 0;

  constructor(mode: 'incremental' | 'full', report: PassReport, nowMs: number) {
    this.mode = mode;
    this.#report = report;
    this.#startMs = nowMs;
  }

  get isPlanned(): boolean {
    return this.#isPlanned;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Grows with every piece of work, whether it counts for the pass or not. */
  get work(): number {
    return this.#work;
  }

  /** Something was looked at, read or done. */
  worked(): void {
    this.#work += 1;
  }

  /** The time until `answer` is a person's, and does not count. */
  async interrupted<T>(answer: Promise<T>, clock: Pick<Clock, 'nowMs'>): Promise<T> {
    const askedMs = clock.nowMs();
    const answered = await answer;
    this.#startMs += clock.nowMs() - askedMs;
    return answered;
  }

  /** No session is wanted: the time until `goesOn` does not count. */
  rests(nowMs: number): void {
    this.#restsFromMs ??= nowMs;
  }

  goesOn(nowMs: number): void {
    if (this.#restsFromMs !== undefined) this.#startMs += nowMs - this.#restsFromMs;
    this.#restsFromMs = undefined;
  }

  /** `doneAlready`: operations that were carried out with the planning. */
  planned(found: number, needed: number, doneAlready: number): void {
    this.#isPlanned = true;
    this.#found = Math.max(found, needed);
    this.#needed = needed;
    this.#report.planned(this.mode, this.#found, needed);
    this.#done = doneAlready;
  }

  /**
   * So many of what was needed wait for something else: they are not done with this. Counts once: what waits is in every
   * later plan again, and those were not counted.
   */
  withdraw(count: number): void {
    if (!this.#isPlanned || this.#isNarrowed) return;
    this.#isNarrowed = true;
    this.#needed = Math.max(this.#done, this.#needed - count);
  }

  settled(): void {
    this.#work += 1;
    if (this.#isFinished || !this.#isPlanned || this.#done >= this.#needed) return;
    this.#done += 1;
    this.#report.progress(this.mode, this.#done, this.#needed);
  }

  /** Nothing is left to do now. `failed`: paths that are problems; `tried`: those of them that were not only waited with. */
  finish(failed: number, tried: number, nowMs: number): void {
    if (this.#isFinished || !this.#isPlanned) return;
    this.#isFinished = true;
    this.#report.finished({
      mode: this.mode,
      synced: Math.max(0, this.#needed - tried),
      failed,
      skipped: Math.max(0, this.#found - this.#needed),
      seconds: (nowMs - this.#startMs) / 1000,
    });
  }
}
