import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkNamesCodec } from './link-names.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

test(`the names of a node read back as they were written (SEED=${SEED})`, () => {
  const { encode, decode } = linkNamesCodec();
  const names = fc.array(fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 2 ** 32 - 1 })));
  fc.assert(
    fc.property(names, (written) => {
      const map = new Map(written);
      expect([...decode(encode(map))]).toEqual([...map]);
    }),
    { seed: SEED },
  );
});

test('bytes that end within a name are refused', () => {
  const { encode, decode } = linkNamesCodec();
  expect(() => decode(encode(new Map([[2, 2]])).subarray(0, 12))).toThrow(RangeError);
});
