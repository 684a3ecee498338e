/**
 * Reads a file once, in order, in large chunks, and asks for the next ones while one is being used.
 *
 * Owns a few buffers, each given out again two chunks later.
 */
import type { ReadHandle } from './port.ts';

/** A multiple of the smallest blocks of a block list; a power of two, as all blocks are. */
export const CHUNK_BYTES = 512 * 1024;
/** Reads under way while a chunk is used. */
const DEPTH = 2;

export interface Chunk {
  readonly position: number;
  /** Valid until the next chunk is asked for. */
  readonly bytes: Uint8Array;
}

/** What can be read at any position. */
export type ByteSource = Pick<ReadHandle, 'read'>;

/** Fewer bytes than asked for: the file ends there. An error waits here until the chunk is wanted, if it ever is. */
type Outcome = { readonly bytes: Uint8Array } | { readonly error: unknown };

export class ReadAhead {
  readonly #source: ByteSource;
  readonly #end: number;
  readonly #spare: Uint8Array[];
  readonly #underWay: { readonly position: number; readonly outcome: Promise<Outcome> }[] = [];
  #asked: number;
  #given: Uint8Array | undefined;

  /** Reads from `position` to `end`. Who reads several parts, one after the other, gives them the same `spare` buffers. */
  constructor(source: ByteSource, position: number, end: number, spare: Uint8Array[] = []) {
    this.#source = source;
    this.#end = end;
    this.#asked = position;
    this.#spare = spare;
  }

  /** The next chunk; undefined at the end, or where the file turns out to be shorter. Throws TreeError. */
  async next(): Promise<Chunk | undefined> {
    this.#giveBack();
    while (this.#underWay.length <= DEPTH && this.#asked < this.#end) this.#ask();
    const first = this.#underWay.shift();
    if (first === undefined) return undefined;
    const wanted = chunkAt(first.position, this.#end);
    const outcome = await first.outcome;
    if ('error' in outcome) throw outcome.error;
    const { bytes } = outcome;
    if (bytes.length < wanted) return undefined;
    this.#given = new Uint8Array(bytes.buffer);
    return { position: first.position, bytes };
  }

  #giveBack(): void {
    if (this.#given !== undefined) this.#spare.push(this.#given);
    this.#given = undefined;
  }

  #ask(): void {
    const position = this.#asked;
    const length = chunkAt(position, this.#end);
    this.#asked += length;
    const buffer = this.#spare.pop() ?? new Uint8Array(CHUNK_BYTES);
    const outcome = readFully(this.#source, buffer.subarray(0, length), position).then(
      (bytes): Outcome => ({ bytes }),
      (error: unknown): Outcome => ({ error }),
    );
    this.#underWay.push({ position, outcome });
  }
}

/** Fills `buffer` from `position` on; returns the part that the file has. Throws TreeError. */
export async function readFully(
  source: ByteSource,
  buffer: Uint8Array,
  position: number,
): Promise<Uint8Array> {
  let at = 0;
  while (at < buffer.length) {
    const got = await source.read(buffer, at, buffer.length - at, position + at);
    if (got === 0) break;
    at += got;
  }
  return buffer.subarray(0, at);
}

/** Chunks end at multiples of their size. */
function chunkAt(position: number, end: number): number {
  return Math.min(position - (position % CHUNK_BYTES) + CHUNK_BYTES, end) - position;
}
