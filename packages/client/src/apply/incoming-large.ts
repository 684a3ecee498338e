/**
 * A large file on its way in. Its content is made in a staged file, in order: of what the target has already, of
 * zeros, which become holes, and of bytes that came. An interruption leaves the staged file, which is a part of the
 * base of the next answer.
 *
 * Nothing is staged while everything is as in the file at its place: one that was only touched is rewritten nowhere.
 * Whatever goes into the hash is what goes into the staged file, so that the hash of the whole proves the file.
 */
import {
  createHasher,
  extentsOf,
  type Hasher,
  ReadAhead,
  type ReadHandle,
  type StagedFile,
  type Stat,
  TreeError,
} from '@lanmirror/engine/tree';
import {
  type FetchItem,
  type RecordKind,
  runBytes,
  SMALL_FILE_BYTES,
  type SourceEntry,
} from '@lanmirror/protocol';
import { type Base, baseSource } from './base.ts';
import { BlockLister } from './block-lister.ts';
import { createStaged, type Ending, IncomingFile, type IncomingHost } from './incoming-file.ts';
import { isEqual } from './offer.ts';

const ZEROS = new Uint8Array(1 << 18);

export class IncomingLargeFile extends IncomingFile {
  readonly #host: IncomingHost;
  readonly #base: Base | undefined;
  #staged: StagedFile | undefined;
  /** The staged file was begun by an earlier answer. */
  readonly #isContinued: boolean;
  /** The file at its place, from `start` on, as it was then. */
  #here: { readonly handle: ReadHandle; readonly stat: Stat } | undefined;
  #hasher: Hasher = createHasher();
  readonly #lister: BlockLister;
  #isBaseUsed = false;
  /** Something else than what is at its place came. */
  #isChanged = false;
  #steps: Promise<void> = Promise.resolve();
  readonly #writes = new Set<Promise<void>>();
  readonly #spare: Uint8Array[] = [];

  /** `partial`: what an interrupted answer left; a part of `base`, if there is one. */
  constructor(
    entry: SourceEntry,
    base: Base | undefined,
    host: IncomingHost,
    partial: StagedFile | undefined,
  ) {
    super(entry, base?.offer);
    this.#base = base;
    this.#lister = new BlockLister(entry.sizeBytes);
    this.#host = host;
    this.#staged = partial;
    this.#isContinued = partial !== undefined;
  }

  override get item(): FetchItem {
    return { ...super.item, baseBytes: this.#base?.sizeBytes ?? 0 };
  }

  override get digests(): Uint8Array | undefined {
    return this.#base?.digests;
  }

  take(kind: RecordKind, payload: Uint8Array): Promise<void> {
    let write: Promise<void> | undefined;
    this.#steps = this.#steps
      .then(async () => {
        if (kind === 'bytes') ({ write } = await this.#takeBytes(payload));
        else await this.#take(kind, payload);
      })
      .catch((error: unknown) => this.fail(error));
    return this.#steps.then(() => write);
  }

  /** What a lost connection leaves is kept for the next time. */
  async finish(): Promise<Ending> {
    await this.#steps;
    await this.#written();
    // A write that failed has let go of the file in a step of its own.
    await this.#steps;
    this.#here?.handle.close();
    if (this.ending !== undefined) return this.ending;
    this.#keep();
    return { kind: 'stale' };
  }

  protected drop(): void {
    this.#staged?.discard();
    this.#staged = undefined;
  }

  async #take(kind: RecordKind, payload: Uint8Array): Promise<void> {
    if (this.ending !== undefined) return;
    if (kind === 'start') this.#begin(payload);
    else if (kind === 'same') await this.#takeSame(runBytes(payload));
    else if (kind === 'zeros') await this.#takeZeros(runBytes(payload));
    else if (kind === 'end') await this.#complete(payload);
    else if (kind === 'unreadable') this.endUnreadable(payload);
    else this.#endStale(kind);
  }

  #begin(payload: Uint8Array): void {
    this.start(payload);
    if (this.isOfferTaken) return;
    if (this.#base === undefined) this.#staged?.truncate(0);
    else if (this.#base.path !== undefined) this.#openBase(this.#base.path);
  }

  /** Where the file system can, the staged file begins as a copy that costs nothing. */
  #openBase(path: string): void {
    try {
      const handle = this.#host.tree.open(path);
      this.#here = { handle, stat: handle.stat() };
      this.#staged ??= this.#host.tree.cloneStaged(this.#host.stagedName(this.entry), path);
    } catch (error) {
      this.loseOffer(error);
    }
  }

  async #takeSame(length: number): Promise<void> {
    const { sizeBytes = 0 } = this.#base ?? {};
    this.check(length);
    if (this.position + length > sizeBytes)
      throw new TreeError('IO', this.entry.name, 'the server knows bytes that were not offered');
    this.#isBaseUsed = true;
    await this.#copyBase(this.position + length);
    this.#host.progress(this.entry, this.position);
  }

  /** Takes the bytes of the base up to `end`; what is not in the staged file goes there, if there is one. */
  async #copyBase(end: number): Promise<void> {
    const staged = this.#staged;
    const stagedBytes = staged?.sizeBytes() ?? 0;
    if (this.#base !== undefined && this.#lister.position === this.position)
      this.#lister.adopt(this.#base.digests, this.#base.sizeBytes, end);
    const reader = new ReadAhead(baseSource(staged, this.#here?.handle), this.position, end, this.#spare);
    for (;;) {
      const chunk = await reader.next().catch((error: unknown) => this.loseOffer(error));
      if (this.ending !== undefined) return;
      if (chunk === undefined) break;
      const fresh = chunk.bytes.subarray(Math.max(0, stagedBytes - this.position));
      const writes =
        staged === undefined
          ? []
          : writeFilled(staged, fresh, this.position + chunk.bytes.length - fresh.length);
      this.#hasher.update(chunk.bytes);
      this.#lister.update(chunk.bytes.subarray(Math.max(0, this.#lister.position - this.position)));
      // The next chunk may take its buffer.
      await Promise.all(writes);
      this.position += chunk.bytes.length;
    }
    if (this.position < end)
      this.loseOffer(new TreeError('IO', this.entry.name, 'what was held became shorter'));
  }

  async #takeZeros(length: number): Promise<void> {
    this.check(length);
    const staged = await this.#stage();
    const stagedBytes = staged.sizeBytes();
    for (let left = length; left > 0; ) {
      const zeros = ZEROS.subarray(0, Math.min(left, ZEROS.length));
      this.#hasher.update(zeros);
      this.#lister.update(zeros);
      if (this.position < stagedBytes) await staged.write(zeros, this.position);
      this.position += zeros.length;
      left -= zeros.length;
    }
    this.#host.progress(this.entry, this.position);
  }

  /** The next record does not wait for the write; who sends does, when too many are under way. */
  async #takeBytes(bytes: Uint8Array): Promise<{ write?: Promise<void> }> {
    if (this.ending !== undefined) return {};
    this.check(bytes.length);
    const staged = this.#isChanged && this.#staged !== undefined ? this.#staged : await this.#stage();
    const write = staged.write(bytes, this.position).catch((error: unknown) => this.#failWrite(error));
    this.#writes.add(write);
    void write.finally(() => this.#writes.delete(write));
    this.#hasher.update(bytes);
    this.#lister.update(bytes);
    this.position += bytes.length;
    this.#host.progress(this.entry, this.position);
    return { write };
  }

  /** The step that is under way may be writing to the staged file: that goes when it is over. */
  #failWrite(error: unknown): void {
    this.endFailed(error);
    this.#steps = this.#steps.then(() => this.drop());
  }

  /** The staged file, with everything in it that came so far. */
  async #stage(): Promise<StagedFile> {
    this.#isChanged = true;
    if (this.#staged !== undefined) return this.#staged;
    this.#host.staging(this.entry);
    this.#staged = createStaged(this.#host.tree, this.#host.stagedName(this.entry));
    const { position } = this;
    if (position > 0) {
      // What is written is hashed as it is written, whatever it was a moment ago.
      this.position = 0;
      this.#hasher = createHasher();
      await this.#copyBase(position);
    }
    return this.#staged;
  }

  async #complete(promised: Uint8Array): Promise<void> {
    if (this.isWholeHeld && this.offer !== undefined && isEqual(this.offer.hash, promised)) {
      this.drop();
      this.ending = { kind: 'held', hash: promised.slice(), seen: this.offer.seen };
      return;
    }
    if (this.position !== this.entry.sizeBytes) return this.endCorrupt();
    const seen = this.#isChanged || this.#isContinued ? undefined : this.#wholeHere();
    const staged = seen === undefined ? await this.#stage() : undefined;
    await this.#written();
    if (this.ending !== undefined) return;
    if (staged !== undefined && staged.sizeBytes() !== this.entry.sizeBytes)
      staged.truncate(this.entry.sizeBytes);
    const hash = this.#hasher.digest();
    if (!isEqual(hash, promised)) {
      this.isOfferLost = this.#isBaseUsed;
      return this.endCorrupt();
    }
    if (staged !== undefined) this.ending = { kind: 'staged', staged, hash, blocks: this.#lister.digests() };
    else if (seen !== undefined) {
      this.drop();
      this.ending = { kind: 'held', hash, seen };
    }
  }

  /** The file at its place, if that is all that was read, and nobody has written to it meanwhile. */
  #wholeHere(): Stat | undefined {
    if (this.#here === undefined) return undefined;
    const { handle, stat } = this.#here;
    const now = handle.stat();
    const isWhole =
      now.sizeBytes === this.entry.sizeBytes && now.mtimeNs === stat.mtimeNs && now.ctimeNs === stat.ctimeNs;
    return isWhole ? now : undefined;
  }

  #endStale(kind: RecordKind): void {
    // What came of a large file may still be right as a part of its next version.
    if (kind === 'changed') this.#keep();
    else this.drop();
    this.ending = { kind: 'stale' };
  }

  #keep(): void {
    if (this.#isContinued || (this.#isChanged && this.position > SMALL_FILE_BYTES)) this.#staged?.keep();
    else this.drop();
  }

  async #written(): Promise<void> {
    await Promise.all(this.#writes);
  }
}

/** Writes bytes but for what is zero, which is a hole in a file that ends before. */
function writeFilled(staged: StagedFile, bytes: Uint8Array, position: number): Promise<void>[] {
  return extentsOf(bytes)
    .filter(({ isZero }) => !isZero)
    .map(({ start, end }) => staged.write(bytes.subarray(start, end), position + start));
}
