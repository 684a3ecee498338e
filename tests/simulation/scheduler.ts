/**
 * Time and order of a simulated world: one queue of events, run one after the other. Between two of
 * them every promise that can go on has gone on, so the same seed gives the same history.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '@lanmirror/engine/core';

/** 2024-01-01, so that file times look like file times. */
const START_WALL_MS = 1_704_067_200_000;
const KEPT_LINES = process.env.SIM_TRACE === undefined ? 400 : 100_000;

interface Scheduled {
  readonly atMs: number;
  /** Breaks ties: what was scheduled first comes first. */
  readonly order: number;
  readonly work: () => void;
}

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export class Scheduler {
  readonly random: () => number;
  /** Milliseconds since the world began. */
  nowMs = 0;
  /** What every question for the time costs: CPU work takes time, and slices of it end. */
  costMs = 0;
  #queue: Scheduled[] = [];
  #order = 0;
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  readonly #threw: (error: unknown) => void;

  /** `threw` gets every error that an event lets escape. */
  constructor(seed: number, threw: (error: unknown) => void) {
    this.random = seededRandom(seed);
    this.#threw = threw;
  }

  get wallMs(): number {
    return START_WALL_MS + this.nowMs;
  }

  /** A whole number from 0 to `most`. */
  upTo(most: number): number {
    return Math.floor(this.random() * (most + 1));
  }

  /** Something happened; the order of these lines is the history of the world. */
  trace(line: string): void {
    const text = `${this.nowMs.toFixed(1)} ${line}`;
    this.#hash.update(`${text}\n`);
    this.#lines.push(text);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  /** Digest of the whole history so far. */
  traceHash(): string {
    return this.#hash.copy().digest('hex');
  }

  /** The end of the history, for a person. */
  lastLines(count = 400): string {
    return this.#lines.slice(-count).join('\n');
  }

  /** Runs `work` after `delayMs`; the returned function cancels it. */
  after(delayMs: number, work: () => void): () => void {
    const scheduled = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, work };
    this.#insert(scheduled);
    return () => {
      const at = this.#queue.indexOf(scheduled);
      if (at >= 0) this.#queue.splice(at, 1);
    };
  }

  /** The clock jumps ahead without anything running meanwhile, as on a machine that slept. */
  jump(ms: number): void {
    this.nowMs += ms;
  }

  /** Runs the next event if it is due by `endMs`, and whatever follows from it at once. */
  async step(endMs: number): Promise<boolean> {
    const next = this.#queue[0];
    if (next === undefined || next.atMs > endMs) return false;
    this.#queue.shift();
    this.nowMs = Math.max(this.nowMs, next.atMs);
    try {
      next.work();
    } catch (error) {
      this.#threw(error);
    }
    await this.settle();
    return true;
  }

  /** Resolves when no promise can go on without a further event. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  #insert(scheduled: Scheduled): void {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#queue[middle] as Scheduled).atMs <= scheduled.atMs) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, scheduled);
  }
}

/** The clock of one process: when it is dead, nothing of it happens any more. */
export class ProcessClock implements Clock {
  isDead = false;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  wallMs(): number {
    return this.#scheduler.wallMs;
  }

  nowMs(): number {
    this.#scheduler.nowMs += this.#scheduler.costMs;
    return this.#scheduler.nowMs;
  }

  after(delayMs: number, work: () => void): () => void {
    return this.#scheduler.after(delayMs, () => {
      if (!this.isDead) work();
    });
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.after(0, resolve));
  }
}
