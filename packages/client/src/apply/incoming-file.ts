/**
 * One file on its way in: takes the records of its answer and ends as a staged file that is complete
 * and verified, as "the target holds it already", or as a failure. It has no place in the tree yet.
 */
import {
  createHasher,
  type Hasher,
  hashBytes,
  type ReadHandle,
  type StagedFile,
  TreeError,
  type WritableTree,
} from '@lanmirror/engine/tree';
import { type FetchItem, type RecordKind, SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';

/** What the target can offer of a file: the first bytes, wherever they are. */
export interface Offer {
  readonly sizeBytes: number;
  readonly hash: Uint8Array;
  /** A path of the tree, or undefined when the bytes are in the staged file itself. */
  readonly path: string | undefined;
}

export type Ending =
  /** Staged and verified. */
  | { readonly kind: 'staged'; readonly staged: StagedFile; readonly hash: Uint8Array }
  /** The offered bytes are the whole file. */
  | { readonly kind: 'held'; readonly hash: Uint8Array }
  /** The source moved on; a change follows. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly error?: TreeError };

const decoder = new TextDecoder();

export interface IncomingHost {
  readonly tree: WritableTree;
  /** Name of the staged file of an entry. */
  stagedName(entry: SourceEntry): string;
  progress(entry: SourceEntry, doneBytes: number): void;
}

/** Where a file's bytes are collected: in memory while they are few. */
export class IncomingFile {
  readonly entry: SourceEntry;
  readonly #host: IncomingHost;
  readonly #offer: Offer | undefined;
  #partial: StagedFile | undefined;
  #hasher: Hasher = createHasher();
  #position = 0;
  #steps: Promise<void> = Promise.resolve();
  #ending: Ending | undefined;
  #isOfferTaken = false;
  /** What was offered could not be read when it was needed: it failed for that, and may come whole. */
  isOfferLost = false;

  /** `partial`: an interrupted staged file that `offer` is about when it names no path. */
  constructor(
    entry: SourceEntry,
    host: IncomingHost,
    offer: Offer | undefined,
    partial: StagedFile | undefined,
  ) {
    this.entry = entry;
    this.#host = host;
    this.#offer = offer;
    this.#partial = partial;
  }

  get item(): FetchItem {
    const { id, version } = this.entry;
    const offer = this.#offer;
    return offer === undefined || offer.sizeBytes === 0
      ? { id, version, offset: 0, hash: null }
      : { id, version, offset: offer.sizeBytes, hash: offer.hash };
  }

  /** Takes a record; for large files the promise says when its bytes are written. */
  take(kind: RecordKind, payload: Uint8Array): Promise<void> | undefined {
    // A small file is finished within its frame: nothing has to wait.
    if (this.entry.sizeBytes <= SMALL_FILE_BYTES && this.#partial === undefined) {
      this.#guard(() => this.#takeSmall(kind, payload));
      return undefined;
    }
    this.#steps = this.#steps
      .then(() => this.#takeLarge(kind, payload))
      .catch((error: unknown) => this.#fail(error));
    return this.#steps;
  }

  /** The outcome, when the answer is over. What a lost connection leaves is kept for the next time. */
  async finish(): Promise<Ending> {
    await this.#steps;
    if (this.#ending !== undefined) return this.#ending;
    this.#partial?.keep();
    return { kind: 'stale' };
  }

  #takeSmall(kind: RecordKind, payload: Uint8Array): void {
    const offered = this.#offer;
    switch (kind) {
      case 'start':
        this.#start(payload);
        if (
          this.#isOfferTaken &&
          offered !== undefined &&
          offered.path !== undefined &&
          offered.sizeBytes < this.entry.sizeBytes
        ) {
          this.#writeSmall(this.#readOffered(offered.path, offered.sizeBytes));
        }
        return;
      case 'bytes':
        return this.#writeSmall(payload);
      default:
        return this.#end(kind, payload);
    }
  }

  #readOffered(path: string, sizeBytes: number): Uint8Array {
    try {
      return readWhole(this.#host.tree, path, sizeBytes);
    } catch (error) {
      return this.#loseOffer(error);
    }
  }

  #writeSmall(bytes: Uint8Array): void {
    this.#partial ??= this.#create();
    this.#check(bytes.length);
    this.#partial.writeSync(bytes, this.#position);
    this.#hasher.update(bytes);
    this.#position += bytes.length;
  }

  async #takeLarge(kind: RecordKind, payload: Uint8Array): Promise<void> {
    if (this.#ending !== undefined) return;
    if (kind === 'start') {
      this.#start(payload);
      if (this.#isOfferTaken) await this.#continueOffer();
      else this.#partial?.truncate(0);
      return;
    }
    if (kind !== 'bytes') return this.#end(kind, payload);
    this.#partial ??= this.#create();
    this.#check(payload.length);
    this.#hasher.update(payload);
    await this.#partial.write(payload, this.#position);
    this.#position += payload.length;
    this.#host.progress(this.entry, this.#position);
  }

  /** The server agrees with what we hold: its hash goes in front, and its bytes if there are more to come. */
  async #continueOffer(): Promise<void> {
    const offer = this.#offer;
    if (offer === undefined || this.#isWholeHeld()) return;
    const buffer = new Uint8Array(1 << 20);
    const source = offer.path === undefined ? this.#partial : this.#openOffered(offer.path);
    if (source === undefined) throw new TreeError('ABSENT', this.entry.name, 'the staged file is gone');
    try {
      for (let at = 0; at < offer.sizeBytes; ) {
        const got = await source
          .read(buffer, 0, Math.min(buffer.length, offer.sizeBytes - at), at)
          .catch((error: unknown) => this.#loseOffer(error));
        if (got === 0) throw new TreeError('IO', this.entry.name, 'what was held became shorter');
        const bytes = buffer.subarray(0, got);
        this.#hasher.update(bytes);
        if (offer.path !== undefined) {
          this.#partial ??= this.#create();
          await this.#partial.write(bytes, at);
        }
        at += got;
      }
    } finally {
      if (offer.path !== undefined && 'close' in source) source.close();
    }
    this.#position = offer.sizeBytes;
    this.#partial?.truncate(offer.sizeBytes);
  }

  #openOffered(path: string): ReadHandle {
    try {
      return this.#host.tree.open(path);
    } catch (error) {
      return this.#loseOffer(error);
    }
  }

  #loseOffer(error: unknown): never {
    this.isOfferLost = error instanceof TreeError;
    throw error;
  }

  #start(payload: Uint8Array): void {
    const from = Number(new DataView(payload.buffer, payload.byteOffset, 8).getBigUint64(0));
    this.#isOfferTaken = from > 0 && from === this.#offer?.sizeBytes;
    if (from !== 0 && !this.#isOfferTaken)
      throw new TreeError('IO', this.entry.name, 'the server continues where nothing was offered');
  }

  #end(kind: RecordKind, payload: Uint8Array): void {
    if (this.#ending !== undefined) return;
    if (kind === 'end') return this.#complete(payload);
    if (kind === 'unreadable') {
      this.#partial?.discard();
      const code = decoder.decode(payload);
      this.#ending = { kind: 'failed', code, message: 'the server cannot read it' };
      return;
    }
    // What came of a large file may still be right as the beginning of its next version.
    if (kind === 'changed' && this.#position > SMALL_FILE_BYTES) this.#partial?.keep();
    else this.#partial?.discard();
    this.#ending = { kind: 'stale' };
  }

  #complete(promised: Uint8Array): void {
    if (this.#isWholeHeld() && this.#offer !== undefined && isEqual(this.#offer.hash, promised)) {
      if (this.#offer.path !== undefined) {
        this.#partial?.discard();
        this.#ending = { kind: 'held', hash: promised.slice() };
        return;
      }
      if (this.#partial !== undefined) {
        this.#ending = { kind: 'staged', staged: this.#partial, hash: promised.slice() };
        return;
      }
    }
    this.#partial ??= this.#create();
    const hash = this.#hasher.digest();
    if (this.#position === this.entry.sizeBytes && isEqual(hash, promised)) {
      this.#ending = { kind: 'staged', staged: this.#partial, hash };
      return;
    }
    this.#partial.discard();
    this.#ending = {
      kind: 'failed',
      code: 'CORRUPT',
      message: 'what arrived is not what was sent; it will be fetched again',
    };
  }

  #isWholeHeld(): boolean {
    return this.#isOfferTaken && this.#offer?.sizeBytes === this.entry.sizeBytes;
  }

  #create(): StagedFile {
    const { tree } = this.#host;
    const name = this.#host.stagedName(this.entry);
    try {
      return tree.createStaged(name);
    } catch (error) {
      if (!(error instanceof TreeError) || error.code !== 'EXISTS') throw error;
    }
    tree.sweepStaged(name);
    return tree.createStaged(name);
  }

  /** A server that sends more than it announced fills no disk. */
  #check(bytes: number): void {
    if (this.#position + bytes > this.entry.sizeBytes)
      throw new TreeError('IO', this.entry.name, 'more bytes came than were announced');
  }

  #guard(work: () => void): void {
    if (this.#ending !== undefined) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A file that fails does not end the session; anything but a tree's error is a fault of ours and does. */
  #fail(error: unknown): void {
    if (!(error instanceof TreeError)) throw error;
    this.#partial?.discard();
    this.#ending ??= { kind: 'failed', code: error.code, message: error.message, error };
  }
}

/** The first bytes of a small file of the tree. Throws TreeError when they are not there any more. */
export function readWhole(tree: WritableTree, path: string, sizeBytes: number): Uint8Array {
  const handle = tree.open(path);
  try {
    const bytes = new Uint8Array(sizeBytes);
    for (let at = 0; at < sizeBytes; ) {
      const got = handle.readSync(bytes, at, sizeBytes - at, at);
      if (got === 0) throw new TreeError('IO', path, 'the file became shorter while it was read');
      at += got;
    }
    return bytes;
  } finally {
    handle.close();
  }
}

/** BLAKE3 of the first bytes of something readable, in blocks, each told to `worked`. Undefined when it is shorter. */
export async function hashPrefix(
  source: { read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> },
  sizeBytes: number,
  worked: () => void = () => undefined,
): Promise<Uint8Array | undefined> {
  const hasher = createHasher();
  const buffer = new Uint8Array(Math.min(1 << 20, Math.max(1, sizeBytes)));
  for (let at = 0; at < sizeBytes; ) {
    const got = await source.read(buffer, 0, Math.min(buffer.length, sizeBytes - at), at);
    if (got === 0) return undefined;
    hasher.update(buffer.subarray(0, got));
    at += got;
    worked();
  }
  return hasher.digest();
}

/** BLAKE3 of a small file of the tree. */
export function hashSmall(tree: WritableTree, path: string, sizeBytes: number): Uint8Array {
  return hashBytes(readWhole(tree, path, sizeBytes));
}

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
