import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  afterOutcome,
  afterPause,
  pauseMs,
  type Throttle,
  throttledWorkers,
  UNTHROTTLED,
} from './throttle.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`throttle.test SEED=${seed}`);

type Event = 'done' | 'fault' | 'pause is over';
const event = fc.constantFrom<Event>('done', 'fault', 'fault', 'pause is over');
const events = fc.oneof(
  fc.array(event, { maxLength: 200 }),
  fc
    .array(fc.tuple(event, fc.nat(30)), { maxLength: 30 })
    .map((runs) => runs.flatMap(([one, n]) => Array<Event>(n).fill(one))),
);
const SPEED = { full: 2, one: 1, pause: 0 };

function after(throttle: Throttle, one: Event): Throttle {
  return one === 'pause is over' ? afterPause(throttle) : afterOutcome(throttle, one === 'fault');
}
const run = (all: readonly Event[]): Throttle => all.reduce(after, UNTHROTTLED);
const many = (one: Event, count: number): Event[] => Array<Event>(count).fill(one);

test('it is slower by one step at a time, and only by a fault; faster only by a success, or when a pause is over', () => {
  fc.assert(
    fc.property(events, (all) => {
      let before = UNTHROTTLED;
      for (const one of all) {
        const now = after(before, one);
        const step = SPEED[now.level] - SPEED[before.level];
        if (step < 0) expect([one, step]).toEqual(['fault', -1]);
        if (step > 0)
          expect([one, before.level]).toEqual(
            before.level === 'pause' ? ['pause is over', 'pause'] : ['done', 'one'],
          );
        before = now;
      }
    }),
    { seed },
  );
});

test('faults that are at most one in five change nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 4, max: 30 }), { maxLength: 200 }), (gaps) => {
      expect(run(gaps.flatMap((gap) => ['fault', ...many('done', gap)] as Event[])).level).toBe('full');
    }),
    { seed },
  );
});

test('a target that only fails has one worker after four faults, and none after eight', () => {
  const levels = [3, 4, 7, 8, 100].map((count) => run(many('fault', count)).level);
  expect(levels).toEqual(['full', 'one', 'one', 'pause', 'pause']);
});

test('whatever happened, it is at full speed again after twenty successes in a row behind a pause', () => {
  fc.assert(
    fc.property(events, (all) => {
      expect(run([...all, 'pause is over', ...many('done', 20)])).toEqual({
        ...UNTHROTTLED,
        heat: expect.any(Number),
      });
      expect(run([...all, 'pause is over', ...many('done', 40)])).toEqual(UNTHROTTLED);
    }),
    { seed },
  );
});

test('once it is slow, fewer than twenty successes in a row do not make it fast', () => {
  fc.assert(
    fc.property(fc.nat(19), (count) => {
      expect(run([...many('fault', 4), ...many('done', count)]).level).toBe('one');
    }),
    { seed },
  );
});

test('what ends in a pause was begun before it: it neither ends it nor makes it longer', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), (outcomes) => {
      const paused = run(many('fault', 8));
      expect(outcomes.reduce(afterOutcome, paused)).toEqual(paused);
    }),
    { seed },
  );
});

test('pauses become longer with each that did not help, from a second to a minute', () => {
  let throttle = UNTHROTTLED;
  const longest: number[] = [];
  for (let count = 0; count < 8; count++) {
    while (throttle.level !== 'pause') throttle = after(throttle, 'fault');
    expect(pauseMs(throttle, 0)).toBe(1000);
    longest.push(pauseMs(throttle, 1));
    throttle = afterPause(throttle);
    expect(pauseMs(throttle, 1)).toBe(0);
  }
  expect(longest).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('it never has more workers than it was given, and some unless it pauses', () => {
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 2 }), (all, most) => {
      const throttle = run(all);
      const workers = throttledWorkers(throttle, { most, large: most });
      expect(workers.most).toBeLessThanOrEqual(most);
      expect(workers.most > 0).toBe(throttle.level !== 'pause');
    }),
    { seed },
  );
});
