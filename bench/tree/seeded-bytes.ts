/** Bytes that look random and are the same for the same seed: a key stream. */
import { createCipheriv, createHash } from 'node:crypto';

export class SeededBytes {
  readonly #cipher;

  constructor(seed: string) {
    const hash = createHash('sha256').update(seed).digest();
    this.#cipher = createCipheriv('aes-128-ctr', hash.subarray(0, 16), hash.subarray(16));
  }

  /** The next ones. */
  next(length: number): Buffer {
    return this.#cipher.update(Buffer.alloc(length));
  }
}
