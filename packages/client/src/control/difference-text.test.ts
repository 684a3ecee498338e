import { expect, test } from 'vitest';
import { differenceLines } from './difference-text.ts';

test('paths that differ are named, twenty at most, and what becomes of them is said', () => {
  expect(differenceLines(['a\nb', ''], false)).toEqual([
    expect.stringMatching(/^2 paths differed .* put right now:$/),
    '  a\\nb',
    '  .',
  ]);
  const many = Array.from({ length: 23 }, (_, at) => `f${at}`);
  const lines = differenceLines(many, true);
  expect(lines[0]).toMatch(/^23 paths kept differing .*lanmirror-client verify --repair/);
  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe('  ... and 3 more');
});
