import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  EMPTY_HOLD_STATE,
  HOLD_MIN,
  HOLD_PERCENT,
  type HoldState,
  judge,
  judgeAbsence,
  recordBorn,
  recordRemoved,
  recordReturned,
  recordUnborn,
  windowStart,
} from './hold.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`hold.test SEED=${seed}`);

const MINUTE = 60_000;
const NOON = 29_000_000 * MINUTE;
const policy = { holdPercent: HOLD_PERCENT, holdMin: HOLD_MIN };

/** A target as the client keeps it: when each entry was born; the state is told everything. */
class Model {
  readonly bornAt = new Map<number, number>();
  state: HoldState = EMPTY_HOLD_STATE;
  #next = 0;

  constructor(existing: number) {
    for (let i = 0; i < existing; i++) this.bornAt.set(this.#next++, NOON - 1000 * MINUTE);
  }

  create(count: number, now: number): void {
    for (let i = 0; i < count; i++) this.bornAt.set(this.#next++, now);
    this.state = recordBorn(this.state, count, now);
  }

  #split(count: number, now: number): { old: number[]; young: number[] } {
    const chosen = [...this.bornAt.keys()].slice(0, count);
    const isOld = (id: number) => (this.bornAt.get(id) ?? 0) < windowStart(now);
    return { old: chosen.filter(isOld), young: chosen.filter((id) => !isOld(id)) };
  }

  judge(count: number, now: number) {
    const removing = this.#split(count, now).old.length;
    return judge(this.state, { entries: this.bornAt.size, removing }, policy, now);
  }

  remove(count: number, now: number): void {
    const { old, young } = this.#split(count, now);
    for (const id of young) this.state = recordUnborn(this.state, 1, this.bornAt.get(id) ?? 0, now);
    for (const id of [...old, ...young]) this.bornAt.delete(id);
    this.state = recordRemoved(this.state, old.length, now);
  }
}

describe('judge', () => {
  test('more than half and at least a hundred, both, are held', () => {
    const judged = (entries: number, removing: number) =>
      judge(EMPTY_HOLD_STATE, { entries, removing }, policy, NOON).hold;
    expect(judged(1000, 500)).toBe(false);
    expect(judged(1000, 501)).toBe(true);
    expect(judged(100, 100)).toBe(true);
    expect(judged(99, 99)).toBe(false);
    expect(judged(198, 99)).toBe(false);
    expect(judged(150, 100)).toBe(true);
  });

  test('the policy decides: 100 percent is never exceeded, 0 percent holds from the minimum on', () => {
    const facts = { entries: 1000, removing: 1000 };
    expect(judge(EMPTY_HOLD_STATE, facts, { holdPercent: 100, holdMin: 1 }, NOON).hold).toBe(false);
    expect(
      judge(EMPTY_HOLD_STATE, { entries: 1000, removing: 10 }, { holdPercent: 0, holdMin: 10 }, NOON).hold,
    ).toBe(true);
    expect(
      judge(EMPTY_HOLD_STATE, { entries: 1000, removing: 9 }, { holdPercent: 0, holdMin: 10 }, NOON).hold,
    ).toBe(false);
  });

  test('a first play, 20 files in and 20 deleted, is never held', () => {
    const model = new Model(0);
    model.create(20, NOON);
    expect(model.judge(20, NOON + 5000)).toEqual({ hold: false, existed: 0, missing: 0, young: 20 });
    model.remove(20, NOON + 5000);
    expect(model.judge(0, NOON + 6000)).toEqual({ hold: false, existed: 0, missing: 0, young: 0 });
  });

  test('a first play of any size inside the window is never held', () => {
    const model = new Model(0);
    model.create(5000, NOON);
    expect(model.judge(5000, NOON + 9 * MINUTE).hold).toBe(false);
  });

  test('the same files deleted after the window are held', () => {
    const model = new Model(0);
    model.create(5000, NOON);
    expect(model.judge(5000, NOON + 11 * MINUTE)).toEqual({
      hold: true,
      existed: 5000,
      missing: 5000,
      young: 0,
    });
  });

  test('many births and deaths beside the old entries do not make a small deletion look big', () => {
    const model = new Model(1000);
    for (let i = 0; i < 8; i++) {
      model.create(1000, NOON + i * MINUTE);
      const young = [...model.bornAt].filter(([, bornAt]) => bornAt >= NOON);
      for (const [id, bornAt] of young) {
        model.bornAt.delete(id);
        model.state = recordUnborn(model.state, 1, bornAt, NOON + i * MINUTE);
      }
    }
    expect(model.judge(150, NOON + 8 * MINUTE)).toEqual({
      hold: false,
      existed: 1000,
      missing: 150,
      young: 0,
    });
  });

  test('what is gone again leaves the count of the minute in which it was born', () => {
    let state = recordBorn(EMPTY_HOLD_STATE, 1000, NOON);
    state = recordBorn(state, 1000, NOON + 5 * MINUTE);
    state = recordUnborn(state, 1000, NOON, NOON + 5 * MINUTE);
    const facts = { entries: 2000, removing: 600 };
    for (const minutes of [5, 11]) {
      expect(judge(state, facts, policy, NOON + minutes * MINUTE)).toEqual({
        hold: true,
        existed: 1000,
        missing: 600,
        young: 1000,
      });
    }
  });

  test('more that is gone again, or exists again, than was counted leaves nothing negative behind', () => {
    let state = recordRemoved(recordBorn(EMPTY_HOLD_STATE, 5, NOON), 5, NOON);
    state = recordReturned(recordUnborn(state, 9, NOON, NOON), 9, NOON);
    state = recordUnborn(state, 9, NOON - 100 * MINUTE, NOON);
    expect(judge(state, { entries: 10, removing: 3 }, policy, NOON)).toEqual({
      hold: false,
      existed: 10,
      missing: 3,
      young: 0,
    });
    expect(state.buckets.every((bucket) => bucket.born === 0 && bucket.removed === 0)).toBe(true);
  });

  test('births do not dilute a deletion: 500 new beside 600 of 1000 gone is held', () => {
    const model = new Model(1000);
    model.create(500, NOON);
    expect(model.judge(600, NOON + MINUTE)).toEqual({ hold: true, existed: 1000, missing: 600, young: 500 });
  });

  test('a slow rm -rf over minutes is held once it is past half', () => {
    const model = new Model(1000);
    let held: number | undefined;
    for (let gone = 0; gone < 1000 && held === undefined; gone += 10) {
      const now = NOON + gone * 500;
      if (model.judge(10, now).hold) held = gone;
      else model.remove(10, now);
    }
    expect(held).toBe(500);
    expect(model.bornAt.size).toBe(500);
  });

  test('a deletion so slow that no window sees half of what was there passes', () => {
    const model = new Model(10_000);
    for (let minute = 0; minute < 60; minute++) {
      expect(model.judge(100, NOON + minute * MINUTE).hold).toBe(false);
      model.remove(100, NOON + minute * MINUTE);
    }
  });

  test('what exists again is not missing', () => {
    let state = recordRemoved(EMPTY_HOLD_STATE, 300, NOON);
    state = recordRemoved(state, 200, NOON + MINUTE);
    state = recordReturned(state, 400, NOON + 2 * MINUTE);
    expect(judge(state, { entries: 900, removing: 100 }, policy, NOON + 2 * MINUTE)).toEqual({
      hold: false,
      existed: 1000,
      missing: 200,
      young: 0,
    });
  });

  test('a plan that removes nothing is never held, whatever went before', () => {
    const state = recordRemoved(EMPTY_HOLD_STATE, 900, NOON);
    expect(judge(state, { entries: 100, removing: 0 }, policy, NOON).hold).toBe(false);
    expect(judge(state, { entries: 100, removing: 1 }, policy, NOON).hold).toBe(true);
  });
});

describe('the window', () => {
  test('reaches back ten minutes at least and eleven at most, then old minutes expire', () => {
    const at = NOON + 59_999;
    const state = recordRemoved(EMPTY_HOLD_STATE, 200, at);
    const missing = (now: number) => judge(state, { entries: 10, removing: 0 }, policy, now).missing;
    expect(missing(at + 10 * MINUTE)).toBe(200);
    expect(missing(at + 11 * MINUTE)).toBe(0);
    expect(recordBorn(state, 1, at + 11 * MINUTE).buckets).toHaveLength(1);
  });

  test('survives being written down and read back', () => {
    const state = recordBorn(recordRemoved(EMPTY_HOLD_STATE, 7, NOON), 5, NOON + MINUTE);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  test('a clock set back keeps the memory, and it still expires', () => {
    const state = recordRemoved(EMPTY_HOLD_STATE, 600, NOON);
    const earlier = NOON - 4000 * MINUTE;
    expect(judge(state, { entries: 400, removing: 1 }, policy, earlier).hold).toBe(true);
    const later = recordBorn(state, 1, earlier);
    expect(judge(later, { entries: 400, removing: 1 }, policy, earlier + 11 * MINUTE).hold).toBe(false);
  });
});

describe('judgeAbsence', () => {
  test.each<[number, number, 'pass' | 'ask']>([
    [0, 0, 'pass'],
    [1000, 0, 'pass'],
    [1000, 500, 'pass'],
    [1000, 501, 'ask'],
    [150, 99, 'pass'],
    [150, 100, 'ask'],
    [3, 2, 'pass'],
    [3, 3, 'ask'],
    [1, 1, 'ask'],
  ])('of %d indexed, %d missing: %s', (indexed, missing, answer) => {
    expect(judgeAbsence({ indexed, missing })).toBe(answer);
  });
});

describe('for all histories', () => {
  const step = fc.record({
    kind: fc.constantFrom('create' as const, 'remove' as const, 'wait' as const),
    count: fc.nat(120),
    seconds: fc.nat(200),
  });

  test('counts never go negative, the state stays small, and a hold is exactly what the rule says', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.array(step, { maxLength: 40 }), (existing, steps) => {
        const model = new Model(existing);
        let now = NOON;
        for (const { kind, count, seconds } of steps) {
          now += seconds * 1000;
          if (kind === 'create') model.create(count, now);
          if (kind === 'remove') {
            const { hold, existed, missing } = model.judge(count, now);
            expect(missing).toBeLessThanOrEqual(existed);
            if (hold) expect(missing >= HOLD_MIN && missing > existed / 2).toBe(true);
            else model.remove(count, now);
          }
          for (const bucket of model.state.buckets) {
            expect(Math.min(bucket.born, bucket.removed)).toBeGreaterThanOrEqual(0);
          }
          expect(model.state.buckets.length).toBeLessThanOrEqual(11);
          const old = [...model.bornAt.values()].filter((bornAt) => bornAt < windowStart(now)).length;
          const { existed, missing } = model.judge(0, now);
          expect(existed).toBe(old + missing);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test('nothing but births and deaths inside the window can ever be held', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(300), fc.nat(25)), { maxLength: 20 }), (rounds) => {
        const model = new Model(0);
        let now = NOON;
        for (const [born, gone, seconds] of rounds) {
          now += seconds * 1000;
          model.create(born, now);
          expect(model.judge(gone, now).hold).toBe(false);
          model.remove(gone, now);
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});
