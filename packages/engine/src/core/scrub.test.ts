import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NEVER_SCRUBBED, scrubEnded, scrubNow, scrubRestMs } from './scrub.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`scrub.test SEED=${seed}`);

const DAY_MS = 86_400_000;
const START = 1_700_000_000_000;
const days = fc.integer({ min: 1, max: 400 });

test('the first pass begins after the days, each next one as long after the end of the last', () => {
  fc.assert(
    fc.property(days, fc.nat(1000 * DAY_MS), (every, tookMs) => {
      const first = scrubNow(NEVER_SCRUBBED, every, START);
      expect(first.isRunning).toBe(false);
      expect(scrubNow(first, every, START + every * DAY_MS - 1).isRunning).toBe(false);
      const running = scrubNow(first, every, START + every * DAY_MS);
      expect(running).toMatchObject({ isRunning: true, position: 0, read: 0, found: 0 });
      const ended = scrubEnded(running, START + tookMs);
      expect(scrubNow(ended, every, START + tookMs + every * DAY_MS - 1).isRunning).toBe(false);
      expect(scrubNow(ended, every, START + tookMs + every * DAY_MS).isRunning).toBe(true);
    }),
    { seed },
  );
});

test('a clock that was set back makes nobody wait longer than the days', () => {
  fc.assert(
    fc.property(days, fc.nat(10_000 * DAY_MS), (every, backMs) => {
      const first = scrubNow(NEVER_SCRUBBED, every, START);
      const setBack = scrubNow(first, every, START - backMs);
      expect(scrubNow(setBack, every, START - backMs + every * DAY_MS).isRunning).toBe(true);
    }),
    { seed },
  );
});

test('a pass goes on where it was, and is given up when none is wanted', () => {
  const running = { ...NEVER_SCRUBBED, sinceMs: START, isRunning: true, position: 7, read: 3, found: 1 };
  expect(scrubNow(running, 1, START + 1)).toBe(running);
  const off = scrubNow(running, 0, START + 5);
  expect(off.isRunning).toBe(false);
  expect(scrubNow(off, 1, START + 6).isRunning).toBe(false);
});

test('reading takes at most a tenth of the time', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (readMs) => {
      expect(readMs).toBeLessThanOrEqual((readMs + scrubRestMs(readMs)) / 10 + 1e-6);
    }),
    { seed },
  );
});
