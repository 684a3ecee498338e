/**
 * Turns one fetch into data frames: opens each file without following anything, makes sure that it is
 * the indexed version before and after reading, and hashes what it sends.
 */

import {
  DATA_FRAME,
  type Fetch,
  type FetchItem,
  FRAME_HEADER_BYTES,
  MAX_FRAME_BYTES,
  ProtocolError,
  RECORD_HEADER_BYTES,
  type RecordKind,
  SMALL_FILE_BYTES,
  writeRecordHeader,
} from '@lanmirror/protocol';
import type { Clock } from '../../core/index.ts';
import {
  createHasher,
  type Hasher,
  hashBytes,
  type ReadableTree,
  type ReadHandle,
  TreeError,
} from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { isAsIndexed } from '../publish/observe.ts';
import { DAMAGED } from '../publish/problem-list.ts';
import type { Misread } from '../publish/scrub.ts';
import { BlockList } from './block-list.ts';
import { LargeAnswer, type RecordWriter } from './large-answer.ts';

/** Payload of a `start`. */
const START_BYTES = 8;
/** A small file needs room for its start, its bytes and its end in one frame. */
const SMALL_OVERHEAD = 3 * RECORD_HEADER_BYTES + START_BYTES + 32;
const TICK_MS = 20;
const encoder = new TextEncoder();

export interface ContentHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly clock: Clock;
  /** Whether the rules leave out a file at a path, or for its size: until the first scan is over the index may have it. */
  isLeftOut(path: string, entry: IndexEntry): boolean;
  /** Whether the root of the source is known to be away: then nothing that is read there is of the index. */
  isRootAway(): boolean;
  /** The same after a look at it now. */
  isRootAwayNow(): boolean;
  /** A file was not what the index says. */
  suspect(path: string): void;
  /** A file gave another content than it did before, and is as it was otherwise. */
  misread(entry: IndexEntry): Misread;
  /** A file's content was sent whole. */
  sent(entry: IndexEntry, path: string, hash: Uint8Array, durationMs: number): void;
  /** The content was read within a clock tick of its last change. */
  readFresh(entry: IndexEntry, path: string, hash: Uint8Array): void;
}

interface OpenFile {
  readonly item: number;
  readonly entry: IndexEntry;
  readonly path: string;
  readonly handle: ReadHandle;
  readonly startedMs: number;
  hasher: Hasher;
  /** From its `start` on. */
  answer: LargeAnswer | undefined;
}

export class RequestStream {
  readonly request: number;
  readonly #items: readonly FetchItem[];
  readonly #host: ContentHost;
  #next = 0;
  #open: OpenFile | undefined;
  #frame: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  /** Of the frame, in bytes. */
  #wantedBytes = MAX_FRAME_BYTES;
  #isHeld = false;
  /** Of what the client holds of the only item. */
  readonly #list: BlockList | undefined;

  constructor(fetch: Fetch, host: ContentHost) {
    this.request = fetch.request;
    this.#items = fetch.items;
    this.#host = host;
    const baseBytes = fetch.items[0]?.baseBytes ?? 0;
    this.#list = baseBytes > 0 ? new BlockList(baseBytes) : undefined;
  }

  /** Whether a block list came with it, or is on its way. */
  get hasList(): boolean {
    return this.#list !== undefined;
  }

  /** The next item waits until the root of the source is back. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** All is said, or nobody wants it any more. */
  get isOver(): boolean {
    return this.#open === undefined && this.#next >= this.#items.length;
  }

  /** The next digests of the list that was announced. Throws ProtocolError when there is none, or it has no more. */
  takeDigests(digests: Uint8Array): void {
    if (this.#list === undefined) throw new ProtocolError('digests of no block list');
    this.#list.take(digests);
  }

  /**
   * Fills `frame` (MAX_FRAME_BYTES) with the next records, up to `wantedBytes`; a small file, which is not divided, may
   * take it beyond that. Returns the used part, or undefined when all is said or held.
   */
  async fill(frame: Uint8Array, wantedBytes = MAX_FRAME_BYTES): Promise<Uint8Array | undefined> {
    this.#frame = frame;
    this.#wantedBytes = wantedBytes;
    this.#isHeld = false;
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    frame[0] = DATA_FRAME;
    this.#at = FRAME_HEADER_BYTES;
    for (;;) {
      if (this.#open !== undefined) {
        const isFull = await this.#continueLarge(this.#open);
        if (isFull) break;
      } else if (this.#isHeld || this.#next >= this.#items.length || !this.#serveNext()) break;
    }
    return this.#at > FRAME_HEADER_BYTES ? frame.subarray(0, this.#at) : undefined;
  }

  close(): void {
    this.#open?.handle.close();
    this.#open = undefined;
    this.#next = this.#items.length;
    this.#list?.abandon();
  }

  /** Serves or opens the next item; false when it does not fit into this frame any more. */
  #serveNext(): boolean {
    const at = this.#next;
    const item = this.#items[at];
    if (item === undefined) return false;
    const entry = this.#host.index.byId(item.id);
    const needed = SMALL_OVERHEAD + (entry !== undefined && isSmall(entry) ? entry.sizeBytes : 0);
    // Behind the first of them one has to fit; the first always does.
    if (this.#at > FRAME_HEADER_BYTES && this.#at + needed > this.#wantedBytes) return false;
    this.#next += 1;
    if (entry === undefined) this.#say(at, 'gone');
    else if (!isPublished(entry, item)) this.#say(at, 'changed');
    else this.#serve(at, item, entry);
    return true;
  }

  #serve(at: number, item: FetchItem, entry: IndexEntry): void {
    const path = this.#host.index.pathOf(entry.id);
    if (path === undefined) return this.#say(at, 'gone');
    if (this.#host.isLeftOut(path, entry)) return this.#say(at, 'changed');
    if (isHeldWhole(item, entry)) {
      this.#sayStart(at, entry.sizeBytes);
      return this.#say(at, 'end', item.hash);
    }
    if (entry.isDamaged === true) return this.#say(at, 'unreadable', encoder.encode(DAMAGED));
    const startedMs = this.#host.clock.nowMs();
    let handle: ReadHandle | undefined;
    try {
      handle = this.#host.tree.open(path);
      if (!isAsIndexed(entry, handle.opened)) this.#sayOther(at, path);
      else if (isSmall(entry)) this.#serveSmall(at, item, entry, path, handle, startedMs);
      else {
        this.#open = { item: at, entry, path, handle, startedMs, hasher: createHasher(), answer: undefined };
        handle = undefined;
      }
    } catch (error) {
      if (error instanceof TreeError && this.#isHeldFor(at)) return;
      this.#sayError(at, path, error);
    } finally {
      handle?.close();
    }
  }

  #serveSmall(
    at: number,
    item: FetchItem,
    entry: IndexEntry,
    path: string,
    handle: ReadHandle,
    startedMs: number,
  ): void {
    // Read to where its records will have it; nothing of it is said before it is judged.
    const bytesAt = this.#at + 2 * RECORD_HEADER_BYTES + START_BYTES;
    const bytes = this.#frame.subarray(bytesAt, bytesAt + entry.sizeBytes);
    if (!isReadWhole(handle, bytes) || !isAsIndexed(entry, handle.stat())) return this.#sayOther(at, path);
    const hash = hashBytes(bytes);
    if (isOther(entry, hash)) return this.#sayMisread(at, entry);
    const from = rightOffer(item, bytes);
    this.#sayStart(at, from);
    if (from < bytes.length) {
      const saidAt = this.#sayHeader(at, 'bytes', bytes.length - from);
      if (from > 0) this.#frame.set(bytes.subarray(from), saidAt);
    }
    this.#say(at, 'end', hash);
    const { clock } = this.#host;
    this.#host.sent(entry, path, hash, clock.nowMs() - startedMs);
    if (clock.wallMs() - Number(entry.ctimeNs / 1_000_000n) < TICK_MS)
      this.#host.readFresh(entry, path, hash);
  }

  /** Adds records of the open large file; true when the frame is full. A fetch that is closed meanwhile says nothing more. */
  async #continueLarge(file: OpenFile): Promise<boolean> {
    try {
      if (file.answer === undefined && !(await this.#startLarge(file))) return true;
      const state = await file.answer?.fill(this.#writer(file.item));
      if (this.#open !== file || state === 'full') return true;
      this.#endLarge(file, state === 'whole');
      return false;
    } catch (error) {
      // Reading a file that was closed under the reader fails, and is no fault.
      if (this.#open !== file) return true;
      this.#closeOpen();
      this.#sayError(file.item, file.path, error);
      return false;
    }
  }

  /** Waits for the block list, or checks the offer; false when the fetch was closed meanwhile. */
  async #startLarge(file: OpenFile): Promise<boolean> {
    await this.#list?.arrived();
    const position = this.#list === undefined && this.#open === file ? await this.#offeredBytes(file) : 0;
    if (this.#open !== file) return false;
    this.#sayStart(file.item, position);
    const { handle, hasher, entry } = file;
    file.answer = new LargeAnswer({ handle, hasher, sizeBytes: entry.sizeBytes, list: this.#list, position });
    return true;
  }

  /** Checks what the client offers against this file; returns where its bytes continue. */
  async #offeredBytes(file: OpenFile): Promise<number> {
    const { offset, hash } = this.#items[file.item] as FetchItem;
    if (hash === null || offset > file.entry.sizeBytes) return 0;
    const prefix = createHasher();
    await readInto(file.handle, offset, [prefix, file.hasher]);
    if (isEqual(prefix.digest(), hash)) return offset;
    // A wrong offer counts for nothing: the hash of the whole begins with the first byte.
    file.hasher = createHasher();
    return 0;
  }

  /** Room for the last record of the file is left. */
  #writer(item: number): RecordWriter {
    return {
      room: () => this.#wantedBytes - this.#at - SMALL_OVERHEAD,
      say: (kind, payload) => this.#say(item, kind, payload),
    };
  }

  #endLarge(file: OpenFile, isWhole: boolean): void {
    const isUnchanged = isWhole && isAsIndexed(file.entry, file.handle.stat());
    this.#closeOpen();
    if (isUnchanged) {
      const hash = file.hasher.digest();
      if (isOther(file.entry, hash)) {
        this.#sayMisread(file.item, file.entry);
        return;
      }
      this.#say(file.item, 'end', hash);
      this.#host.sent(file.entry, file.path, hash, this.#host.clock.nowMs() - file.startedMs);
    } else {
      this.#host.suspect(file.path);
      this.#say(file.item, 'changed');
    }
  }

  #closeOpen(): void {
    this.#open?.handle.close();
    this.#open = undefined;
  }

  /** A file is not what the index says, and nothing of it was sent. */
  #sayOther(item: number, path: string): void {
    if (this.#isHeldFor(item)) return;
    this.#host.suspect(path);
    this.#say(item, 'changed');
  }

  /** Of a source that is away nothing can be said: the last item that was taken is looked at again when it is back. */
  #isHeldFor(item: number): boolean {
    if (!this.#host.isRootAwayNow()) return false;
    this.#next = item;
    this.#isHeld = true;
    return true;
  }

  #sayError(item: number, path: string, error: unknown): void {
    if (!(error instanceof TreeError)) throw error;
    if (error.code === 'ABSENT' || error.code === 'NOT_A_FILE') {
      this.#host.suspect(path);
      this.#say(item, 'gone');
    } else this.#say(item, 'unreadable', encoder.encode(error.code));
  }

  /** What a mirror holds of this version is right, and what is on the disk now is not this version. */
  #sayMisread(item: number, entry: IndexEntry): void {
    if (this.#host.misread(entry) === 'written') this.#say(item, 'changed');
    else this.#say(item, 'unreadable', encoder.encode(DAMAGED));
  }

  #sayStart(item: number, from: number): void {
    const at = this.#sayHeader(item, 'start', START_BYTES);
    this.#view.setBigUint64(at, BigInt(from));
  }

  #say(item: number, kind: RecordKind, payload: Uint8Array | null = null): void {
    const at = this.#sayHeader(item, kind, payload?.length ?? 0);
    if (payload !== null) this.#frame.set(payload, at);
  }

  /** The header of a record; returns where its payload of `length` bytes belongs. */
  #sayHeader(item: number, kind: RecordKind, length: number): number {
    const at = writeRecordHeader(this.#view, this.#at, { request: this.request, item, kind, length });
    this.#at = at + length;
    return at;
  }
}

function isPublished({ kind, version, isExcluded }: IndexEntry, wanted: FetchItem): boolean {
  return kind === 'file' && version === wanted.version && isExcluded !== true;
}

function isSmall(entry: IndexEntry): boolean {
  return entry.sizeBytes <= SMALL_FILE_BYTES;
}

/** The client already holds the content whose hash is known here: nothing needs to be read. */
function isHeldWhole(item: FetchItem, entry: IndexEntry): boolean {
  return (
    item.hash !== null &&
    entry.hash !== null &&
    item.offset === entry.sizeBytes &&
    isEqual(item.hash, entry.hash)
  );
}

/** How many of these bytes the client holds already, if what it offers is right; else 0. */
function rightOffer({ offset, hash }: FetchItem, bytes: Uint8Array): number {
  const isRight =
    hash !== null && offset <= bytes.length && isEqual(hashBytes(bytes.subarray(0, offset)), hash);
  return isRight ? offset : 0;
}

/** Whether the content that was read is not the one that is known of this version. */
function isOther(entry: IndexEntry, hash: Uint8Array): boolean {
  return entry.hash !== null && !isEqual(hash, entry.hash);
}

/** Fills `bytes` from the start of a file; false when the file is shorter. */
function isReadWhole(handle: ReadHandle, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const got = handle.readSync(bytes, at, bytes.length - at, at);
    if (got === 0) return false;
    at += got;
  }
  return true;
}

async function readInto(handle: ReadHandle, length: number, hashers: readonly Hasher[]): Promise<void> {
  const buffer = new Uint8Array(Math.min(length, 1 << 20));
  for (let at = 0; at < length; ) {
    const got = await handle.read(buffer, 0, Math.min(buffer.length, length - at), at);
    if (got === 0) return;
    for (const hasher of hashers) hasher.update(buffer.subarray(0, got));
    at += got;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
