import fc from 'fast-check';
import { expect, test } from 'vitest';
import { median, order, percentile, ratio } from './statistics.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const values = fc.array(fc.double({ noNaN: true, min: 0, max: 1e9 }), { minLength: 1, maxLength: 50 });

test('the median is in the middle, or between the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('a percentile lies between its neighbours', () => {
  expect(percentile([1, 2, 3, 4, 5], 100)).toBe(5);
  expect(percentile([1, 2, 3, 4, 5], 0)).toBe(1);
  expect(percentile([0, 100], 99)).toBe(99);
});

test(`a percentile is never outside of the values, and grows with its share (SEED=${seed})`, () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 99 }), (list, share) => {
      const low = percentile(list, share);
      expect(low).toBeGreaterThanOrEqual(Math.min(...list));
      expect(percentile(list, share + 1)).toBeGreaterThanOrEqual(low - Math.abs(low) * 1e-12);
      expect(percentile(list, 100)).toBe(Math.max(...list));
    }),
    { seed },
  );
});

test('a ratio is that of the medians: one bad round changes nothing', () => {
  expect(ratio([1, 1, 50], [2, 2, 2])).toBe(0.5);
  expect(ratio([], [1])).toBeNaN();
});

test('each is the first one in every second round', () => {
  expect([0, 1, 2].map((round) => order(['a', 'b'], round).join(''))).toEqual(['ab', 'ba', 'ab']);
});
