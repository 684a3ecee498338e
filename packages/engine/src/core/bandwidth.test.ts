import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BandwidthStep, minuteOfWeek, NO_LIMIT, pieceBytes, rateAt } from './bandwidth.ts';
import type { Clock } from './clock.ts';
import { heldToAll, Pace } from './pace.ts';
import { CREDIT_MS, TokenBucket } from './token-bucket.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`bandwidth.test SEED=${seed}`);

const WEEK = 7 * 24 * 60;
const minute = fc.integer({ min: 0, max: WEEK - 1 });
const rate = fc.oneof(fc.integer({ min: 32_768, max: 1e9 }), fc.constant(Number.POSITIVE_INFINITY));
const timetable = fc
  .uniqueArray(fc.record({ fromMinute: minute, bytesPerSecond: rate }), {
    selector: (step) => step.fromMinute,
  })
  .map((steps): BandwidthStep[] => steps.sort((a, b) => a.fromMinute - b.fromMinute));

describe('a timetable', () => {
  test('says at every minute what the last step before it says, around the week', () => {
    fc.assert(
      fc.property(timetable, minute, (steps, now) => {
        let [wanted, at] = [Number.POSITIVE_INFINITY, now];
        for (let back = 0; back < WEEK; back += 1, at = (at + WEEK - 1) % WEEK) {
          const step = steps.find(({ fromMinute }) => fromMinute === at);
          if (step === undefined) continue;
          wanted = step.bytesPerSecond;
          break;
        }
        expect(rateAt(steps, now)).toBe(wanted);
      }),
      { seed, numRuns: 100 },
    );
  });

  test('counts its minutes by the clocks of this place, from Sunday', () => {
    expect(minuteOfWeek(new Date(2024, 0, 7, 0, 0, 59).getTime())).toBe(0);
    expect(minuteOfWeek(new Date(2024, 0, 8, 8, 30).getTime())).toBe(24 * 60 + 8 * 60 + 30);
    expect(minuteOfWeek(new Date(2024, 0, 6, 23, 59).getTime())).toBe(WEEK - 1);
  });
});

/** What one asker does: it waits as long as it is told, and then so much longer, and sends a piece. */
const act = fc.record({
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
  bytes: fc.integer({ min: 0, max: 262_144 }),
  newRate: fc.option(fc.integer({ min: 32_768, max: 20_000_000 }), { nil: undefined, freq: 4 }),
});
const LARGEST = 262_144;

describe('a token bucket', () => {
  test('lets through in no time more than the rates allow, a tenth of a second, and one piece', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 60 }), (acts) => {
        const bucket = new TokenBucket(0);
        let now = 0;
        bucket.setRate(1_000_000, now);
        /** Bytes allowed by the rates from 0 on, and bytes sent, at each moment; `rate` from there on. */
        const log: { allowed: number; sent: number; rate: number }[] = [];
        let [allowed, sent] = [0, 0];
        for (const { lateMs, bytes, newRate } of acts) {
          const passed = bucket.restMs(now) + lateMs;
          now += passed;
          allowed += (bucket.rate * passed) / 1000;
          if (newRate !== undefined) bucket.setRate(newRate, now);
          if (bucket.restMs(now) > 0) continue;
          log.push({ allowed, sent, rate: bucket.rate });
          bucket.spend(bytes, now);
          sent += bytes;
          for (const before of log) {
            const credit = (20_000_000 * CREDIT_MS) / 1000;
            expect(sent - before.sent).toBeLessThanOrEqual(allowed - before.allowed + credit + LARGEST + 1);
          }
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test('with one rate that bound is its own: rate x time, a tenth of a second of it, and the last piece', () => {
    const some = fc.integer({ min: 32_768, max: 20_000_000 });
    fc.assert(
      fc.property(some, fc.array(act, { maxLength: 60 }), (bytesPerSecond, acts) => {
        const bucket = new TokenBucket(0);
        bucket.setRate(bytesPerSecond, 0);
        let now = 0;
        const sent: { at: number; bytes: number }[] = [];
        for (const { lateMs, bytes } of acts) {
          now += bucket.restMs(now) + lateMs;
          expect(bucket.restMs(now)).toBe(0);
          bucket.spend(bytes, now);
          sent.push({ at: now, bytes });
        }
        for (const [from, first] of sent.entries()) {
          let sum = 0;
          for (const { at, bytes } of sent.slice(from)) {
            sum += bytes;
            const most = (bytesPerSecond * (at - first.at + CREDIT_MS)) / 1000 + bytes + 1;
            expect(sum).toBeLessThanOrEqual(most);
          }
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test('who waits as long as he is told goes then, and never waits longer than a piece takes', () => {
    const some = fc.integer({ min: 32_768, max: 1e9 });
    fc.assert(
      fc.property(some, fc.array(act, { maxLength: 40 }), (bytesPerSecond, acts) => {
        const bucket = new TokenBucket(0);
        bucket.setRate(bytesPerSecond, 0);
        let now = 0;
        for (const { bytes } of acts) {
          const rest = bucket.restMs(now);
          expect(rest).toBeLessThanOrEqual(Math.ceil((LARGEST * 1000) / bytesPerSecond));
          now += rest;
          expect(bucket.restMs(now)).toBe(0);
          bucket.spend(bytes, now);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test('another rate holds from the moment on, and off lets everything through', () => {
    const bucket = new TokenBucket(0);
    bucket.setRate(100_000, 0);
    bucket.spend(1_000_000, 0);
    expect(bucket.restMs(0)).toBe(10_000);
    bucket.setRate(1_000_000, 0);
    expect(bucket.restMs(0)).toBe(1000);
    bucket.setRate(Number.POSITIVE_INFINITY, 0);
    expect(bucket.restMs(0)).toBe(0);
    bucket.spend(1e12, 0);
    bucket.setRate(100_000, 0);
    expect(bucket.restMs(0)).toBe(0);
  });

  test('what was spent too much is given back', () => {
    const bucket = new TokenBucket(0);
    bucket.setRate(100_000, 0);
    bucket.spend(200_000, 0);
    bucket.spend(-150_000, 0);
    expect(bucket.restMs(0)).toBe(500);
  });
});

test('a pace follows the setting and the hour, and sends nobody to sleep past a second', () => {
  let wallMs = new Date(2024, 0, 8, 22, 59).getTime();
  let nowMs = 0;
  const clock = { wallMs: () => wallMs, nowMs: () => nowMs } as Clock;
  const monday = (hour: number): number => (24 + hour) * 60;
  let bandwidth: readonly BandwidthStep[] = [
    { fromMinute: monday(8), bytesPerSecond: 50_000 },
    { fromMinute: monday(23), bytesPerSecond: Number.POSITIVE_INFINITY },
  ];
  const pace = new Pace(clock, () => bandwidth);
  pace.spend(100_000);
  expect([pace.bytesPerSecond, pace.restMs()]).toEqual([50_000, 1000]);
  nowMs += 1500;
  expect(pace.restMs()).toBe(500);
  wallMs += 60_000;
  expect([pace.bytesPerSecond, pace.restMs()]).toEqual([Number.POSITIVE_INFINITY, 0]);
  bandwidth = [{ fromMinute: 0, bytesPerSecond: 70_000 }];
  expect(pace.bytesPerSecond).toBe(70_000);
  bandwidth = NO_LIMIT;
  expect(pace.bytesPerSecond).toBe(Number.POSITIVE_INFINITY);
});

test('a flow that is held to several paces is held to each of them, and goes as soon as none is in the way', () => {
  const rates = fc.array(fc.integer({ min: 32_768, max: 20_000_000 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(rates, fc.array(act, { maxLength: 60 }), (bytesPerSecond, acts) => {
      let nowMs = 0;
      const clock = { wallMs: () => 0, nowMs: () => nowMs } as Clock;
      const limits = bytesPerSecond.map(
        (one) => new Pace(clock, () => [{ fromMinute: 0, bytesPerSecond: one }]),
      );
      const pace = heldToAll(limits);
      const slowest = Math.min(...bytesPerSecond);
      expect(pace.bytesPerSecond).toBe(slowest);
      const sent: { at: number; bytes: number }[] = [];
      for (const { lateMs, bytes } of acts) {
        for (let restMs = pace.restMs(); restMs > 0; restMs = pace.restMs()) nowMs += restMs;
        expect(limits.map((limit) => limit.restMs()).every((restMs) => restMs === 0)).toBe(true);
        nowMs += lateMs;
        pace.spend(bytes);
        sent.push({ at: nowMs, bytes });
      }
      for (const [from, first] of sent.entries()) {
        let sum = 0;
        for (const { at, bytes } of sent.slice(from)) {
          sum += bytes;
          expect(sum).toBeLessThanOrEqual((slowest * (at - first.at + CREDIT_MS)) / 1000 + bytes + 1);
        }
      }
    }),
    { seed, numRuns: 200 },
  );
});

test('a piece takes half a second at most, unless it is one of the smallest, and is never larger than asked', () => {
  const size = fc.integer({ min: 1, max: 1 << 20 });
  fc.assert(
    fc.property(rate, size, size, (bytesPerSecond, one, other) => {
      const [least, most] = [Math.min(one, other), Math.max(one, other)];
      const bytes = pieceBytes(bytesPerSecond, least, most);
      expect(bytes).toBeGreaterThanOrEqual(least);
      expect(bytes).toBeLessThanOrEqual(most);
      if (bytes > least) expect(bytes / bytesPerSecond).toBeLessThanOrEqual(0.5);
      if (bytesPerSecond === Number.POSITIVE_INFINITY) expect(bytes).toBe(most);
    }),
    { seed },
  );
});
