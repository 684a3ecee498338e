/**
 * Reads the files of a target again, slowly and while nothing else is done, and compares each with the hash under
 * which it was written: what a disk has lost in silence is found before it is needed.
 *
 * Changes nothing itself: `damaged` is told. Its place is in the state, so that a restart goes on with it; a file
 * that was not read to its end is read again. No descriptor stays open during a rest.
 */
import {
  type Clock,
  type ScrubState,
  scrubEnded,
  scrubNow,
  scrubRestMs,
  Timers,
} from '@lanmirror/engine/core';
import { createHasher, type Hasher, type ReadableTree, TreeError } from '@lanmirror/engine/tree';
import { type BaselineEntry, isAsLeft, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';

const PART_BYTES = 1 << 20;
/** Small files are read one after another for so long before a rest. */
const SPELL_MS = 20;
/** While something else is done. */
const BUSY_MS = 5000;
/** While no pass is due. */
const WAIT_MS = 3_600_000;
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

interface OpenFile {
  readonly entry: BaselineEntry;
  readonly hash: Uint8Array;
  readonly hasher: Hasher;
  position: number;
}

export class Scrub {
  readonly #host: ScrubHost;
  readonly #timers: Timers;
  readonly #buffer = new Uint8Array(PART_BYTES);
  #file: OpenFile | undefined;
  /** Of this moment; the stored one is behind by a spell at most, because each writing of it is flushed. */
  #scrub: ScrubState;
  #working: Promise<void> = Promise.resolve();

  constructor(host: ScrubHost) {
    this.#host = host;
    this.#timers = new Timers(host.clock);
    this.#scrub = host.state.meta.scrub;
    this.#workIn(BUSY_MS);
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
      return this.#scrub.isRunning ? BUSY_MS : WAIT_MS;
    }
    const startMs = clock.nowMs();
    let isMore: boolean;
    do isMore = await this.#step();
    while (isMore && clock.nowMs() - startMs < SPELL_MS);
    tree.release();
    if (!isMore) this.#scrub = scrubEnded(this.#scrub, clock.wallMs());
    this.#keep();
    if (!isMore) this.#host.ended(this.#scrub);
    return isMore ? scrubRestMs(clock.nowMs() - startMs) : WAIT_MS;
  }

  #keep(): void {
    const { state } = this.#host;
    if (state.meta.scrub !== this.#scrub) state.setMeta({ scrub: this.#scrub });
  }

  /** One part of a file, or the way to the next; false at the end of the pass. */
  async #step(): Promise<boolean> {
    if (this.#file === undefined) return this.#next();
    const { entry } = this.#file;
    try {
      if ((await this.#read(this.#file)) === 'part') return true;
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
        this.#file = { entry, hash, hasher: createHasher(), position: 0 };
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

  async #read(file: OpenFile): Promise<'part' | 'over'> {
    const { tree, state } = this.#host;
    const { entry, hash, hasher } = file;
    const path = state.baseline.pathOf(entry.id);
    if (path === undefined || !this.#isStill(entry)) return 'over';
    const handle = tree.open(path);
    let got: number;
    try {
      got = await handle.read(this.#buffer, 0, PART_BYTES, file.position);
      if (!isAsLeft(entry, handle.stat()) || !this.#isStill(entry)) return 'over';
    } finally {
      handle.close();
    }
    hasher.update(this.#buffer.subarray(0, got));
    file.position += got;
    if (got > 0 && file.position < entry.sizeBytes) return 'part';
    this.#judge(entry, Buffer.compare(hasher.digest(), hash) === 0);
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
