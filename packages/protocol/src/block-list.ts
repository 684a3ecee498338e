/**
 * How a content is cut into the blocks of a block list. Both ends know it from the size alone: blocks of
 * MIN_BLOCK_BYTES, doubled until there are at most MAX_BLOCKS of them; the last one may be shorter.
 */
import { BLOCK_DIGEST_BYTES, MAX_BLOCKS, MIN_BLOCK_BYTES } from './limit.ts';

/** Size of every block but the last of a content of `sizeBytes`. */
export function blockBytesOf(sizeBytes: number): number {
  let blockBytes = MIN_BLOCK_BYTES;
  while (Math.ceil(sizeBytes / blockBytes) > MAX_BLOCKS) blockBytes *= 2;
  return blockBytes;
}

/** Bytes that the digests of all blocks of a content of `sizeBytes` take. */
export function digestsBytesOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytesOf(sizeBytes)) * BLOCK_DIGEST_BYTES;
}
