import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assumedTraits, carefulTraits, describeTraits, isSameTime, PLAIN_TRAITS } from './target-traits.ts';

test('nothing is said of a target that is like a usual disk of Linux', () => {
  expect(describeTraits(PLAIN_TRAITS)).toEqual([]);
  expect(describeTraits(assumedTraits('linux'))).toEqual([]);
});

test('a disk that could not be asked is taken to fold names, on every system: that merges nothing', () => {
  for (const platform of ['linux', 'darwin', 'win32', 'freebsd'])
    expect(carefulTraits(platform).names.foldsCase).toBe(true);
});

test('each deviation is a phrase of its own', () => {
  expect(describeTraits({ ...assumedTraits('win32'), mtimeStepUs: 2_000_000 })).toEqual([
    'does not tell capitals from small letters',
    'has no names that Windows does not allow',
    'cannot hold symbolic links',
    'does not keep permission bits',
    'keeps times to 2 s',
  ]);
  const short = { ...PLAIN_TRAITS, names: { ...PLAIN_TRAITS.names, longest: 143 }, mtimeStepUs: 10_000 };
  expect(describeTraits(short)).toEqual(['has names of at most 143 bytes', 'keeps times to 10 ms']);
});

test('two times are the same to a disk that keeps them in steps when they are in the same step', () => {
  const fat = { mtimeStepUs: 2_000_000 };
  expect(isSameTime(fat, 4_999_999, 4_000_000)).toBe(true);
  expect(isSameTime(fat, 6_000_000, 4_000_000)).toBe(false);
  expect(isSameTime(fat, -1, -2_000_000)).toBe(true);
  expect(isSameTime(PLAIN_TRAITS, 1, 2)).toBe(false);
});

test('with a window two times are the same when they are no further apart, whichever is the later', () => {
  const time = fc.integer({ min: -(10 ** 15), max: 10 ** 15 });
  fc.assert(
    fc.property(time, fc.integer({ min: -5000, max: 5000 }), fc.nat({ max: 5000 }), (a, apart, windowUs) => {
      const isSame = isSameTime(PLAIN_TRAITS, a, a + apart, windowUs);
      expect(isSame).toBe(Math.abs(apart) <= windowUs);
      expect(isSameTime(PLAIN_TRAITS, a + apart, a, windowUs)).toBe(isSame);
    }),
  );
});
