import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberCodec } from './number-codec.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

test(`every number comes back as it was (SEED=${SEED})`, () => {
  const codec = numberCodec();
  fc.assert(
    fc.property(fc.double(), fc.maxSafeInteger(), (one, other) => {
      const bytes = new Uint8Array(codec.encode(one));
      codec.encode(other);
      expect(codec.decode(bytes)).toBe(one);
      expect(codec.decode(codec.encode(other))).toBe(other);
    }),
    { seed: SEED },
  );
});

test('too few bytes are no number', () => {
  expect(() => numberCodec().decode(new Uint8Array(7))).toThrow(RangeError);
});
