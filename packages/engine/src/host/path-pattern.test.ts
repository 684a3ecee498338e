import { expect, test } from 'vitest';
import { pathMatcher } from './path-pattern.ts';

test.each([
  ['films', 'films/a.mkv', true],
  ['films/', 'films/a.mkv', true],
  ['/films', 'films', true],
  ['films', 'films2/a', false],
  ['films/*.mkv', 'films/a.mkv', true],
  ['films/*.mkv', 'films/b/a.mkv', false],
  ['films/**', 'films/b/a.mkv', true],
  ['**/*.mkv', 'films/b/a.mkv', true],
  ['*.mkv', 'films/a.mkv', false],
  ['*', '.hidden', true],
  ['f*', 'films/b/a.mkv', true],
  ['{a,b}/c', 'b/c', true],
  ['a [1]', 'a [1]', true],
  ['', 'anything/at all', true],
])('%j and %j: %s', (pattern, path, isMatch) => {
  expect(pathMatcher(pattern)(path)).toBe(isMatch);
});
