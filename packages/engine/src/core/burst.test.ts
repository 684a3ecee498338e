import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BURST_CAP_MS, BURST_QUIET_MS, Burst } from './burst.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`burst.test SEED=${seed}`);

describe('Burst', () => {
  test('99 deletions within a second are judged at once', () => {
    const burst = new Burst();
    burst.removed(99, 0);
    expect(burst.waitUntil(0)).toBeUndefined();
  });

  test('the hundredth within a second starts a wait for a second of quiet', () => {
    const burst = new Burst();
    burst.removed(50, 0);
    burst.removed(50, 999);
    expect(burst.waitUntil(999)).toBe(1999);
    burst.removed(1, 1500);
    expect(burst.waitUntil(1999)).toBe(2500);
    expect(burst.waitUntil(2500)).toBeUndefined();
  });

  test('a hundred spread over more than a second are no burst', () => {
    const burst = new Burst();
    burst.removed(50, 0);
    burst.removed(50, 1000);
    expect(burst.waitUntil(1000)).toBeUndefined();
  });

  test('a burst that does not end is judged after ten seconds, and what follows is a new one', () => {
    const burst = new Burst();
    for (let now = 0; now <= 9990; now += 10) burst.removed(10, now);
    expect(burst.waitUntil(9990)).toBe(10_000);
    expect(burst.waitUntil(10_000)).toBeUndefined();
    burst.removed(10, 10_010);
    expect(burst.waitUntil(10_010)).toBeUndefined();
    burst.removed(90, 10_020);
    expect(burst.waitUntil(10_020)).toBe(11_020);
  });

  test('nothing removed is no deletion', () => {
    const burst = new Burst();
    burst.removed(100, 0);
    burst.removed(0, 900);
    expect(burst.waitUntil(900)).toBe(1000);
  });

  test('for all histories: waits are short and bounded, and begin only after 100 deletions in a second', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1, max: 60 })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(steps, (history) => {
        const burst = new Burst();
        const unjudged: { at: number; count: number }[] = [];
        let now = 0;
        for (const [pause, count] of history) {
          now += pause;
          burst.removed(count, now);
          unjudged.push({ at: now, count });
          const until = burst.waitUntil(now);
          const recent = unjudged
            .filter((one) => one.at > now - BURST_QUIET_MS)
            .reduce((sum, one) => sum + one.count, 0);
          if (until === undefined) {
            expect(recent < 100 || now - (unjudged[0]?.at ?? 0) >= BURST_CAP_MS).toBe(true);
            continue;
          }
          expect(until).toBeGreaterThan(now);
          expect(until).toBeLessThanOrEqual(now + BURST_QUIET_MS);
          const total = unjudged.reduce((sum, one) => sum + one.count, 0);
          expect(total).toBeGreaterThanOrEqual(100);
        }
        expect(burst.waitUntil(now + BURST_QUIET_MS)).toBeUndefined();
      }),
      { seed, numRuns: 500 },
    );
  });
});
