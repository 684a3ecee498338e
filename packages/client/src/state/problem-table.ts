/**
 * The problems that a person was told of, kept over a restart: what was wrong is said at once, with the time it
 * was met first, until a try has shown how it is now.
 *
 * Written by the client's problem desk only. A kill leaves those of some transaction; each is met again or
 * forgotten when its entry is tried.
 */
import { MAX_REMEMBERED, type ProblemRecord } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';

/** An operation that failed; a place that could not be looked at; something kept because the source is blind there. */
export type ProblemKind = 'failed' | 'unchecked' | 'kept';

export interface RememberedProblem extends ProblemRecord {
  readonly kind: ProblemKind;
  /** Of the entry; for a place that could not be looked at that of the root. */
  readonly id: number;
}

type ProblemKey = readonly [ProblemKind, number | string];

export class ProblemTable {
  readonly #table: Table<ProblemKey, RememberedProblem>;

  constructor(store: OrderedStore) {
    this.#table = store.table('problems', msgpackCodec<RememberedProblem>());
  }

  all(): RememberedProblem[] {
    return [...this.#table.range()].map(({ value }) => value);
  }

  /** What is known of the entry with this id. */
  at(kind: Exclude<ProblemKind, 'unchecked'>, id: number): RememberedProblem | undefined {
    return this.#table.get([kind, id]);
  }

  /** Whether there is any of this kind. */
  has(kind: ProblemKind): boolean {
    return this.all().some((problem) => problem.kind === kind);
  }

  /** Inside a transaction. Beyond the limit nothing new is remembered. */
  put(problem: RememberedProblem): void {
    const key = keyOf(problem);
    if (this.#table.get(key) !== undefined || this.#table.count() < MAX_REMEMBERED)
      this.#table.put(key, problem);
  }

  /** Inside a transaction. */
  remove(problem: Pick<RememberedProblem, 'kind' | 'id' | 'path'>): void {
    this.#table.remove(keyOf(problem));
  }

  /** Inside a transaction: of this kind there are exactly these. */
  replace(kind: ProblemKind, problems: readonly RememberedProblem[]): void {
    const wanted = new Set(problems.map((problem) => String(keyOf(problem)[1])));
    for (const known of this.all())
      if (known.kind === kind && !wanted.has(String(keyOf(known)[1]))) this.remove(known);
    for (const problem of problems) this.put(problem);
  }
}

/** An entry keeps its id when it is renamed. */
function keyOf({ kind, id, path }: Pick<RememberedProblem, 'kind' | 'id' | 'path'>): ProblemKey {
  return [kind, kind === 'unchecked' ? path : id];
}
