import { expect, test } from 'vitest';
import { listedLines, statusLine } from './status-line.ts';

test('what headings say stands in one column, and behind a long one a blank all the same', () => {
  expect(['State', 'Problems', 'Fingerprint'].map((heading) => statusLine(heading, 'x'))).toEqual([
    'State:    x',
    'Problems: x',
    'Fingerprint: x',
  ]);
});

test('a list that is cut says by how much, and where the rest is', () => {
  expect(listedLines(['  a', '  b'], 2, 'there')).toEqual(['  a', '  b']);
  expect(listedLines(['  a'], 3)).toEqual(['  a', '  ... and 2 more']);
  expect(listedLines(['  a'], 3, 'there')).toEqual(['  a', '  ... and 2 more (there)']);
  expect(listedLines([], 0)).toEqual([]);
});
