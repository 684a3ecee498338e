/**
 * Reads, while there is nothing else to do, the files whose content hash nobody needed yet, so that the
 * fingerprint of the tree becomes final: one file at a time, in small parts, each followed by a rest three
 * times as long as it took. It pauses for scans, changes and transfers.
 *
 * Keeps no state but its place in the tree. A file is believed only if it is as indexed before and after it
 * is read; what cannot be read now is left to a later pass.
 */

import { ROOT_ID } from '@lanmirror/protocol';
import type { Clock, Pacing } from '../../core/index.ts';
import {
  createHasher,
  type Hasher,
  type ReadableTree,
  type ReadHandle,
  TreeError,
} from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { isAsIndexed } from './observe.ts';
import { UnhashedWalk } from './unhashed-walk.ts';

/** After a change. */
const QUIET_MS = 5000;
/** While something else is done, or the source is away. */
const PAUSE_MS = 500;
/** What could not be read is tried again after this. */
const RETRY_MS = 600_000;
/** What changed less than this ago may change again, and mirrors that are connected fetch it anyway. */
const YOUNG_MS = 30_000;
const PART_BYTES = 1 << 20;
/** Small files are read one after another for so long before a rest. */
const SPELL_MS = 5;
const REST_FACTOR = 3;
const HASH_GROUP = 64;

export interface LearnedHash {
  readonly id: number;
  readonly version: number;
  readonly hash: Uint8Array;
}

export type SourceCondition = 'idle' | 'busy' | 'away';

export interface IdleHashHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly clock: Clock;
  /** To which this is held besides its own rests; without it, to nothing. */
  readonly pace?: Pacing | undefined;
  /** `busy`: something else is done now. `away`: nothing may be held of the source. */
  condition(): SourceCondition;
  /** The path may have changed. */
  suspect(path: string): void;
  learned(hashes: readonly LearnedHash[]): void;
  /** A fault that is not about one file. */
  failed(error: unknown): void;
}

interface OpenFile {
  readonly entry: IndexEntry;
  readonly path: string;
  readonly handle: ReadHandle;
  readonly hasher: Hasher;
  position: number;
}

export class IdleHash {
  readonly #host: IdleHashHost;
  /** As large as the largest part so far. */
  #buffer = new Uint8Array();
  #walk: UnhashedWalk | undefined;
  #open: OpenFile | undefined;
  #learned: LearnedHash[] = [];
  #cancel: (() => void) | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #isWorking = false;
  /** The index changed since this pass began. */
  #isWoken = false;
  /** This pass left out what is young. */
  #isYoungLeft = false;
  #isStopped = false;

  constructor(host: IdleHashHost) {
    this.#host = host;
  }

  /** The index has changed: there may be something to read when it is quiet again. */
  wake(): void {
    this.#isWoken = true;
    if (this.#host.index.unknownBelow(ROOT_ID) > 0) this.#workIn(QUIET_MS);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#leave();
  }

  /** Works after `delayMs`, or earlier if that was meant already. */
  #workIn(delayMs: number): void {
    const { clock } = this.#host;
    const dueMs = clock.nowMs() + delayMs;
    if (this.#isStopped || this.#isWorking || dueMs >= this.#dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    this.#cancel = clock.after(delayMs, () => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.#cancel = undefined;
      this.#spell().catch((error: unknown) => this.#host.failed(error));
    });
  }

  /** Reads for a moment, and decides when to go on. */
  async #spell(): Promise<void> {
    const { clock } = this.#host;
    const startMs = clock.nowMs();
    let isMore = true;
    this.#isWorking = true;
    try {
      while (isMore && this.#mayRead() && clock.nowMs() - startMs < SPELL_MS) isMore = await this.#step();
    } finally {
      this.#isWorking = false;
    }
    if (this.#isStopped) return;
    if (this.#host.condition() === 'away') this.#leave();
    if (this.#host.condition() !== 'idle') this.#workIn(PAUSE_MS);
    else if (isMore) {
      const paceMs = this.#host.pace?.restMs() ?? 0;
      this.#workIn(Math.max(1, paceMs, REST_FACTOR * (clock.nowMs() - startMs)));
    } else this.#endPass();
  }

  #mayRead(): boolean {
    return !this.#isStopped && this.#host.condition() === 'idle';
  }

  #endPass(): void {
    this.#leave();
    this.#walk = undefined;
    if (this.#host.index.unknownBelow(ROOT_ID) === 0) return;
    this.#workIn(this.#isWoken ? QUIET_MS : this.#isYoungLeft ? YOUNG_MS : RETRY_MS);
  }

  /** One part of a file, or the way to the next file; false when the pass is over. */
  async #step(): Promise<boolean> {
    try {
      if (this.#open === undefined) return this.#next();
      await this.#read(this.#open);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.#close();
    }
    return true;
  }

  #next(): boolean {
    const { index, tree, clock } = this.#host;
    if (this.#walk === undefined) {
      this.#walk = new UnhashedWalk(index);
      this.#isWoken = false;
      this.#isYoungLeft = false;
    }
    const entry = this.#walk.next();
    if (entry === 'end') return false;
    const path = entry && index.pathOf(entry.id);
    if (entry === undefined || path === undefined) return true;
    if (clock.wallMs() - Number(entry.ctimeNs / 1_000_000n) < YOUNG_MS) {
      this.#isYoungLeft = true;
      return true;
    }
    const handle = tree.open(path);
    this.#open = { entry, path, handle, hasher: createHasher(), position: 0 };
    this.#requireAsIndexed(this.#open);
    return true;
  }

  async #read(file: OpenFile): Promise<void> {
    const { entry, handle, hasher } = file;
    const want = Math.min(PART_BYTES, entry.sizeBytes - file.position);
    if (this.#buffer.length < want) this.#buffer = new Uint8Array(want);
    const got = await handle.read(this.#buffer, 0, want, file.position);
    if (this.#open !== file) return;
    hasher.update(this.#buffer.subarray(0, got));
    file.position += got;
    if (got > 0 && file.position < entry.sizeBytes) return;
    if (!this.#requireAsIndexed(file) || file.position < entry.sizeBytes) return this.#close();
    this.#close();
    this.#learned.push({ id: entry.id, version: entry.version, hash: hasher.digest() });
    if (this.#learned.length >= HASH_GROUP) this.#tell();
  }

  #requireAsIndexed(file: OpenFile): boolean {
    if (isAsIndexed(file.entry, file.handle.stat())) return true;
    this.#host.suspect(file.path);
    this.#close();
    return false;
  }

  #tell(): void {
    const learned = this.#learned;
    this.#learned = [];
    if (learned.length > 0) this.#host.learned(learned);
  }

  #close(): void {
    this.#open?.handle.close();
    this.#open = undefined;
  }

  /** Holds nothing any more. A file that was not read whole is begun again. */
  #leave(): void {
    this.#walk?.again(this.#open?.entry);
    this.#close();
    this.#tell();
    this.#host.tree.release();
  }
}
