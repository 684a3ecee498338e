import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from './system-clock.ts';

afterEach(() => vi.restoreAllMocks());

test('a part of a millisecond is waited for, not dropped', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  systemClock.after(1.98, () => undefined)();
  expect(set.mock.lastCall?.[1]).toBe(2);
});
