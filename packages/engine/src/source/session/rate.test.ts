import { expect, test } from 'vitest';
import { Rate } from './rate.ts';

test('a rate is that of the last seconds, and falls to nothing when nothing comes', () => {
  const rate = new Rate();
  expect(rate.perSecond(0, 0)).toBe(0);
  for (let atMs = 0; atMs <= 10_000; atMs += 100) rate.note(atMs * 2, atMs);
  expect(rate.perSecond(20_000, 10_000)).toBe(2000);
  expect(rate.perSecond(20_000, 60_000)).toBe(0);
});
