import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extentsOf } from './zero-extent.ts';

const GRANULE_BYTES = 32 * 1024;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`zero-extent.test SEED=${seed}`);

test('extents cover all bytes in order, zero ones hold nothing but zeros, and neighbours differ', () => {
  const parts = fc.array(fc.tuple(fc.nat(3 * GRANULE_BYTES), fc.boolean()), { maxLength: 6 });
  fc.assert(
    fc.property(parts, (list) => {
      const bytes = Buffer.concat(list.map(([length, isZero]) => Buffer.alloc(length, isZero ? 0 : 7)));
      const extents = extentsOf(bytes);
      expect(extents.at(0)?.start ?? 0).toBe(0);
      expect(extents.at(-1)?.end ?? 0).toBe(bytes.length);
      for (const [at, { start, end, isZero }] of extents.entries()) {
        expect(end).toBeGreaterThan(start);
        if (isZero) expect(bytes.subarray(start, end).every((byte) => byte === 0)).toBe(true);
        const next = extents[at + 1];
        if (next !== undefined) expect([next.start, next.isZero]).toEqual([end, !isZero]);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('every whole granule of zeros is found', () => {
  const bytes = Buffer.alloc(4 * GRANULE_BYTES, 7).fill(0, GRANULE_BYTES, 3 * GRANULE_BYTES);
  expect(extentsOf(bytes)).toEqual([
    { start: 0, end: GRANULE_BYTES, isZero: false },
    { start: GRANULE_BYTES, end: 3 * GRANULE_BYTES, isZero: true },
    { start: 3 * GRANULE_BYTES, end: 4 * GRANULE_BYTES, isZero: false },
  ]);
  bytes[2 * GRANULE_BYTES - 1] = 1;
  expect(extentsOf(bytes).map(({ isZero }) => isZero)).toEqual([false, true, false]);
});
