/**
 * A large file on its way in: its bytes go into a staged file, which an interruption leaves, so that the next answer
 * continues where this one ended.
 */
import {
  createHasher,
  type Hasher,
  type ReadHandle,
  type StagedFile,
  TreeError,
} from '@lanmirror/engine/tree';
import { type RecordKind, SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { createStaged, type Ending, IncomingFile, type IncomingHost } from './incoming-file.ts';
import { isEqual, type Offer } from './offer.ts';

const COPY_BYTES = 1 << 20;

export class IncomingLargeFile extends IncomingFile {
  readonly #host: IncomingHost;
  #partial: StagedFile | undefined;
  readonly #hasher: Hasher = createHasher();
  #steps: Promise<void> = Promise.resolve();

  /** `partial`: an interrupted staged file that `offer` is about when it names no path. */
  constructor(
    entry: SourceEntry,
    offer: Offer | undefined,
    host: IncomingHost,
    partial: StagedFile | undefined,
  ) {
    super(entry, offer);
    this.#host = host;
    this.#partial = partial;
  }

  take(kind: RecordKind, payload: Uint8Array): Promise<void> {
    this.#steps = this.#steps
      .then(() => this.#take(kind, payload))
      .catch((error: unknown) => this.fail(error));
    return this.#steps;
  }

  /** What a lost connection leaves is kept for the next time. */
  async finish(): Promise<Ending> {
    await this.#steps;
    if (this.ending !== undefined) return this.ending;
    this.#partial?.keep();
    return { kind: 'stale' };
  }

  protected drop(): void {
    this.#partial?.discard();
  }

  async #take(kind: RecordKind, payload: Uint8Array): Promise<void> {
    if (this.ending !== undefined) return;
    if (kind === 'start') return this.#begin(payload);
    if (kind !== 'bytes') return this.#end(kind, payload);
    this.#partial ??= this.#create();
    this.check(payload.length);
    this.#hasher.update(payload);
    await this.#partial.write(payload, this.position);
    this.position += payload.length;
    this.#host.progress(this.entry, this.position);
  }

  async #begin(payload: Uint8Array): Promise<void> {
    this.start(payload);
    if (this.isOfferTaken) await this.#continueOffer();
    else this.#partial?.truncate(0);
  }

  /** The server agrees with what we hold: its hash goes in front, and its bytes if there are more to come. */
  async #continueOffer(): Promise<void> {
    const { offer } = this;
    if (offer === undefined || this.isWholeHeld) return;
    const buffer = new Uint8Array(COPY_BYTES);
    const source = offer.path === undefined ? this.#partial : this.#openOffered(offer.path);
    if (source === undefined) throw new TreeError('ABSENT', this.entry.name, 'the staged file is gone');
    try {
      for (let at = 0; at < offer.sizeBytes; ) {
        const got = await source
          .read(buffer, 0, Math.min(buffer.length, offer.sizeBytes - at), at)
          .catch((error: unknown) => this.loseOffer(error));
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
    this.position = offer.sizeBytes;
    this.#partial?.truncate(offer.sizeBytes);
  }

  #openOffered(path: string): ReadHandle {
    try {
      return this.#host.tree.open(path);
    } catch (error) {
      return this.loseOffer(error);
    }
  }

  #end(kind: RecordKind, payload: Uint8Array): void {
    if (kind === 'end') return this.#complete(payload);
    if (kind === 'unreadable') return this.endUnreadable(payload);
    // What came of a large file may still be right as the beginning of its next version.
    if (kind === 'changed' && this.position > SMALL_FILE_BYTES) this.#partial?.keep();
    else this.drop();
    this.ending = { kind: 'stale' };
  }

  #complete(promised: Uint8Array): void {
    if (this.#isHeldAs(promised)) return;
    this.#partial ??= this.#create();
    const hash = this.#hasher.digest();
    if (this.position !== this.entry.sizeBytes || !isEqual(hash, promised)) return this.endCorrupt();
    this.ending = { kind: 'staged', staged: this.#partial, hash };
  }

  /** The offer is the whole file: at its place already, or staged. */
  #isHeldAs(promised: Uint8Array): boolean {
    if (!this.isWholeHeld || this.offer === undefined || !isEqual(this.offer.hash, promised)) return false;
    const hash = promised.slice();
    if (this.offer.path !== undefined) {
      this.drop();
      this.ending = { kind: 'held', hash };
    } else if (this.#partial !== undefined) this.ending = { kind: 'staged', staged: this.#partial, hash };
    return this.ending !== undefined;
  }

  #create(): StagedFile {
    return createStaged(this.#host.tree, this.#host.stagedName(this.entry));
  }
}
