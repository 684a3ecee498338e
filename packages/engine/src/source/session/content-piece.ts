/**
 * Cuts a large file into what is said of it: runs that the client's base has too, runs of zeros, and bytes.
 *
 * The file is read once, in order, and hashed as a whole on the way. Only a block that is larger than a chunk and
 * differs from the base's is read a second time; were it written to in between, the hash of the whole would tell.
 */

import { MAX_RUN_BYTES } from '@lanmirror/protocol';
import {
  CHUNK_BYTES,
  type Chunk,
  createHasher,
  extentsOf,
  type Hasher,
  hashBytes,
  ReadAhead,
  type ReadHandle,
  readFully,
} from '../../tree/index.ts';
import type { Block, BlockList } from './block-list.ts';

export interface Run {
  readonly kind: 'same' | 'zeros';
  readonly length: number;
}

/** `bytes` are valid until the next piece is asked for. */
export type Piece = Run | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A block that was read as a whole, in several chunks, and is not the base's: its bytes are to be read again. */
interface OtherBlock {
  readonly kind: 'other';
  readonly block: Block;
}

export interface PieceSource {
  readonly handle: ReadHandle;
  readonly sizeBytes: number;
  /** Of what the client holds; undefined when it holds nothing. */
  readonly list: Pick<BlockList, 'baseBytes' | 'blockAt' | 'isSame'> | undefined;
  /** Is given every byte from `position` on. */
  readonly hasher: Hasher;
  readonly position: number;
}

/** The file from `position` on. Returns whether it was as long as `sizeBytes` says. Throws TreeError. */
export async function* piecesOf(source: PieceSource): AsyncGenerator<Piece, boolean> {
  const { handle, sizeBytes } = source;
  const cutter = new Cutter(source);
  const runs = new RunCollector();
  const reader = new ReadAhead(handle, source.position, sizeBytes);
  let { position } = source;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    source.hasher.update(chunk.bytes);
    for (const piece of cutter.cut(chunk)) {
      if (piece.kind !== 'other') yield* runs.add(piece);
      else if (!(yield* readAgain(handle, piece.block, runs))) return false;
    }
    position = chunk.position + chunk.bytes.length;
  }
  yield* runs.rest();
  return position === sizeBytes;
}

/** The bytes of a block; returns false when the file ends before. Throws TreeError. */
async function* readAgain(
  handle: ReadHandle,
  block: Block,
  runs: RunCollector,
): AsyncGenerator<Piece, boolean> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let at = block.start; at < block.end; at += CHUNK_BYTES) {
    const part = buffer.subarray(0, Math.min(CHUNK_BYTES, block.end - at));
    if ((await readFully(handle, part, at)).length < part.length) return false;
    for (const piece of toPieces(part)) yield* runs.add(piece);
  }
  return true;
}

/** Compares chunks with the blocks of a list. */
class Cutter {
  readonly #list: PieceSource['list'];
  readonly #sizeBytes: number;
  /** Of a block that is larger than a chunk. */
  #hasher: Hasher | undefined;

  constructor({ list, sizeBytes }: PieceSource) {
    this.#list = list;
    this.#sizeBytes = sizeBytes;
  }

  /** What is known of a chunk; of a part of a large block nothing is, until its end. */
  *cut({ position, bytes }: Chunk): Generator<Piece | OtherBlock> {
    const end = position + bytes.length;
    const list = this.#list;
    let at = position;
    while (list !== undefined && at < Math.min(end, list.baseBytes)) {
      const block = list.blockAt(at);
      const to = Math.min(end, block.end);
      const part = bytes.subarray(at - position, to - position);
      // A block that is longer than what the file has there is another one.
      if (block.end > this.#sizeBytes) yield* toPieces(part);
      else if (part.length < block.end - block.start) yield* this.#takePart(list, block, at, part);
      else if (list.isSame(block.start, hashBytes(part))) yield { kind: 'same', length: part.length };
      else yield* toPieces(part);
      at = to;
    }
    if (at < end) yield* toPieces(bytes.subarray(at - position));
  }

  *#takePart(
    list: NonNullable<PieceSource['list']>,
    block: Block,
    at: number,
    part: Uint8Array,
  ): Generator<Run | OtherBlock> {
    if (at === block.start) this.#hasher = createHasher();
    this.#hasher?.update(part);
    if (at + part.length < block.end) return;
    const isSame = this.#hasher !== undefined && list.isSame(block.start, this.#hasher.digest());
    this.#hasher = undefined;
    if (isSame) yield* runsOf('same', block.end - block.start);
    else yield { kind: 'other', block };
  }
}

/** Joins runs that follow each other, as long as one record may say them. */
class RunCollector {
  #run: Run | undefined;

  *add(piece: Piece): Generator<Piece> {
    if (piece.kind === 'bytes') {
      yield* this.rest();
      yield piece;
      return;
    }
    const run = this.#run;
    if (run?.kind === piece.kind && run.length + piece.length <= MAX_RUN_BYTES)
      this.#run = { kind: run.kind, length: run.length + piece.length };
    else {
      yield* this.rest();
      this.#run = piece;
    }
  }

  *rest(): Generator<Piece> {
    if (this.#run !== undefined) yield this.#run;
    this.#run = undefined;
  }
}

function* runsOf(kind: Run['kind'], length: number): Generator<Run> {
  for (let left = length; left > 0; left -= MAX_RUN_BYTES)
    yield { kind, length: Math.min(left, MAX_RUN_BYTES) };
}

function* toPieces(bytes: Uint8Array): Generator<Piece> {
  for (const { start, end, isZero } of extentsOf(bytes)) {
    if (isZero) yield { kind: 'zeros', length: end - start };
    else yield { kind: 'bytes', bytes: bytes.subarray(start, end) };
  }
}
