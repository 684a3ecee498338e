/**
 * One file on its way in: takes the records of its answer and ends as content that is complete and verified, as
 * "the target holds it already", or as a failure. It has no place in the tree yet.
 */
import { type StagedFile, type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import type { FetchItem, RecordKind, SourceEntry } from '@lanmirror/protocol';
import type { Offer } from './offer.ts';

export type Ending =
  /** A small file, in memory and verified. */
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly hash: Uint8Array }
  /** Staged and verified; of a large file with its block list. */
  | {
      readonly kind: 'staged';
      readonly staged: StagedFile;
      readonly hash: Uint8Array;
      readonly blocks?: Uint8Array | undefined;
    }
  /** The file at its place is the whole file, as long as it is the one that was `seen` then. */
  | { readonly kind: 'held'; readonly hash: Uint8Array; readonly seen: Stat }
  /** The source moved on; a change follows. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly error?: TreeError };

export interface IncomingHost {
  readonly tree: WritableTree;
  /** Name of the staged file of an entry. */
  stagedName(entry: SourceEntry): string;
  progress(entry: SourceEntry, doneBytes: number): void;
  /** A staged file is about to be made, and takes room of its own. Throws TreeError NO_SPACE where there is none. */
  staging(entry: SourceEntry): void;
}

const decoder = new TextDecoder();

/** What files in memory and files on the disk do alike. */
export abstract class IncomingFile {
  readonly entry: SourceEntry;
  /** What was offered could not be read when it was needed: it failed for that, and may come whole. */
  isOfferLost = false;
  protected readonly offer: Offer | undefined;
  protected isOfferTaken = false;
  /** Bytes of the file that were collected, those of the offer included. */
  protected position = 0;
  protected ending: Ending | undefined;

  constructor(entry: SourceEntry, offer: Offer | undefined) {
    this.entry = entry;
    this.offer = offer;
  }

  get item(): FetchItem {
    const { id, version } = this.entry;
    const { offer } = this;
    return offer === undefined || offer.sizeBytes === 0
      ? { id, version, offset: 0, hash: null, baseBytes: 0 }
      : { id, version, offset: offer.sizeBytes, hash: offer.hash, baseBytes: 0 };
  }

  /** The block list that its item announces. */
  get digests(): Uint8Array | undefined {
    return undefined;
  }

  /** Takes a record; a promise says when its bytes are written. */
  abstract take(kind: RecordKind, payload: Uint8Array): Promise<void> | undefined;

  /** The outcome, when the answer is over. */
  abstract finish(): Promise<Ending>;

  /** What was collected is of no use. */
  protected abstract drop(): void;

  protected start(payload: Uint8Array): void {
    const from = Number(new DataView(payload.buffer, payload.byteOffset, 8).getBigUint64(0));
    this.isOfferTaken = from > 0 && from === this.offer?.sizeBytes;
    if (from !== 0 && !this.isOfferTaken)
      throw new TreeError('IO', this.entry.name, 'the server continues where nothing was offered');
  }

  protected get isWholeHeld(): boolean {
    return this.isOfferTaken && this.offer?.sizeBytes === this.entry.sizeBytes;
  }

  /** A server that sends more than it announced fills neither memory nor disk. */
  protected check(bytes: number): void {
    if (this.position + bytes > this.entry.sizeBytes)
      throw new TreeError('IO', this.entry.name, 'more bytes came than were announced');
  }

  protected loseOffer(error: unknown): never {
    this.isOfferLost = error instanceof TreeError;
    throw error;
  }

  protected endUnreadable(payload: Uint8Array): void {
    this.drop();
    const told = decoder.decode(payload);
    // What is to be allowed there is another thing, and to another user, than what is to be allowed here.
    const code = told === 'DENIED' ? 'SOURCE_DENIED' : told;
    this.ending = { kind: 'failed', code, message: 'it cannot be read at the source' };
  }

  protected endCorrupt(): void {
    this.drop();
    const message = 'what arrived is not what was sent; it will be fetched again';
    this.ending = { kind: 'failed', code: 'CORRUPT', message };
  }

  /** A file that fails does not end the session; anything but a tree's error is a fault of ours and does. */
  protected fail(error: unknown): void {
    this.endFailed(error);
    this.drop();
  }

  /** The same, and what was collected stays. */
  protected endFailed(error: unknown): void {
    if (!(error instanceof TreeError)) throw error;
    this.ending ??= { kind: 'failed', code: error.code, message: error.message, error };
  }
}

/** A new staged file; what a kill left under its name goes. `mode`: what it is going to have. */
export function createStaged(tree: WritableTree, name: string, mode?: number): StagedFile {
  try {
    return tree.createStaged(name, mode);
  } catch (error) {
    if (!(error instanceof TreeError) || error.code !== 'EXISTS') throw error;
  }
  tree.sweepStaged(name);
  return tree.createStaged(name, mode);
}
