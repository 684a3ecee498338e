/**
 * What the target has of a large file that is to be fetched, however old: the file at its place, what an interrupted
 * transfer left of it, or both. Its block list is offered, and the new content is made of it where the server says so.
 */
import {
  type ByteSource,
  createHasher,
  type Hasher,
  hashBytes,
  ReadAhead,
  type StagedFile,
  TreeError,
} from '@lanmirror/engine/tree';
import { BLOCK_DIGEST_BYTES, blockBytesOf, digestsBytesOf, type SourceEntry } from '@lanmirror/protocol';
import { isAsLeft } from '../state/baseline-entry.ts';
import type { OfferHost } from './offer.ts';

export interface Base {
  /** The file at its place; undefined when only the staged file is here. */
  readonly path: string | undefined;
  readonly sizeBytes: number;
  /** The digests of its blocks. */
  readonly digests: Uint8Array;
  /** BLAKE3 of the file at its place, if that is the whole base and its hash is known. */
  readonly hash: Uint8Array | undefined;
}

/**
 * Finds and reads what is here of `entry`, which belongs at `path`; undefined when nothing is, or it cannot be read.
 * `partial`: what an interrupted transfer left; its bytes go before those of the file at the same position.
 */
export async function findBase(
  host: OfferHost,
  entry: SourceEntry,
  path: string,
  partial: StagedFile | undefined,
): Promise<Base | undefined> {
  const there = host.target.tree.stat(path);
  const hereBytes = there?.kind === 'file' ? there.sizeBytes : 0;
  const partialBytes = partial?.sizeBytes() ?? 0;
  const sizeBytes = Math.min(entry.sizeBytes, Math.max(hereBytes, partialBytes));
  if (sizeBytes === 0) return undefined;
  const isHere = hereBytes > partialBytes;
  const before = host.target.state.baseline.get(entry.id);
  const isWhole = isHere && partialBytes === 0 && hereBytes === sizeBytes;
  const isKnown = isWhole && before !== undefined && there !== undefined && isAsLeft(before, there);
  const digests = await readDigests(host, isHere ? path : undefined, partial, sizeBytes);
  return (
    digests && {
      ...{ path: isHere ? path : undefined, sizeBytes, digests },
      hash: isKnown ? (before.hash ?? undefined) : undefined,
    }
  );
}

/** The bytes of a base: those of the staged file, and behind them those of the file at its place. */
export function baseSource(staged: StagedFile | undefined, here: ByteSource | undefined): ByteSource {
  const stagedBytes = staged?.sizeBytes() ?? 0;
  return {
    read: async (buffer, offset, length, position) => {
      if (staged !== undefined && position < stagedBytes)
        return staged.read(buffer, offset, Math.min(length, stagedBytes - position), position);
      return here === undefined ? 0 : here.read(buffer, offset, length, position);
    },
  };
}

/** Of what a disk cannot read nothing is offered: the whole is fetched, and what is here gives way to it. */
async function readDigests(
  host: OfferHost,
  path: string | undefined,
  partial: StagedFile | undefined,
  sizeBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    const here = path === undefined ? undefined : host.target.tree.open(path);
    try {
      return await listBlocks(baseSource(partial, here), sizeBytes, () => host.worked());
    } finally {
      here?.close();
    }
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}

/** The block list of the first bytes of something; undefined when it is shorter. Throws TreeError. */
export async function listBlocks(
  source: ByteSource,
  sizeBytes: number,
  worked: () => void,
): Promise<Uint8Array | undefined> {
  const lister = new BlockLister(sizeBytes);
  const reader = new ReadAhead(source, 0, sizeBytes);
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    lister.update(chunk.bytes);
    worked();
  }
  return lister.digests();
}

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
