/** A small file on its way in: its bytes are collected in memory, so that it is written in one go at its place. */
import { hashBytes, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import type { RecordKind, SourceEntry } from '@lanmirror/protocol';
import type { Arena } from './arena.ts';
import { type Ending, IncomingFile } from './incoming-file.ts';
import { isEqual, type Offer, readWhole } from './offer.ts';

export interface SmallFileHost {
  readonly tree: WritableTree;
  /** Has to stay as it is until what the file ends as is settled. */
  readonly arena: Arena;
  /** What was offered is not all of it: bytes come. Throws TreeError NO_SPACE where there is no room for them. */
  arriving(): void;
}

export class IncomingSmallFile extends IncomingFile {
  readonly #host: SmallFileHost;
  /** As long as the file is to be; made when the first bytes come. */
  #bytes: Uint8Array | undefined;

  constructor(entry: SourceEntry, offer: Offer | undefined, host: SmallFileHost) {
    super(entry, offer);
    this.#host = host;
  }

  take(kind: RecordKind, payload: Uint8Array): undefined {
    if (this.ending !== undefined) return;
    try {
      if (kind === 'start') this.#begin(payload);
      else if (kind === 'bytes') this.#collect(payload);
      else this.#end(kind, payload);
    } catch (error) {
      this.fail(error);
    }
  }

  /** An answer that did not come to its end is no answer. Nothing is taken any more: the arena is somebody else's. */
  async finish(): Promise<Ending> {
    this.ending ??= { kind: 'stale' };
    return this.ending;
  }

  protected drop(): void {
    this.#bytes = undefined;
  }

  #begin(payload: Uint8Array): void {
    this.start(payload);
    if (this.isWholeHeld) return;
    this.#host.arriving();
    if (this.isOfferTaken) this.#collect(this.#offeredBytes());
  }

  #offeredBytes(): Uint8Array {
    if (this.offer === undefined) return new Uint8Array(0);
    const { path, sizeBytes } = this.offer;
    try {
      return readWhole(this.#host.tree, path, sizeBytes);
    } catch (error) {
      return this.loseOffer(error);
    }
  }

  #collect(bytes: Uint8Array): void {
    this.check(bytes.length);
    this.#bytes ??= this.#host.arena.take(this.entry.sizeBytes);
    this.#bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  #end(kind: RecordKind, payload: Uint8Array): void {
    if (kind === 'end') return this.#complete(payload);
    if (kind === 'unreadable') return this.endUnreadable(payload);
    if (kind === 'same' || kind === 'zeros')
      throw new TreeError('IO', this.entry.name, 'the server sends a run where it may not');
    this.drop();
    this.ending = { kind: 'stale' };
  }

  #complete(promised: Uint8Array): void {
    if (this.isWholeHeld && this.offer !== undefined && isEqual(this.offer.hash, promised)) {
      this.ending = { kind: 'held', hash: promised.slice(), seen: this.offer.seen };
      return;
    }
    const bytes = this.#bytes ?? new Uint8Array(0);
    // Before it is hashed: what is missing was never written into the buffer.
    if (this.position !== this.entry.sizeBytes) return this.endCorrupt();
    const hash = hashBytes(bytes);
    if (!isEqual(hash, promised)) return this.endCorrupt();
    this.ending = { kind: 'whole', bytes, hash };
  }
}
