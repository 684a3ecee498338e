/**
 * Reads a file again, a part at a time with any rest between, and compares its content with the hash that is known
 * of it. No file stays open between two parts.
 */
import { createHasher, type Hasher } from './hash.ts';
import type { ReadableTree, Stat } from './port.ts';

const PART_BYTES = 1 << 20;

/** `part`: there is more to read. `right`, `other`: the whole content is what was known, or is not. `left`: not believed. */
export type Reread = 'part' | 'right' | 'other' | 'left';

interface Reading {
  readonly hash: Uint8Array;
  readonly sizeBytes: number;
  readonly hasher: Hasher;
  position: number;
}

export class Rereader {
  /** As large as the largest part so far: many a program never reads a file again. */
  #buffer = new Uint8Array();
  #reading: Reading | undefined;

  /** A file of `sizeBytes` is read from its beginning, and is to have the BLAKE3 hash `hash`. */
  begin(hash: Uint8Array, sizeBytes: number): void {
    const partBytes = Math.min(PART_BYTES, sizeBytes);
    if (this.#buffer.length < partBytes) this.#buffer = new Uint8Array(partBytes);
    this.#reading = { hash, sizeBytes, hasher: createHasher(), position: 0 };
  }

  /**
   * Reads the next part of the file, which is at `path` now. `isBelieved` is asked after it was read, while the
   * file is open. Throws TreeError.
   */
  async next(tree: ReadableTree, path: string, isBelieved: (stat: Stat) => boolean): Promise<Reread> {
    const reading = this.#reading;
    if (reading === undefined) throw new Error('no reading was begun');
    const handle = tree.open(path);
    let got: number;
    try {
      got = await handle.read(this.#buffer, 0, this.#buffer.length, reading.position);
      if (!isBelieved(handle.stat())) return 'left';
    } finally {
      handle.close();
    }
    reading.hasher.update(this.#buffer.subarray(0, got));
    reading.position += got;
    if (got > 0 && reading.position < reading.sizeBytes) return 'part';
    return Buffer.compare(reading.hasher.digest(), reading.hash) === 0 ? 'right' : 'other';
  }
}
