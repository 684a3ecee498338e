import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchSilence } from './silence.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('silence is told once, after the time without any activity and not before', () => {
  const silent = vi.fn();
  let activity = 0;
  watchSilence(() => activity, 4, silent);
  for (let at = 0; at < 100; at += 1) {
    vi.advanceTimersByTime(3000);
    activity += 1;
  }
  vi.advanceTimersByTime(3500);
  expect(silent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(silent).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(silent).toHaveBeenCalledTimes(1);
});

test('a watch that was ended tells nothing', () => {
  const silent = vi.fn();
  watchSilence(() => 0, 1, silent)();
  vi.advanceTimersByTime(10_000);
  expect(silent).not.toHaveBeenCalled();
});
