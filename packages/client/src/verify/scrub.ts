/**
 * Reads the files of a target again, slowly and while nothing else is done, and compares each with the hash under
 * which it was written: what a disk has lost in silence is found before it is needed.
 *
 * Changes nothing itself: `damaged` is told. Its place is in the state, so that a restart goes on with it; a file
 * that was not read to its end is read again. No descriptor stays open during a rest.
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
} from '@lanmirror/engine/core';
import { type ReadableTree, Rereader, TreeError } from '@lanmirror/engine/tree';
import { type BaselineEntry, isAsLeft, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';

/** Entries that are passed by without reading before others have their turn. */
const MAX_SKIPPED = 1000;

export interface ScrubHost {
  readonly tree: ReadableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  /** Days between two passes; 0 for none. */
  days(): number;
  /** In sync, with nothing to do, on a target that is there. */
  isIdle(): boolean;
  /** The content of this file is not what was written, though nobody has changed it. */
  damaged(id: number, path: string): void;
  ended(state: ScrubState): void;
  /** A fault of the program. */
  failed(error: unknown): void;
}

export class Scrub {
  readonly #host: ScrubHost;
  readonly #timers: Timers;
  readonly #rereader = new Rereader();
  /** What is being read. */
  #file: BaselineEntry | undefined;
  /** Of this moment; the stored one is behind by a spell at most, because each writing of it is flushed. */
  #scrub: ScrubState;
  #working: Promise<void> = Promise.resolve();

  constructor(host: ScrubHost) {
    this.#host = host;
    this.#timers = new Timers(host.clock);
    this.#scrub = host.state.meta.scrub;
    this.#workIn(SCRUB_BUSY_MS);
  }

  /** Resolves when nothing is being read any more. */
  stop(): Promise<void> {
    this.#timers.stop();
    return this.#working;
  }

  #workIn(delayMs: number): void {
    this.#timers.replace('work', delayMs, () => {
      this.#working = this.#work()
        .then((nextMs) => this.#workIn(nextMs))
        .catch((error: unknown) => this.#host.failed(error));
    });
  }

  /** Reads for a moment; resolves to how long to rest then (ms). */
  async #work(): Promise<number> {
    const { clock, days, isIdle, tree } = this.#host;
    this.#scrub = scrubNow(this.#scrub, days(), clock.wallMs());
    if (!this.#scrub.isRunning) this.#file = undefined;
    if (!this.#scrub.isRunning || !isIdle()) {
      this.#keep();
      return this.#scrub.isRunning ? SCRUB_BUSY_MS : SCRUB_WAIT_MS;
    }
    const startMs = clock.nowMs();
    let isMore: boolean;
    do isMore = await this.#step();
    while (isMore && clock.nowMs() - startMs < SCRUB_SPELL_MS);
    tree.release();
    if (!isMore) this.#scrub = scrubEnded(this.#scrub, clock.wallMs());
    this.#keep();
    if (!isMore) this.#host.ended(this.#scrub);
    return isMore ? scrubRestMs(clock.nowMs() - startMs) : SCRUB_WAIT_MS;
  }

  #keep(): void {
    const { state } = this.#host;
    if (state.meta.scrub !== this.#scrub) state.setMeta({ scrub: this.#scrub });
  }

  /** One part of a file, or the way to the next; false at the end of the pass. */
  async #step(): Promise<boolean> {
    const entry = this.#file;
    if (entry === undefined) return this.#next();
    try {
      if ((await this.#read(entry)) === 'part') return true;
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      // What a disk cannot read is lost; what is gone, or in somebody's hands, is found by the next check.
      if (error.code === 'IO') this.#judge(entry, false);
    }
    this.#file = undefined;
    this.#advance({ position: entry.id });
    return true;
  }

  #next(): boolean {
    const { state } = this.#host;
    let skipped = 0;
    for (const entry of state.baseline.all(this.#scrub.position + 1)) {
      const { hash } = entry;
      if (hash !== null && this.#isSettled(entry)) {
        this.#file = entry;
        this.#rereader.begin(hash, entry.sizeBytes);
        return true;
      }
      skipped += 1;
      if (skipped < MAX_SKIPPED) continue;
      this.#advance({ position: entry.id });
      return true;
    }
    return false;
  }

  /** Whether this is a file whose content here is known and final. */
  #isSettled({ id, kind, version }: BaselineEntry): boolean {
    return kind === 'file' && version !== UNKNOWN_VERSION && !this.#host.state.isDirty(id);
  }

  async #read(entry: BaselineEntry): Promise<'part' | 'over'> {
    const { tree, state } = this.#host;
    const path = state.baseline.pathOf(entry.id);
    if (path === undefined || !this.#isStill(entry)) return 'over';
    const content = await this.#rereader.next(
      tree,
      path,
      (stat) => isAsLeft(entry, stat) && this.#isStill(entry),
    );
    if (content === 'part') return 'part';
    if (content !== 'left') this.#judge(entry, content === 'right');
    return 'over';
  }

  /** Whether the mirror has not touched the file since its reading began. */
  #isStill(entry: BaselineEntry): boolean {
    const now = this.#host.state.baseline.get(entry.id);
    return now?.version === entry.version && now.disk.ctimeNs === entry.disk.ctimeNs && this.#isSettled(now);
  }

  #judge({ id }: BaselineEntry, isRight: boolean): void {
    const { state, damaged } = this.#host;
    const { read, found } = this.#scrub;
    this.#advance({ read: read + 1, found: found + (isRight ? 0 : 1) });
    if (!isRight) damaged(id, state.baseline.pathOf(id) ?? String(id));
  }

  #advance(change: Partial<ScrubState>): void {
    this.#scrub = { ...this.#scrub, ...change };
  }
}
