import { describe, expect, test } from 'vitest';
import { parseAge, parseSize } from './quantity.ts';

describe('an age', () => {
  test.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['30 d', 2_592_000_000],
    ['2W', 1_209_600_000],
  ])('%s', (text, ms) => expect(parseAge(text, '--since')).toBe(ms));
  test.each(['', '10', 'm', '-5m', '10 months', '1e3s', 'yesterday'])(
    '"%s" is refused with its place',
    (text) => expect(() => parseAge(text, '--since')).toThrow(`--since: "${text}"`),
  );
});

describe('a size', () => {
  test.each([
    ['0', 0],
    ['123', 123],
    ['4k', 4096],
    ['1.5 MiB', 1_572_864],
    ['20G', 21_474_836_480],
    ['1TB', 1_099_511_627_776],
  ])('%s', (text, bytes) => expect(parseSize(text, 'TrashMaxSize')).toBe(bytes));
  test.each(['', 'G', '-1G', '5X', '9999999999T', '1e9'])('"%s" is refused with its place', (text) =>
    expect(() => parseSize(text, 'TrashMaxSize')).toThrow(`TrashMaxSize: "${text}"`),
  );
});
