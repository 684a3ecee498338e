import { expect, test } from 'vitest';
import { youngLine, youngText } from './young-text.ts';

test('files that are too young are counted, in the sentence about being in sync and in status; none need no word', () => {
  expect(youngText(undefined)).toBe('');
  expect(youngText({ count: 1, nextMs: 0 })).toBe(', with 1 file that waits until it is older (MinAge)');
  const two = { count: 2, nextMs: Date.parse('2025-03-31T12:00:00') };
  expect(youngText(two)).toBe(', with 2 files that wait until they are older (MinAge)');
  expect(youngLine(two)).toBe(
    'Waiting:  2 files that wait until they are older (MinAge), the next until 2025-03-31 12:00:00',
  );
});
