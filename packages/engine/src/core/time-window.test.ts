import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openFrom, type TimeWindow, windowAt } from './time-window.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`time-window.test SEED=${seed}`);

const DAY = 24;

/** The next `at` of a day of 24 units, strictly after `ms`. */
const daily = (at: number) => (ms: number) => ms + ((((at - ms - 1) % DAY) + DAY) % DAY) + 1;
const window = (from: number, to: number): TimeWindow => ({
  opensAfter: daily(from),
  closesAfter: daily(to),
});

const hours = fc.tuple(fc.nat(DAY - 1), fc.nat(DAY - 1)).filter(([from, to]) => from !== to);
const isInside = ([from, to]: readonly [number, number], ms: number): boolean =>
  from < to ? ms % DAY >= from && ms % DAY < to : ms % DAY >= from || ms % DAY < to;

test('it is open exactly in the hours of any of the windows, over midnight too', () => {
  fc.assert(
    fc.property(fc.array(hours, { minLength: 1, maxLength: 4 }), fc.nat(1000), (all, ms) => {
      const windows = all.map(([from, to]) => window(from, to));
      expect(windowAt(windows, ms).isOpen).toBe(all.some((one) => isInside(one, ms)));
    }),
    { seed },
  );
});

test('what is said of the next change is the first moment at which it is otherwise, and never when it never is', () => {
  fc.assert(
    fc.property(fc.array(hours, { minLength: 1, maxLength: 4 }), fc.nat(1000), (all, ms) => {
      const windows = all.map(([from, to]) => window(from, to));
      const { isOpen, changesMs } = windowAt(windows, ms);
      const later = Array.from({ length: 2 * DAY }, (_, at) => ms + at);
      expect(changesMs).toBe(later.find((at) => all.some((one) => isInside(one, at)) !== isOpen));
      expect(openFrom(windows, ms)).toBe(isOpen ? ms : changesMs);
    }),
    { seed },
  );
});

test('without a window it is always open', () => {
  expect(windowAt([], 5)).toEqual({ isOpen: true, changesMs: undefined });
  expect(openFrom([], 5)).toBe(5);
});

test('a window whose beginning and end fall together on a day is closed on that day', () => {
  // Day 1 has no hour from 2 to 3: both bounds are its moment 26.
  const opensAfter = (ms: number): number => (ms < 2 ? 2 : ms < 26 ? 26 : daily(2)(ms));
  const closesAfter = (ms: number): number => (ms < 3 ? 3 : ms < 26 ? 26 : 51);
  const windows = [{ opensAfter, closesAfter }];
  expect([2, 3, 25, 26, 27].map((ms) => windowAt(windows, ms).isOpen)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(windowAt(windows, 3).changesMs).toBe(50);
});

test('bounds that never come are no endless search', () => {
  const never = (): undefined => undefined;
  expect(windowAt([{ opensAfter: daily(3), closesAfter: never }], 0).isOpen).toBe(false);
  expect(windowAt([{ opensAfter: never, closesAfter: daily(3) }], 0)).toEqual({
    isOpen: true,
    changesMs: undefined,
  });
  expect(windowAt([{ opensAfter: never, closesAfter: never }], 0).changesMs).toBeUndefined();
});
