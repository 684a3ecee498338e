import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockBytesOf, digestsBytesOf } from './block-list.ts';
import { BLOCK_DIGEST_BYTES, MAX_BLOCKS, MAX_INTEGER, MIN_BLOCK_BYTES } from './limit.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`block-list.test SEED=${seed}`);

test('a content of any size has at most MAX_BLOCKS blocks, and no larger ones than that takes', () => {
  const sizes = fc.oneof(fc.maxSafeNat(), fc.nat(4 * MAX_BLOCKS * MIN_BLOCK_BYTES), fc.constant(MAX_INTEGER));
  fc.assert(
    fc.property(sizes, (sizeBytes) => {
      const blockBytes = blockBytesOf(sizeBytes);
      expect(Math.ceil(sizeBytes / blockBytes)).toBeLessThanOrEqual(MAX_BLOCKS);
      expect(Math.log2(blockBytes / MIN_BLOCK_BYTES) % 1).toBe(0);
      if (blockBytes > MIN_BLOCK_BYTES)
        expect(Math.ceil((2 * sizeBytes) / blockBytes)).toBeGreaterThan(MAX_BLOCKS);
    }),
    { seed, numRuns: 1000 },
  );
});

test.each([
  [1, MIN_BLOCK_BYTES, 1],
  [MIN_BLOCK_BYTES, MIN_BLOCK_BYTES, 1],
  [MIN_BLOCK_BYTES + 1, MIN_BLOCK_BYTES, 2],
  [2 ** 31, MIN_BLOCK_BYTES, MAX_BLOCKS],
  [2 ** 31 + 1, 2 * MIN_BLOCK_BYTES, MAX_BLOCKS / 2 + 1],
])('%i bytes are cut into blocks of %i: %i', (sizeBytes, blockBytes, blocks) => {
  expect(blockBytesOf(sizeBytes)).toBe(blockBytes);
  expect(digestsBytesOf(sizeBytes)).toBe(blocks * BLOCK_DIGEST_BYTES);
});
