/**
 * Does the runs of one kind when they are due, one at a time: what `decideRun` says, carried out and remembered.
 *
 * Owns the run that goes on. What is remembered is kept before a run begins and after it has ended, so a kill leaves
 * the beginning, and the next start knows that there was no end.
 */
import {
  type Clock,
  type ComingRun,
  comingRun,
  decideRun,
  type RunMemory,
  type RunRecord,
  type RunRules,
  type RunWhy,
  recallRuns,
  runBegan,
  runEnded,
} from '@lanmirror/engine/core';

/** How a run ended. */
export interface RunEnd {
  /** The exit code of the same command. */
  readonly exit: number;
  /** For a person. */
  readonly text: string;
  /** For what is left a run is to be done that makes the mirror equal to the source, and why. */
  readonly owes?: 'repair' | 'halted' | undefined;
}

export interface RunLoopHost {
  readonly clock: Clock;
  rules(): RunRules;
  memory(): RunMemory;
  keep(memory: RunMemory): void;
  /** Does one run; when `signal` is aborted it comes to an end soon, and what it says then does not count. */
  work(signal: AbortSignal): Promise<RunEnd>;
  began(why: RunWhy): void;
  /** `isCut`: it was cut off, and goes on later. `owes`: what it says to be left. */
  ended(record: RunRecord, isCut: boolean, owes: RunEnd['owes']): void;
  /** Due times were missed, from the first to the last of these, and are left out. */
  missed(firstMs: number, lastMs: number): void;
  /** An error that no person can mend. */
  failed(error: unknown): void;
}

interface Run {
  readonly why: RunWhy;
  readonly beganMs: number;
  readonly abort: AbortController;
  readonly over: Promise<void>;
}

export class RunLoop {
  readonly #host: RunLoopHost;
  #run: Run | undefined;
  /** When the last run of this process ended. */
  #freeMs = 0;
  #isStopped = false;

  constructor(host: RunLoopHost) {
    this.#host = host;
  }

  /** One goes on that was not cut off. */
  get isRunning(): boolean {
    return this.#run?.abort.signal.aborted === false;
  }

  /** What is to be done next; while a run goes on, after that. */
  get coming(): ComingRun {
    const { rules, memory, clock } = this.#host;
    return comingRun(rules(), memory(), clock.wallMs(), this.#freeMs, this.#run !== undefined);
  }

  /** Once, at a start. `isRunWanted`: one run is to be done for the start itself. */
  recall(isRunWanted: boolean): void {
    const { rules, memory, keep } = this.#host;
    keep(recallRuns(memory(), rules(), isRunWanted));
  }

  /** Begins what is due. `isAllowed`: a run may go on now; one that may not is cut off. */
  look(isAllowed: boolean): void {
    if (this.#isStopped) return;
    if (this.#run !== undefined) {
      if (!isAllowed) this.#run.abort.abort();
      return;
    }
    const { clock, rules, memory, keep, missed } = this.#host;
    const nowMs = clock.wallMs();
    for (;;) {
      const decision = decideRun(rules(), memory(), nowMs, this.#freeMs);
      if (decision.memory !== memory()) keep(decision.memory);
      if (decision.step.kind === 'wait') return;
      if (decision.step.kind === 'run') return this.#begin(decision.step.why, nowMs);
      missed(decision.step.firstMs, decision.step.lastMs);
    }
  }

  /** Ends the run that goes on. Its end is not kept: the next start finds that it was broken off. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#run?.abort.abort();
    await this.#run?.over;
  }

  #begin(why: RunWhy, nowMs: number): void {
    const { memory, keep, began, work, failed } = this.#host;
    keep(runBegan(memory(), why, nowMs));
    began(why);
    const abort = new AbortController();
    const over = work(abort.signal)
      .then((end) => this.#ended(end))
      .catch(failed);
    this.#run = { why, beganMs: nowMs, abort, over };
  }

  #ended({ exit, text, owes }: RunEnd): void {
    const run = this.#run;
    if (run === undefined || this.#isStopped) return;
    const { clock, memory, keep, ended } = this.#host;
    this.#run = undefined;
    this.#freeMs = clock.wallMs();
    const { why, beganMs } = run;
    const isCut = run.abort.signal.aborted;
    const outcome = isCut ? { exit: null, text: 'broken off' } : { exit, text };
    const record: RunRecord = { why, beganMs, endedMs: this.#freeMs, ...outcome };
    keep(runEnded(memory(), record, isCut));
    ended(record, isCut, isCut ? undefined : owes);
  }
}
