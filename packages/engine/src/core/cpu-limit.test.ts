import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { CPU_WINDOW_MS, CpuLimit, cpuRestMs, rested, STARVED_MS } from './cpu-limit.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`cpu-limit.test SEED=${seed}`);

const percent = fc.integer({ min: 1, max: 6400 });
const ms = fc.double({ min: 0, max: 1e7, noNaN: true });

test('after the rest no more than the limit was used, and a millisecond less would be too little', () => {
  fc.assert(
    fc.property(ms, ms, percent, (usedMs, elapsedMs, limit) => {
      const restMs = cpuRestMs(usedMs, elapsedMs, limit);
      const most = (elapsedMs + restMs) * (limit / 100);
      expect(usedMs).toBeLessThanOrEqual(most + 1e-6 * most + 1e-6);
      if (restMs > 0) expect(usedMs).toBeGreaterThan((elapsedMs + restMs - 1) * (limit / 100) - 1e-6 * most);
    }),
    { seed, numRuns: 500 },
  );
});

test('0 percent is no limit', () => {
  fc.assert(
    fc.property(ms, ms, (usedMs, elapsedMs) => cpuRestMs(usedMs, elapsedMs, 0) === 0),
    { seed, numRuns: 100 },
  );
});

/** A process of one thread: work takes time and processor, a pause takes time. */
function makeProcess(limit: () => number) {
  let [nowMs, usedMs] = [0, 0];
  const clock = { nowMs: () => nowMs, wallMs: () => nowMs } as Clock;
  return {
    held: new CpuLimit(clock, limit, () => usedMs),
    clock: {
      ...clock,
      after(delayMs: number, work: () => void) {
        nowMs += delayMs;
        work();
        return () => undefined;
      },
    },
    nowMs: () => nowMs,
    usedMs: () => usedMs,
    work(tookMs: number) {
      nowMs += tookMs;
      usedMs += tookMs;
    },
    pause(forMs: number) {
      nowMs += forMs;
    },
  };
}

describe('a limit of the processor', () => {
  test('in a run of any pieces no more is used than the limit, and the last piece', async () => {
    const piece = fc.record({
      workMs: fc.integer({ min: 1, max: 30 }),
      lateMs: fc.integer({ min: 0, max: 50 }),
    });
    const limit = fc.integer({ min: 10, max: 100 });
    await fc.assert(
      fc.asyncProperty(limit, fc.array(piece, { minLength: 1, maxLength: 300 }), async (most, pieces) => {
        const process = makeProcess(() => most);
        for (const { workMs, lateMs } of pieces) {
          await rested(process.held, process.clock, () => false);
          expect(process.usedMs()).toBeLessThanOrEqual((process.nowMs() * most) / 100 + 30 + 30);
          process.work(workMs);
          process.pause(lateMs);
        }
      }),
      { seed, numRuns: 100 },
    );
  });

  test('who did nothing for a long time has saved nothing', async () => {
    const process = makeProcess(() => 10);
    process.held.restMs();
    process.pause(10 * CPU_WINDOW_MS);
    expect(process.held.restMs()).toBe(0);
    process.work(50);
    expect(process.held.restMs()).toBe(450);
  });

  test('something goes from time to time though others use all of it', () => {
    const process = makeProcess(() => 1);
    let went = 0;
    for (let round = 0; round < 100; round += 1) {
      if (process.held.restMs() === 0) went += 1;
      process.work(500);
    }
    expect(went).toBeGreaterThanOrEqual(50_000 / STARVED_MS - 1);
    expect(went).toBeLessThanOrEqual(50_000 / STARVED_MS + 2);
  });

  test('another limit holds from the moment on, and rests end early when nobody wants to go on', async () => {
    let limit = 10;
    const process = makeProcess(() => limit);
    process.held.restMs();
    process.work(50);
    expect(process.held.restMs()).toBe(450);
    limit = 50;
    expect(process.held.restMs()).toBe(50);
    limit = 0;
    expect(process.held.restMs()).toBe(0);
    limit = 1;
    process.held.restMs();
    process.work(50);
    await rested(process.held, process.clock, () => true);
    expect(process.nowMs()).toBe(100);
  });
});
