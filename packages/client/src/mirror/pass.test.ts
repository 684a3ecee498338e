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
  pass.finish(0, nowMs);
  expect(finished).toHaveBeenCalledWith(expect.objectContaining({ seconds: 3 }));
});
