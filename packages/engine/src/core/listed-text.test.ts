import { expect, test } from 'vitest';
import { listedText } from './listed-text.ts';

test('a list of which a part is shown says how many more there are, as lists of lines do', () => {
  expect(listedText(['a', 'b'], 5)).toBe('a, b, ... and 3 more');
  expect(listedText(['a', 'b'], 2)).toBe('a, b');
  expect(listedText([], 0)).toBe('');
});
