import { checkName } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayName, flatName, isTooLongForTrash, suffixedName, suffixOf } from './trash-name.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const NOON = new Date(2025, 2, 31, 12, 4, 5).getTime();

test('a day and a time are those of the clock on the wall', () => {
  expect(dayName(NOON)).toBe('2025-03-31');
  expect(suffixOf(NOON, 1)).toBe(' ~120405');
  expect(suffixOf(NOON, 2)).toBe(' ~120405-2');
});

test(`any name with a suffix, and any flat name, is a legal name (SEED=${SEED})`, () => {
  const anyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
  const property = fc.property(anyName, fc.integer({ min: 1, max: 9999 }), (name, attempt) => {
    const suffix = suffixOf(NOON, attempt);
    const result = suffixedName(name.replaceAll(/[/\0]/g, '_'), suffix);
    expect(checkName(result)).toBeUndefined();
    expect(result.endsWith(suffix)).toBe(true);
    expect(checkName(flatName(name.replaceAll('\0', '_')).replaceAll('/', '_'))).toBeUndefined();
  });
  fc.assert(property, { seed: SEED });
});

test('a name that fits is not shortened, one that does not loses whole characters at its end', () => {
  expect(suffixedName('film.mkv', ' ~120405')).toBe('film.mkv ~120405');
  expect(suffixedName('🎬'.repeat(63), ' ~120405')).toBe(`${'🎬'.repeat(61)} ~120405`);
});

test('a flat name tells the last component and differs between paths', () => {
  expect(flatName('a/b/film.mkv')).toMatch(/^[0-9a-f]{16} film\.mkv$/);
  expect(flatName('a/b/film.mkv')).not.toBe(flatName('a/c/film.mkv'));
});

test('a path is too long for the trash when the whole has more than 4,096 bytes', () => {
  expect(isTooLongForTrash('12345', 'x'.repeat(4090))).toBe(false);
  expect(isTooLongForTrash('12345', 'x'.repeat(4091))).toBe(true);
  expect(isTooLongForTrash('12345', '文'.repeat(1364))).toBe(true);
});
