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
  watchSilence({ activity: () => activity, isBusy: () => false }, 4, silent);
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
  watchSilence({ activity: () => 0, isBusy: () => false }, 1, silent)();
  vi.advanceTimersByTime(10_000);
  expect(silent).not.toHaveBeenCalled();
});

test('work of this program itself is no silence of the other end, also when it holds up everything', () => {
  const silent = vi.fn();
  let isBusy = true;
  watchSilence({ activity: () => 0, isBusy: () => isBusy }, 4, silent);
  vi.advanceTimersByTime(60_000);
  isBusy = false;
  // Nothing of this program runs for a minute: one look comes, and late.
  const now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now + 60_000);
  vi.advanceTimersByTime(300);
  expect(silent).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
