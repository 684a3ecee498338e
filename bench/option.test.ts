import { expect, test } from 'vitest';
import { parseOptions } from './option.ts';

const parse = (...args: string[]) => parseOptions(args, ['first-copy', 'live'], ['rsync', 'lsyncd']);

test('without flags everything is measured as the scale says', () => {
  expect(parse()).toMatchObject({ isQuick: false, only: [], peers: undefined, rounds: undefined, dir: '' });
});

test('names are split at commas, and "all" is every tool', () => {
  expect(parse('--only', 'live,first-copy').only).toEqual(['live', 'first-copy']);
  expect(parse('--peers', 'lsyncd').peers).toEqual(['lsyncd']);
  expect(parse('--peers', 'all').peers).toEqual(['rsync', 'lsyncd']);
  expect(parse('--peers', '').peers).toEqual([]);
});

test('what is not known is refused, with what is', () => {
  expect(() => parse('--only', 'nothing')).toThrow('--only: "nothing" is none of first-copy, live');
  expect(() => parse('--peers', 'cp')).toThrow('is none of rsync, lsyncd');
  expect(() => parse('--rounds', '0')).toThrow('--rounds: "0"');
  expect(() => parse('--rounds', 'many')).toThrow('--rounds: "many"');
  expect(() => parse('--fast')).toThrow('--fast');
});
