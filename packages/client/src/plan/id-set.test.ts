import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idSet } from './id-set.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

test('few ids stay in the order in which they came first', () => {
  const ids = idSet([5, 3, 5], new Set([-7, 3]));
  expect([...ids]).toEqual([5, 3, -7]);
  expect(ids.size).toBe(3);
});

test(`many are the same set in the order of numbers (SEED=${SEED})`, () => {
  const id = fc.integer({ min: -50_000, max: 50_000 });
  const property = fc.property(
    fc.array(id, { maxLength: 300 }),
    fc.integer({ min: 1, max: 3 }),
    (some, step) => {
      const many = Array.from({ length: 12_000 }, (_, at) => 2 ** 40 - at * step);
      const ids = idSet(many, some, new Set(some));
      const expected = new Set([...many, ...some]);
      expect([...ids]).toEqual([...expected].sort((a, b) => a - b));
      expect(ids.size).toBe(expected.size);
      for (const one of [...some, 0, 2 ** 40, 2 ** 40 - 1, 2 ** 41, -60_000])
        expect(ids.has(one)).toBe(expected.has(one));
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 30 });
});
