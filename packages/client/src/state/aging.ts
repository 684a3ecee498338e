/**
 * Which files this mirror leaves out for their age, as of one instant, and which of them another instant is to be asked
 * about: the turns of all files that the source has, in the order of time. So what becomes old enough, or too old, costs
 * what it is and not what the source has, and a clock that is set back undoes exactly what it had done.
 *
 * Written in the transactions that write the view and what is beside it, so a kill leaves turns that go with them.
 */
import { type AgedEntry, type AgeLimits, ageTurns, ageVerdict } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';

const KEY = 'judged';

/** Files that are too young. */
export interface WaitingFiles {
  readonly count: number;
  /** When the next one is old enough, in milliseconds since 1970. */
  readonly nextMs: number;
}

type FileEntry = AgedEntry & { readonly id: number };
type Turns = Table<readonly [atMs: number, id: number], number>;

export class Aging {
  readonly #youngUntil: Turns;
  readonly #oldFrom: Turns;
  readonly #judged: Table<string, number>;
  readonly #limits: () => AgeLimits;
  #judgedMs: number;

  /** `limits` gives those of the moment; whoever changes them calls `forget`, and tells of all entries again. */
  constructor(store: OrderedStore, limits: () => AgeLimits) {
    this.#youngUntil = store.table('young-until', msgpackCodec<number>());
    this.#oldFrom = store.table('old-from', msgpackCodec<number>());
    this.#judged = store.table('ages-judged', msgpackCodec<number>());
    this.#limits = limits;
    this.#judgedMs = this.#judged.get(KEY) ?? 0;
  }

  /** No file is left out for its age. */
  get isEmpty(): boolean {
    const { minAgeMs, maxAgeMs } = this.#limits();
    return minAgeMs === 0 && maxAgeMs === 0;
  }

  /** Whether a file is left out at the instant of the last `moveTo`. */
  isLeftOut(entry: AgedEntry): boolean {
    return !this.isEmpty && ageVerdict(this.#limits(), entry, this.#judgedMs) !== 'in';
  }

  /** Whether it is left out then, and comes by itself. */
  isYoung(entry: AgedEntry): boolean {
    return ageVerdict(this.#limits(), entry, this.#judgedMs) === 'young';
  }

  /** An entry that the source has came (no `before`), changed or went (no `after`). Inside a transaction. */
  changed(before: FileEntry | undefined, after: FileEntry | undefined): void {
    if (this.isEmpty) return;
    for (const [entry, isThere] of [[before, false] as const, [after, true] as const]) {
      if (entry === undefined) continue;
      const { youngUntilMs, oldFromMs } = ageTurns(this.#limits(), entry);
      turn(this.#youngUntil, youngUntilMs, entry.id, isThere);
      turn(this.#oldFrom, oldFromMs, entry.id, isThere);
    }
  }

  /** Whether some file is another at `nowMs` than at the instant of the last `moveTo`. One look, whatever the source has. */
  isDueAt(nowMs: number): boolean {
    return !this.isEmpty && this.#between(nowMs, 1).length > 0;
  }

  /** Everything is judged as of `nowMs` from now on. Inside a transaction. Returns the ids to be judged again. */
  moveTo(nowMs: number): number[] {
    if (this.isEmpty) return [];
    const ids = this.#between(nowMs);
    this.#judgedMs = Math.floor(nowMs);
    this.#judged.put(KEY, this.#judgedMs);
    return ids;
  }

  /** What waits at the instant of the last `moveTo`; undefined when nothing does. It costs what waits. */
  get waiting(): WaitingFiles | undefined {
    if (this.isEmpty) return undefined;
    let count = 0;
    let nextMs = 0;
    for (const { key } of this.#youngUntil.range({ start: [this.#judgedMs + 1, 0] })) {
      if (count === 0) nextMs = key[0];
      count += 1;
    }
    return count === 0 ? undefined : { count, nextMs };
  }

  /** The limits are others. Inside a transaction. */
  forget(): void {
    this.#youngUntil.clear();
    this.#oldFrom.clear();
  }

  /** What turns between the instant of the last `moveTo` and this one, whichever is later. */
  #between(nowMs: number, limit?: number): number[] {
    const now = Math.floor(nowMs);
    const [from, to] = [Math.min(now, this.#judgedMs), Math.max(now, this.#judgedMs)];
    const range = { start: [from + 1, 0] as const, end: [to + 1, 0] as const, ...(limit && { limit }) };
    const found = [this.#youngUntil, this.#oldFrom].flatMap((table) => [...table.range(range)]);
    return [...new Set(found.map(({ key }) => key[1]))];
  }
}

function turn(table: Turns, atMs: number | undefined, id: number, isThere: boolean): void {
  if (atMs === undefined) return;
  if (isThere) table.put([atMs, id], 1);
  else table.remove([atMs, id]);
}
