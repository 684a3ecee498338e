import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pollPauseMs } from './poll-pace.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`poll-pace.test SEED=${seed}`);

test('passes never come sooner than wished, and never take more than a twentieth of the time', () => {
  const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(ms, ms, (everyMs, busyMs) => {
      const pause = pollPauseMs(everyMs, busyMs);
      expect(pause).toBeGreaterThanOrEqual(everyMs);
      expect(busyMs).toBeLessThanOrEqual(((busyMs + pause) / 20) * (1 + 1e-9));
    }),
    { seed },
  );
});

test('a quick pass costs no delay', () => {
  expect(pollPauseMs(30_000, 100)).toBe(30_000);
  expect(pollPauseMs(30_000, 10_000)).toBe(190_000);
});
