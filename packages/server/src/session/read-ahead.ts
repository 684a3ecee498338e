/**
 * Reads a file once, in order, in large chunks, and asks for the next ones while one is being used.
 *
 * Owns a few buffers, each given out again two chunks later.
 */
import type { ReadHandle } from '@lanmirror/engine/tree';

/** A multiple of the smallest blocks of a block list; a power of two, as all blocks are. */
export const CHUNK_BYTES = 512 * 1024;
/** Reads under way while a chunk is used. */
const DEPTH = 2;

export interface Chunk {
  readonly position: number;
  /** Valid until the next chunk is asked for. */
  readonly bytes: Uint8Array;
}

/** Fewer bytes than asked for: the file ends there. An error waits here until the chunk is wanted, if it ever is. */
type Outcome = { readonly bytes: Uint8Array } | { readonly error: unknown };

export class ReadAhead {
  readonly #handle: ReadHandle;
  readonly #sizeBytes: number;
  readonly #spare: Uint8Array[] = [];
  readonly #underWay: { readonly position: number; readonly outcome: Promise<Outcome> }[] = [];
  #asked: number;
  #given: Uint8Array | undefined;

  /** Reads from `position` to `sizeBytes`; `position` is 0 or any other. */
  constructor(handle: ReadHandle, sizeBytes: number, position: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
    this.#asked = position;
  }

  /** The next chunk; undefined at the end, or where the file turns out to be shorter. Throws TreeError. */
  async next(): Promise<Chunk | undefined> {
    if (this.#given !== undefined) this.#spare.push(this.#given);
    this.#given = undefined;
    while (this.#underWay.length <= DEPTH && this.#asked < this.#sizeBytes) this.#ask();
    const first = this.#underWay.shift();
    if (first === undefined) return undefined;
    const outcome = await first.outcome;
    if ('error' in outcome) throw outcome.error;
    const { bytes } = outcome;
    const wanted = chunkAt(first.position, this.#sizeBytes);
    if (bytes.length < wanted) return undefined;
    this.#given = new Uint8Array(bytes.buffer);
    return { position: first.position, bytes };
  }

  #ask(): void {
    const position = this.#asked;
    const length = chunkAt(position, this.#sizeBytes);
    this.#asked += length;
    const buffer = this.#spare.pop() ?? new Uint8Array(Math.min(CHUNK_BYTES, this.#sizeBytes));
    const outcome = readFully(this.#handle, buffer.subarray(0, length), position).then(
      (bytes): Outcome => ({ bytes }),
      (error: unknown): Outcome => ({ error }),
    );
    this.#underWay.push({ position, outcome });
  }
}

/** Fills `buffer` from `position` on; returns the part that the file has. Throws TreeError. */
export async function readFully(
  handle: ReadHandle,
  buffer: Uint8Array,
  position: number,
): Promise<Uint8Array> {
  let at = 0;
  while (at < buffer.length) {
    const got = await handle.read(buffer, at, buffer.length - at, position + at);
    if (got === 0) break;
    at += got;
  }
  return buffer.subarray(0, at);
}

/** Chunks end at multiples of their size. */
function chunkAt(position: number, sizeBytes: number): number {
  const end = position - (position % CHUNK_BYTES) + CHUNK_BYTES;
  return Math.min(end, sizeBytes) - position;
}
