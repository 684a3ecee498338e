import { expect, test } from 'vitest';
import { ArenaPool } from './arena.ts';

const LARGEST = 1 << 20;

test('a unit of a few bytes gets memory for just so many, and none of it is kept', () => {
  const pool = new ArenaPool(LARGEST);
  const arena = pool.take(4096);
  expect(arena.take(4096).buffer.byteLength).toBe(4096);
  pool.giveBack(arena);
  expect(pool.take(4096)).not.toBe(arena);
});

test('memory for a large unit is used again, for whatever comes next', () => {
  const pool = new ArenaPool(LARGEST);
  const arena = pool.take(LARGEST);
  expect(arena.take(1).buffer.byteLength).toBe(LARGEST);
  pool.giveBack(arena);
  expect(pool.take(4096)).toBe(arena);
});

test('a file that has grown since its unit was made has memory of its own', () => {
  const arena = new ArenaPool(LARGEST).take(10);
  expect(arena.take(11).byteLength).toBe(11);
});
