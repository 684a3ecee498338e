/**
 * The block list of what a client holds of one file, as it arrives with the fetch of that file.
 *
 * Owned by the fetch; memory for what has been announced is taken at once, and is never more than 256 KiB.
 */
import { BLOCK_DIGEST_BYTES, blockBytesOf, digestsBytesOf, ProtocolError } from '@lanmirror/protocol';

/** A block of the base, cut where the base ends. */
export interface Block {
  readonly start: number;
  readonly end: number;
}

export class BlockList {
  readonly baseBytes: number;
  readonly blockBytes: number;
  readonly #digests: Buffer;
  #received = 0;
  #wake: (() => void) | undefined;
  #isAbandoned = false;

  constructor(baseBytes: number) {
    this.baseBytes = baseBytes;
    this.blockBytes = blockBytesOf(baseBytes);
    this.#digests = Buffer.alloc(digestsBytesOf(baseBytes));
  }

  get isWhole(): boolean {
    return this.#received === this.#digests.length;
  }

  /** Takes the next digests. Throws ProtocolError for more than were announced. */
  take(digests: Uint8Array): void {
    if (digests.length > this.#digests.length - this.#received)
      throw new ProtocolError('more digests than blocks');
    this.#digests.set(digests, this.#received);
    this.#received += digests.length;
    if (this.isWhole) this.#wake?.();
  }

  /** Resolves when all digests are here, or nobody waits for them any more. */
  arrived(): Promise<void> {
    if (this.isWhole || this.#isAbandoned) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The fetch is over. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#wake?.();
  }

  /** The block at a position of the base. */
  blockAt(position: number): Block {
    const start = position - (position % this.blockBytes);
    return { start, end: Math.min(start + this.blockBytes, this.baseBytes) };
  }

  /** Whether the block that begins at `start` has this BLAKE3. */
  isSame(start: number, hash: Uint8Array): boolean {
    const at = (start / this.blockBytes) * BLOCK_DIGEST_BYTES;
    return this.#digests.compare(hash, 0, BLOCK_DIGEST_BYTES, at, at + BLOCK_DIGEST_BYTES) === 0;
  }
}
