import { expect, test } from 'vitest';
import { addedText, removedText } from './rule-text.ts';

test('of other rules it is said what they leave out, and what they let in, with the first paths', () => {
  expect(removedText({ count: 0, first: [] })).toMatch(/; they leave out nothing of what is published\.$/);
  expect(removedText({ count: 1, first: ['cache/'] })).toMatch(
    /; they leave out 1 path that is published, and mirrors keep what they have of it: cache\/$/,
  );
  expect(removedText({ count: 7, first: ['a', 'b'] })).toMatch(
    /7 paths that are published, and mirrors keep what they have of them: a, b, \.\.\. and 5 more$/,
  );
  expect(addedText({ count: 0, first: [] })).toBe(
    'The new rules are in effect; nothing is published that was left out.',
  );
  expect(addedText({ count: 1, first: ['a'] })).toBe(
    'The new rules are in effect; 1 path that was left out is published: a',
  );
  expect(addedText({ count: 2, first: ['a', 'b\n'] })).toContain(
    '2 paths that were left out are published: a, b',
  );
});
