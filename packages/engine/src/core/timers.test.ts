import { expect, test, vi } from 'vitest';
import type { Clock } from './clock.ts';
import { Timers } from './timers.ts';

/** A clock that is moved by hand. */
function handClock(): { clock: Clock; advance(ms: number): void } {
  let now = 0;
  const waiting = new Set<{ dueMs: number; work: () => void }>();
  const clock: Clock = {
    wallMs: () => now,
    nowMs: () => now,
    turn: () => Promise.resolve(),
    after(delayMs, work) {
      const one = { dueMs: now + delayMs, work };
      waiting.add(one);
      return () => waiting.delete(one);
    },
  };
  const advance = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const [next] = [...waiting].sort((a, b) => a.dueMs - b.dueMs).filter(({ dueMs }) => dueMs <= end);
      if (next === undefined) break;
      waiting.delete(next);
      now = next.dueMs;
      next.work();
    }
    now = end;
  };
  return { clock, advance };
}

test('a name has one timer: the later one counts, also after the first has run', () => {
  const { clock, advance } = handClock();
  const timers = new Timers(clock);
  const heard: string[] = [];
  timers.replace('retry', 10, () => heard.push('early'));
  timers.replace('retry', 20, () => heard.push('late'));
  timers.replace('other', 15, () => heard.push('other'));
  advance(30);
  timers.replace('retry', 5, () => heard.push('again'));
  advance(5);
  expect(heard).toEqual(['other', 'late', 'again']);
});

test('timers without a name do not replace each other, and one that is cancelled does not run', () => {
  const { clock, advance } = handClock();
  const timers = new Timers(clock);
  const work = vi.fn();
  timers.once(10, () => work('first'));
  timers.once(-5, () => work('overdue'));
  timers.once(10, () => work('cancelled'))();
  advance(10);
  expect(work.mock.calls).toEqual([['overdue'], ['first']]);
});

test('what repeats goes on after a failure, which is told, and nothing runs after the stop', () => {
  const { clock, advance } = handClock();
  const failed = vi.fn();
  const timers = new Timers(clock, (work) => {
    try {
      work();
    } catch (error) {
      failed(error);
    }
  });
  timers.every(10, () => {
    throw new Error('no luck');
  });
  advance(35);
  expect(failed).toHaveBeenCalledTimes(3);
  timers.once(1, failed);
  timers.stop();
  timers.replace('late', 1, failed);
  advance(100);
  expect(failed).toHaveBeenCalledTimes(3);
});
