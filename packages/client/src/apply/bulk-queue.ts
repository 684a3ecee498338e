/**
 * The files of a bulk copy that are still to be fetched, in their order. A million of them is eight bytes each and
 * nothing more: their paths are looked at while they are sorted, some ten thousand at a time, and when they are next.
 *
 * Owns runs of ids, each in order; the next file is the first one of all runs. What changed at the source since it was
 * sorted stays where it is. When the order becomes another one, the runs of before are taken apart from their ends and
 * sorted again, while files go on being taken from what is left of them.
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
  /** Behind the last id that is still in it. */
  end: number;
  /** Of the next id; undefined when there is no order, or not yet. */
  key: FileKey | undefined;
}

export class BulkQueue {
  #keyOf: KeyOf;
  readonly #clock: Clock;
  #runs: Run[] = [];
  #next: Run | undefined;
  /** Ids in no run, because they are being sorted. */
  #sorting = 0;

  constructor(keyOf: KeyOf, clock: Clock) {
    this.#keyOf = keyOf;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0 && this.#sorting === 0;
  }

  /** Takes ids over. Without an order they are in the queue at once; else when this resolves. */
  async add(ids: readonly number[]): Promise<void> {
    if (this.#keyOf === undefined) return this.#addRun(ids);
    for (let start = 0; start < ids.length; start += RUN)
      this.#addRun(await this.#sorted(ids.slice(start, start + RUN)));
  }

  /**
   * Another order for what is in the queue and what comes. Resolves when all is in it; some ids are back in the queue
   * only then. Without one everything stays as it was sorted last.
   */
  async reorder(keyOf: KeyOf): Promise<void> {
    this.#keyOf = keyOf;
    this.#next = undefined;
    for (const run of this.#runs) run.key = undefined;
    if (keyOf === undefined) return;
    for (const run of [...this.#runs])
      while (run.at < run.end) {
        if (this.#keyOf !== keyOf) return;
        await this.#sortEnd(run);
      }
  }

  /** What has not had its turn yet is at the end. */
  async #sortEnd(run: Run): Promise<void> {
    const from = Math.max(run.at, run.end - RUN);
    const ids = Array.from({ length: run.end - from }, (_, at) => run.ids[from + at] as number);
    run.end = from;
    if (run.at >= run.end) this.#drop(run);
    this.#sorting += ids.length;
    try {
      this.#addRun(await this.#sorted(ids));
    } finally {
      this.#sorting -= ids.length;
    }
  }

  /** By the order of the moment at which it is sorted. */
  async #sorted(ids: readonly number[]): Promise<ArrayLike<number>> {
    for (;;) {
      const keyOf = this.#keyOf;
      if (keyOf === undefined) return ids;
      const sorted = await sortedIds(ids, keyOf, this.#clock);
      if (keyOf === this.#keyOf) return sorted;
    }
  }

  /** The next id; undefined when there is none, or all of them are being sorted. */
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
    if (run.at >= run.end) this.#drop(run);
    else if (run.key !== undefined) run.key = this.#keyOf?.(run.ids[run.at] as number);
    // Without an order the first run stays the first.
    if (this.#keyOf === undefined) this.#next = this.#runs[0];
  }

  #addRun(ids: ArrayLike<number>): void {
    const first = ids[0];
    if (first === undefined) return;
    this.#runs.push({ ids, at: 0, end: ids.length, key: this.#keyOf?.(first) });
    this.#next = undefined;
  }

  #drop(run: Run): void {
    this.#runs = this.#runs.filter((one) => one !== run);
    if (this.#next === run) this.#next = undefined;
  }

  #first(): Run | undefined {
    return this.#runs.reduce<Run | undefined>((best, run) => {
      if (best === undefined || run.key === undefined) return best ?? run;
      // What is in order already goes before what will be.
      if (best.key === undefined) return run;
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
  const keys: Keyed[] = [];
  let endMs = clock.nowMs() + SLICE_MS;
  for (const id of ids) {
    keys.push({ id, key: keyOf(id) });
    if (keys.length % 64 > 0 || clock.nowMs() < endMs) continue;
    await clock.turn();
    endMs = clock.nowMs() + SLICE_MS;
  }
  return Float64Array.from(keys.sort(byKey), ({ id }) => id);
}

/** The same for a few, at once. */
export function inOrder(ids: readonly number[], keyOf: (id: number) => FileKey): number[] {
  const keys: Keyed[] = ids.map((id) => ({ id, key: keyOf(id) }));
  return keys.sort(byKey).map(({ id }) => id);
}

interface Keyed {
  readonly id: number;
  readonly key: FileKey;
}

function byKey(a: Keyed, b: Keyed): number {
  return compareFileKeys(a.key, b.key);
}
