import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs, RECONNECT_RANGE, type RetryClass, relookDelayMs, retryDelayMs } from './backoff.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`backoff.test SEED=${seed}`);

const random01 = fc.double({ min: 0, max: 1, noNaN: true });
const attempt = fc.oneof(fc.nat(40), fc.nat());

describe('backoffMs', () => {
  test('the ceiling doubles from a second to half a minute, the floor stays', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 1000].map((one) => backoffMs(one, 1))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect([0, 5, 1000].map((one) => backoffMs(one, 0))).toEqual([500, 500, 500]);
  });

  test('delays lie within the range and grow with attempt and randomness', () => {
    fc.assert(
      fc.property(attempt, random01, random01, (n, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(backoffMs(n, low)).toBeGreaterThanOrEqual(RECONNECT_RANGE.minMs);
        expect(backoffMs(n, low)).toBeLessThanOrEqual(backoffMs(n, high));
        expect(backoffMs(n, high)).toBeLessThanOrEqual(backoffMs(n + 1, high));
        expect(backoffMs(n, high)).toBeLessThanOrEqual(RECONNECT_RANGE.maxMs);
      }),
      { seed },
    );
  });

  test('a hundred clients that lost one server are spread over the whole span', () => {
    const tenths = new Set(
      Array.from({ length: 100 }, (_, i) => Math.floor((backoffMs(3, i / 100) - 500) / 750)),
    );
    expect(tenths.size).toBe(10);
  });

  test('a nonsensical attempt or random number throws instead of becoming a busy loop', () => {
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => backoffMs(bad, 0.5)).toThrow(RangeError);
    }
    for (const bad of [-0.1, 1.1, Number.NaN]) expect(() => backoffMs(0, bad)).toThrow(RangeError);
  });
});

describe('retryDelayMs', () => {
  test.each<[RetryClass, number, number]>([
    ['now', 100, 5000],
    ['later', 2000, 600_000],
  ])('%s stays between %d and %d ms and reaches both', (retryClass, min, max) => {
    expect(retryDelayMs(retryClass, 0, 0)).toBe(min);
    expect(retryDelayMs(retryClass, 30, 1)).toBe(max);
    fc.assert(
      fc.property(attempt, random01, (n, random) => {
        const delay = retryDelayMs(retryClass, n, random) ?? Number.NaN;
        return delay >= min && delay <= max;
      }),
      { seed },
    );
  });

  test.each<[RetryClass, number, number]>([
    ['now', 1000, 60_000],
    ['later', 5000, 1_800_000],
  ])(
    'on a network drive %s stays between %d and %d ms, and is never sooner than on a disk',
    (retryClass, min, max) => {
      expect(retryDelayMs(retryClass, 0, 0, 'network')).toBe(min);
      expect(retryDelayMs(retryClass, 30, 1, 'network')).toBe(max);
      fc.assert(
        fc.property(attempt, random01, (n, random) => {
          const delay = retryDelayMs(retryClass, n, random, 'network') ?? Number.NaN;
          return delay >= min && delay <= max && delay >= (retryDelayMs(retryClass, n, random) ?? Number.NaN);
        }),
        { seed },
      );
    },
  );

  test('never is never', () => {
    expect(retryDelayMs('never', 0, 0.5, 'network')).toBeUndefined();
    expect(retryDelayMs('never', 0, 0.5)).toBeUndefined();
  });
});

test('a path of the source is looked at again after a second, then ever later, and within every minute', () => {
  expect([1, 2, 3, 6, 7, 1000].map(relookDelayMs)).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000]);
  for (const bad of [0, -1, 1.5]) expect(() => relookDelayMs(bad)).toThrow(RangeError);
});
