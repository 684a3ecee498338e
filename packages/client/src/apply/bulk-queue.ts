/**
 * The files of a bulk copy that are still to be fetched, in their order. A million of them is eight bytes each and
 * nothing more: their paths are looked at while they are sorted, some ten thousand at a time, and when they are next.
 *
 * Owns runs of ids, each in order; the next file is the first one of all runs. What changed at the source since it was
 * sorted stays where it is.
 */
import { type Clock, compareFileKeys, type FileKey } from '@lanmirror/engine/core';

/** So many paths are held at once while ids are sorted. */
const RUN = 16_384;
/** For so long nothing else has its turn. */
const SLICE_MS = 20;

/** What decides where a file goes; undefined for all of them to go as they come. */
export type KeyOf = ((id: number) => FileKey) | undefined;

interface Run {
  readonly ids: ArrayLike<number>;
  at: number;
  /** Of the next id; undefined when there is no order. */
  key: FileKey | undefined;
}

export class BulkQueue {
  readonly #keyOf: KeyOf;
  readonly #clock: Clock;
  #runs: Run[] = [];
  #next: Run | undefined;

  constructor(keyOf: KeyOf, clock: Clock) {
    this.#keyOf = keyOf;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** Takes ids over. Without an order they are in the queue at once; else when this resolves. */
  async add(ids: readonly number[]): Promise<void> {
    const keyOf = this.#keyOf;
    if (keyOf === undefined) return this.#addRun(ids);
    for (let start = 0; start < ids.length; start += RUN)
      this.#addRun(await sortedIds(ids.slice(start, start + RUN), keyOf, this.#clock));
  }

  /** The next id; undefined when there is none. */
  peek(): number | undefined {
    this.#next ??= this.#first();
    return this.#next?.ids[this.#next.at];
  }

  /** The next id is taken. */
  skip(): void {
    this.peek();
    const run = this.#next;
    if (run === undefined) return;
    this.#next = undefined;
    run.at += 1;
    if (run.at >= run.ids.length) this.#runs = this.#runs.filter((one) => one !== run);
    else if (this.#keyOf !== undefined) run.key = this.#keyOf(run.ids[run.at] as number);
    // Without an order the first run stays the first.
    if (this.#keyOf === undefined) this.#next = this.#runs[0];
  }

  #addRun(ids: ArrayLike<number>): void {
    const first = ids[0];
    if (first === undefined) return;
    this.#runs.push({ ids, at: 0, key: this.#keyOf?.(first) });
    this.#next = undefined;
  }

  #first(): Run | undefined {
    return this.#runs.reduce<Run | undefined>((best, run) => {
      if (best?.key === undefined || run.key === undefined) return best ?? run;
      return compareFileKeys(run.key, best.key) < 0 ? run : best;
    }, undefined);
  }
}

/** In the order of their keys, equal ones as they come. */
export async function sortedIds(
  ids: readonly number[],
  keyOf: (id: number) => FileKey,
  clock: Clock,
): Promise<Float64Array> {
  const keys: { readonly id: number; readonly key: FileKey }[] = [];
  let endMs = clock.nowMs() + SLICE_MS;
  for (const id of ids) {
    keys.push({ id, key: keyOf(id) });
    if (keys.length % 64 > 0 || clock.nowMs() < endMs) continue;
    await clock.turn();
    endMs = clock.nowMs() + SLICE_MS;
  }
  keys.sort((a, b) => compareFileKeys(a.key, b.key));
  return Float64Array.from(keys, ({ id }) => id);
}
