import { expect, test, vi } from 'vitest';
import { Pass } from './pass.ts';

test('the time that a person takes to answer is not time of the pass', async () => {
  const finished = vi.fn();
  let nowMs = 1000;
  const pass = new Pass('incremental', { planned: vi.fn(), progress: vi.fn(), finished }, nowMs);
  nowMs += 2000;
  let answer: (yes: boolean) => void = () => undefined;
  const asked = new Promise<boolean>((resolve) => {
    answer = resolve;
  });
  const answered = pass.interrupted(asked, { nowMs: () => nowMs });
  nowMs += 60_000;
  answer(true);
  expect(await answered).toBe(true);
  pass.planned(0, 0, 0);
  nowMs += 1000;
  pass.finish(0, 0, nowMs);
  expect(finished).toHaveBeenCalledWith(expect.objectContaining({ seconds: 3 }));
});

test('the time in which no session is wanted is not time of the pass', () => {
  const finished = vi.fn();
  const pass = new Pass('incremental', { planned: vi.fn(), progress: vi.fn(), finished }, 0);
  pass.rests(1000);
  pass.rests(2000);
  pass.goesOn(61_000);
  pass.goesOn(62_000);
  pass.planned(0, 0, 0);
  pass.finish(0, 0, 63_000);
  expect(finished).toHaveBeenCalledWith(expect.objectContaining({ seconds: 3 }));
});

test('what waits for the place of something else is not counted as done', () => {
  const finished = vi.fn();
  const pass = new Pass('incremental', { planned: vi.fn(), progress: vi.fn(), finished }, 0);
  pass.planned(5, 3, 0);
  pass.withdraw(2);
  pass.settled();
  pass.finish(0, 0, 1000);
  expect(finished).toHaveBeenCalledWith(expect.objectContaining({ synced: 1, failed: 0, skipped: 4 }));
});

test('what waits is taken off once, however many plans it is in before the pass is over', () => {
  const finished = vi.fn();
  const pass = new Pass('incremental', { planned: vi.fn(), progress: vi.fn(), finished }, 0);
  pass.planned(5, 3, 0);
  pass.withdraw(2);
  pass.withdraw(2);
  pass.settled();
  pass.finish(0, 0, 1000);
  expect(finished).toHaveBeenCalledWith(expect.objectContaining({ synced: 1, failed: 0, skipped: 4 }));
});

test('a path that only waits was not needed: it takes nothing from what was synced', () => {
  const finished = vi.fn();
  const pass = new Pass('incremental', { planned: vi.fn(), progress: vi.fn(), finished }, 0);
  pass.planned(5, 2, 0);
  pass.settled();
  pass.settled();
  pass.finish(2, 1, 1000);
  expect(finished).toHaveBeenCalledWith(expect.objectContaining({ synced: 1, failed: 2, skipped: 3 }));
});
