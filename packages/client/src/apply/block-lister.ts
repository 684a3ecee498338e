import { createHasher, type Hasher, hashBytes } from '@lanmirror/engine/tree';
import { BLOCK_DIGEST_BYTES, blockBytesOf, digestsBytesOf } from '@lanmirror/protocol';

/** Makes a block list of bytes that come in order. */
export class BlockLister {
  readonly #sizeBytes: number;
  readonly #blockBytes: number;
  readonly #digests: Uint8Array;
  #position = 0;
  /** Of a block that came in part. */
  #hasher: Hasher | undefined;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#blockBytes = blockBytesOf(sizeBytes);
    this.#digests = new Uint8Array(digestsBytesOf(sizeBytes));
  }

  /** Bytes that are listed so far. */
  get position(): number {
    return this.#position;
  }

  /** Takes from the list of another content the blocks up to `end`, at most, that both have; begins at a block only. */
  adopt(digests: Uint8Array, sizeBytes: number, end: number): void {
    if (blockBytesOf(sizeBytes) !== this.#blockBytes || this.#position % this.#blockBytes !== 0) return;
    for (;;) {
      const blockEnd = Math.min(this.#position + this.#blockBytes, this.#sizeBytes);
      const isSameLength = blockEnd === Math.min(this.#position + this.#blockBytes, sizeBytes);
      if (blockEnd > end || blockEnd === this.#position || !isSameLength) return;
      const at = (this.#position / this.#blockBytes) * BLOCK_DIGEST_BYTES;
      this.#put(this.#position, digests.subarray(at, at + BLOCK_DIGEST_BYTES));
      this.#position = blockEnd;
    }
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const start = this.#position - (this.#position % this.#blockBytes);
      const end = Math.min(start + this.#blockBytes, this.#sizeBytes);
      const part = bytes.subarray(at, at + end - this.#position);
      this.#take(part, start, end);
      this.#position += part.length;
      at += part.length;
    }
  }

  /** The list, when all bytes came; undefined before. */
  digests(): Uint8Array | undefined {
    return this.#position === this.#sizeBytes ? this.#digests : undefined;
  }

  #take(part: Uint8Array, start: number, end: number): void {
    const isEnd = this.#position + part.length === end;
    if (this.#position === start && isEnd) return this.#put(start, hashBytes(part));
    if (this.#position === start) this.#hasher = createHasher();
    this.#hasher?.update(part);
    if (isEnd && this.#hasher !== undefined) this.#put(start, this.#hasher.digest());
  }

  #put(start: number, hash: Uint8Array): void {
    const at = (start / this.#blockBytes) * BLOCK_DIGEST_BYTES;
    this.#digests.set(hash.subarray(0, BLOCK_DIGEST_BYTES), at);
  }
}
