/**
 * Paths that could not be handled, each with its reason, its attempts, and when it is tried again.
 */
import {
  type ProblemRecord,
  type Random,
  type RetryClass,
  retryDelayMs,
  type TargetKind,
} from '@lanmirror/engine/core';

/** Failed attempts before a passing failure is worth a person's attention. */
const PATIENT_ATTEMPTS = 5;
const TRY_AGAIN_MS = 60_000;

export interface Problem extends ProblemRecord {
  readonly id: number;
  /** Monotonic ms; undefined: not before something changes. */
  readonly nextTryMs: number | undefined;
  /** A person was told: it is not just something that is moving right now. */
  readonly isTold: boolean;
}

export class ProblemList {
  readonly #problems = new Map<number, Problem>();
  /** Their time has come, and they neither failed nor succeeded since. */
  readonly #taken = new Set<number>();
  /** Failures in a row that ask for the same patience; a file that kept changing did not wait for room yet. */
  readonly #tries = new Map<number, { readonly retry: RetryClass; readonly count: number }>();
  readonly #random: Random;
  /** What an earlier run met, by id: its times and tries go on. */
  readonly #earlier: ReadonlyMap<number, ProblemRecord>;
  /** A network drive is given more time. */
  targetKind: TargetKind = 'local';

  constructor(random: Random, earlier: ReadonlyMap<number, ProblemRecord> = new Map()) {
    this.#random = random;
    this.#earlier = earlier;
  }

  /** All problems, also those of which nobody was told yet. */
  get size(): number {
    return this.#problems.size;
  }

  /** Problems that a person was told of. */
  get count(): number {
    return this.told().length;
  }

  /** Something failed in passing and is about to be tried again. */
  get isUnsettled(): boolean {
    return this.#problems.size > this.count;
  }

  told(): readonly Problem[] {
    return this.all().filter(({ isTold }) => isTold);
  }

  /** Notes a failure. Returns the problem, and whether it is time to tell a person of it. */
  add(
    failure: { id: number; path: string; code: string; message: string; retry: RetryClass },
    nowMs: number,
    wallMs: number,
  ): { problem: Problem; isNews: boolean } {
    const known = this.#problems.get(failure.id);
    const earlier = this.#earlier.get(failure.id);
    const attempts = (known?.attempts ?? earlier?.attempts ?? 0) + 1;
    const tries = this.#countTry(failure);
    const sinceMs = known?.sinceMs ?? earlier?.sinceMs ?? wallMs;
    const delay = retryDelayMs(failure.retry, tries - 1, this.#random(), this.targetKind);
    const { id, path, code, message } = failure;
    const nextTryMs = delay === undefined ? undefined : nowMs + delay;
    // What fails because something is moving right now is usually over with the next try.
    const isNews = failure.retry === 'now' ? tries === PATIENT_ATTEMPTS : known?.code !== code;
    const isTold = isNews || (known?.isTold ?? false);
    const problem: Problem = { id, path, code, message, attempts, sinceMs, nextTryMs, isTold };
    this.#problems.set(id, problem);
    this.#taken.delete(id);
    return { problem, isNews };
  }

  /** A new run is a new hope: how often it failed before does not make it wait. */
  #countTry({ id, retry }: { id: number; retry: RetryClass }): number {
    const before = this.#tries.get(id);
    const count = before?.retry === retry ? before.count + 1 : 1;
    this.#tries.set(id, { retry, count });
    return count;
  }

  clear(id: number): void {
    this.#problems.delete(id);
    this.#taken.delete(id);
    this.#tries.delete(id);
  }

  /**
   * Ids whose time has come; they stay problems until they succeed. One that is neither heard to succeed
   * nor to fail is tried again after TRY_AGAIN_MS.
   */
  takeDue(nowMs: number): number[] {
    const ids: number[] = [];
    for (const problem of this.#problems.values()) {
      if (problem.nextTryMs === undefined || problem.nextTryMs > nowMs) continue;
      ids.push(problem.id);
      this.#taken.add(problem.id);
      this.#problems.set(problem.id, { ...problem, nextTryMs: nowMs + TRY_AGAIN_MS });
    }
    return ids;
  }

  /** What kept these from being done is over: their time has come, unless they are tried already. */
  hasten(ids: Iterable<number>, nowMs: number): void {
    for (const id of ids) {
      const problem = this.#problems.get(id);
      if (problem !== undefined && !this.#taken.has(id))
        this.#problems.set(id, { ...problem, nextTryMs: nowMs });
    }
  }

  /** Ids that are not tried now: their time has not come. One that is tried is open like any other. */
  get waitingIds(): ReadonlySet<number> {
    return new Set([...this.#problems.keys()].filter((id) => !this.#taken.has(id)));
  }

  nextTryMs(): number | undefined {
    let next: number | undefined;
    for (const { nextTryMs } of this.#problems.values()) {
      if (nextTryMs !== undefined && (next === undefined || nextTryMs < next)) next = nextTryMs;
    }
    return next;
  }

  all(): readonly Problem[] {
    return [...this.#problems.values()];
  }
}
