import { expect, test } from 'vitest';
import { heldCapacity, openFileLimit } from './descriptor-limit.ts';

test('an ordinary limit leaves all the room there is, a low one only what the walk needs', () => {
  expect([1024, 20_000, Number.POSITIVE_INFINITY].map(heldCapacity)).toEqual([64, 64, 64]);
  expect([0, 32, 64, 80].map(heldCapacity)).toEqual([4, 4, 4, 4]);
  expect(heldCapacity(256)).toBe(48);
});

test('the limit of this process is a number', () => {
  expect(openFileLimit()).toBeGreaterThan(10);
});
