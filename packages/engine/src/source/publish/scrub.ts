/**
 * Reads the files of the source again, slowly and while nothing else is done, and compares each with the content
 * that was read before: what a disk has lost in silence is found, and never published over the good copies.
 *
 * A file that gives another content while everything that the system tells of it stayed was written if its last
 * write is young: programs that write through mmap, and coarse clocks, leave the times as they were. Otherwise it
 * is doubted, and judged by a second reading a while later. What is damaged is read again every hour.
 *
 * Owns its place in the tree and what is doubted. Changes nothing itself: `judged` is told. No file stays open
 * during a rest.
 */
import {
  type Clock,
  SCRUB_BUSY_MS,
  SCRUB_SPELL_MS,
  SCRUB_WAIT_MS,
  type ScrubState,
  scrubEnded,
  scrubNow,
  scrubRestMs,
  Timers,
} from '../../core/index.ts';
import { type ReadableTree, Rereader, type Stat, TreeError } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { DoubtedFiles } from './doubted-files.ts';
import type { SourceCondition } from './idle-hash.ts';
import { isAsIndexed } from './observe.ts';
import type { ScrubRecord } from './scrub-memory.ts';

/** How often a damaged file is read again. */
const RECHECK_MS = SCRUB_WAIT_MS;
/** Longer than a system keeps a page that is being written through mmap without another look at the time. */
const YOUNG_MS = 60_000;
/** Longer than a network file system shows times of before with bytes of now. */
const DOUBT_MS = 15_000;
/** Entries that are taken from the index at a time. */
const BATCH = 16;
const SAVE_MS = 10_000;

export type Misread = 'written' | 'doubted';

export interface ScrubHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly clock: Clock;
  /** Days between two passes; 0 for none. */
  days(): number;
  condition(): SourceCondition;
  /** The path may have changed. */
  suspect(path: string): void;
  /** It was written, and nothing but its content shows it. */
  written(entry: IndexEntry): void;
  /** Whether the disk still gives the content of this entry: told when it is not as it was. */
  judged(entry: IndexEntry, isDamaged: boolean): void;
  /** Ids of files that are known to be damaged. */
  damaged(): readonly number[];
  /** To be remembered over a restart. */
  keep(record: ScrubRecord): void;
  ended(state: ScrubState): void;
  /** A fault of the program. */
  failed(error: unknown): void;
}

interface Reading {
  readonly entry: IndexEntry;
  /** It was doubted: this reading judges. */
  readonly isSecond: boolean;
}

export class Scrub {
  readonly #host: ScrubHost;
  readonly #timers: Timers;
  readonly #rereader = new Rereader();
  readonly #doubted = new DoubtedFiles();
  #reading: Reading | undefined;
  #state: ScrubState;
  #dueMs = Number.POSITIVE_INFINITY;
  #savedMs = Number.NEGATIVE_INFINITY;
  #recheckMs: number;
  /** What was kept last: a state, and a revision of what is doubted. */
  #kept: readonly [ScrubState, number];
  #working: Promise<void> | undefined;
  #isStopped = false;

  /** `known`: what an earlier run remembered. */
  constructor(host: ScrubHost, known: ScrubRecord) {
    this.#host = host;
    this.#timers = new Timers(host.clock);
    this.#state = known.state;
    const nowMs = host.clock.nowMs();
    this.#recheckMs = nowMs + RECHECK_MS;
    for (const id of known.doubted) this.#doubted.add(id, nowMs + DOUBT_MS);
    this.#kept = [this.#state, this.#doubted.revision];
    this.#workIn(SCRUB_BUSY_MS);
  }

  /** How far it is. */
  get state(): ScrubState {
    return this.#state;
  }

  /**
   * A reading gave another content than the one before, of a file that is as it was otherwise. Returns what is
   * made of it: a write, or a doubt that is judged later.
   */
  misread(entry: IndexEntry): Misread {
    const isKnown = this.#host.index.byId(entry.id)?.isDamaged === true;
    if (!isKnown && this.#isYoung(entry)) {
      this.#host.written(entry);
      return 'written';
    }
    this.#doubt(entry);
    return 'doubted';
  }

  /** Whether it was written just now; a mode or a name that changed is no write. */
  #isYoung({ mtimeNs, ctimeNs }: IndexEntry): boolean {
    const wallMs = this.#host.clock.wallMs();
    return [mtimeNs, ctimeNs].every((ns) => Math.abs(wallMs - Number(ns / 1_000_000n)) < YOUNG_MS);
  }

  #doubt({ id }: IndexEntry): void {
    if (this.#isStopped || !this.#doubted.add(id, this.#host.clock.nowMs() + DOUBT_MS)) return;
    this.#workIn(DOUBT_MS);
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timers.stop();
    await this.#working;
    this.#keep();
  }

  /** Works after `delayMs`, or earlier if that was meant already. */
  #workIn(delayMs: number): void {
    const dueMs = this.#host.clock.nowMs() + delayMs;
    if (this.#isStopped || this.#working !== undefined || dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#timers.replace('work', delayMs, () => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.#working = this.#work()
        .then((nextMs) => {
          this.#working = undefined;
          this.#workIn(nextMs);
        })
        .catch((error: unknown) => this.#host.failed(error));
    });
  }

  /** Reads for a moment; resolves to how long to rest then (ms). */
  async #work(): Promise<number> {
    const { clock, days, condition, tree } = this.#host;
    this.#state = scrubNow(this.#state, days(), clock.wallMs());
    this.#recheckDamaged();
    if (!this.#hasWork()) return this.#nextMs();
    if (condition() !== 'idle') return SCRUB_BUSY_MS;
    const startMs = clock.nowMs();
    let isMore: boolean;
    do isMore = await this.#step();
    while (isMore && clock.nowMs() - startMs < SCRUB_SPELL_MS && condition() === 'idle' && !this.#isStopped);
    tree.release();
    if (isMore) return this.#rest(startMs);
    // A pass that left something in doubt is over when that is judged.
    if (this.#state.isRunning && this.#doubted.isEmpty) this.#endPass();
    return this.#nextMs();
  }

  #rest(startMs: number): number {
    if (this.#host.clock.nowMs() - this.#savedMs >= SAVE_MS) this.#keep();
    return scrubRestMs(this.#host.clock.nowMs() - startMs);
  }

  #hasWork(): boolean {
    return (
      this.#reading !== undefined ||
      this.#state.isRunning ||
      this.#doubted.dueAt(this.#host.clock.nowMs()) !== undefined
    );
  }

  #nextMs(): number {
    this.#keep();
    return Math.max(1, Math.min(this.#recheckMs, this.#doubted.nextMs) - this.#host.clock.nowMs());
  }

  #endPass(): void {
    this.#state = scrubEnded(this.#state, this.#host.clock.wallMs());
    this.#host.ended(this.#state);
  }

  #recheckDamaged(): void {
    const nowMs = this.#host.clock.nowMs();
    if (nowMs < this.#recheckMs) return;
    this.#recheckMs = nowMs + RECHECK_MS;
    for (const id of this.#host.damaged()) this.#doubted.add(id, nowMs);
  }

  /** One part of a file, or the way to the next; false when there is nothing to read now. */
  async #step(): Promise<boolean> {
    if (this.#reading === undefined) return this.#next();
    const reading = this.#reading;
    try {
      if ((await this.#read(reading)) === 'part') return true;
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      // What a disk cannot read is lost; what is gone, or in somebody's hands, is seen by the next look.
      if (error.code === 'IO') this.#judge(reading, 'unread');
    }
    this.#reading = undefined;
    if (reading.isSecond) this.#doubted.remove(reading.entry.id);
    else this.#state = { ...this.#state, position: reading.entry.id };
    return true;
  }

  #next(): boolean {
    const { index, clock } = this.#host;
    const doubted = this.#doubted.dueAt(clock.nowMs());
    if (doubted !== undefined) {
      if (!this.#begin(index.byId(doubted), true)) this.#doubted.remove(doubted);
      return true;
    }
    if (!this.#state.isRunning) return false;
    const entries = index.entriesAfter(this.#state.position, BATCH);
    for (const entry of entries) {
      if (!this.#doubted.has(entry.id) && this.#begin(entry, false)) return true;
    }
    const last = entries.at(-1);
    if (last !== undefined) this.#state = { ...this.#state, position: last.id };
    return last !== undefined;
  }

  /** Returns whether this is a file whose content is known. */
  #begin(entry: IndexEntry | undefined, isSecond: boolean): boolean {
    if (entry?.kind !== 'file' || entry.hash === null || entry.isExcluded === true) return false;
    this.#reading = { entry, isSecond };
    this.#rereader.begin(entry.hash, entry.sizeBytes);
    return true;
  }

  async #read(reading: Reading): Promise<'part' | 'over'> {
    const { tree, index } = this.#host;
    const { entry } = reading;
    const path = index.pathOf(entry.id);
    if (path === undefined || !this.#isStill(entry)) return 'over';
    const content = await this.#rereader.next(tree, path, (stat) => this.#isBelieved(entry, path, stat));
    if (content === 'part') return 'part';
    if (content !== 'left') this.#judge(reading, content);
    return 'over';
  }

  #isBelieved(entry: IndexEntry, path: string, stat: Stat): boolean {
    if (!this.#isStill(entry)) return false;
    if (isAsIndexed(entry, stat)) return true;
    this.#host.suspect(path);
    return false;
  }

  /** Whether nothing was learned of the file since its reading began. */
  #isStill({ id, version, ctimeNs }: IndexEntry): boolean {
    const now = this.#host.index.byId(id);
    return now?.version === version && now.ctimeNs === ctimeNs;
  }

  #judge({ entry, isSecond }: Reading, content: 'right' | 'other' | 'unread'): void {
    const wasDamaged = this.#host.index.byId(entry.id)?.isDamaged === true;
    const isWritten = content === 'other' && !wasDamaged && this.#isYoung(entry);
    const isDamaged = content !== 'right' && !isWritten && (isSecond || wasDamaged);
    if (wasDamaged !== isDamaged) this.#host.judged(entry, isDamaged);
    this.#count(isSecond, isDamaged && (isSecond ? !wasDamaged && entry.id <= this.#state.position : true));
    if (isWritten) this.#host.written(entry);
    else if (content !== 'right' && !isDamaged) this.#doubt(entry);
  }

  #count(isSecond: boolean, isFound: boolean): void {
    const { read, found, isRunning } = this.#state;
    if (!isRunning) return;
    this.#state = { ...this.#state, read: read + (isSecond ? 0 : 1), found: found + (isFound ? 1 : 0) };
  }

  #keep(): void {
    const now = [this.#state, this.#doubted.revision] as const;
    if (this.#kept[0] === now[0] && this.#kept[1] === now[1]) return;
    this.#kept = now;
    this.#savedMs = this.#host.clock.nowMs();
    this.#host.keep({ state: this.#state, doubted: this.#doubted.ids });
  }
}
