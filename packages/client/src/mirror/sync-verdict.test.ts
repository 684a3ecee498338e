import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeRest, judgeSync, type SyncFacts } from './sync-verdict.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const facts: fc.Arbitrary<SyncFacts> = fc.record({
  head: fc.nat(3),
  saidAt: fc.integer({ min: -1, max: 3 }),
  problems: fc.nat(2),
  saidProblems: fc.integer({ min: -1, max: 2 }),
  isPassing: fc.boolean(),
  waitingRemovals: fc.nat(2),
  isHeld: fc.boolean(),
  isHoldSaid: fc.boolean(),
});

describe(`in sync (SEED=${SEED})`, () => {
  test('is never said while a removal waits or something is about to be tried again', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const isEqual = one.waitingRemovals === 0 && !one.isPassing;
        expect(['say', 'known'].includes(judgeSync(one))).toBe(isEqual);
      }),
      { seed: SEED },
    );
  });

  test('is said once for each head and number of problems', () => {
    fc.assert(
      fc.property(facts, (one) => {
        if (judgeSync(one) !== 'say') return;
        expect(judgeSync({ ...one, saidAt: one.head, saidProblems: one.problems })).toBe('known');
      }),
      { seed: SEED },
    );
  });

  test('a hold is said once, and never for a burst that is only waited out', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const verdict = judgeSync(one);
        if (verdict === 'say-held' || verdict === 'held') expect(one.isHeld).toBe(true);
        expect(verdict === 'say-held' && one.isHoldSaid).toBe(false);
      }),
      { seed: SEED },
    );
  });
});

describe('what is left', () => {
  test.each([
    [{ isCheckDue: true, openCount: 5, replans: 0 }, 'check'],
    [{ isCheckDue: true, openCount: 0, replans: 9 }, 'problem'],
    [{ isCheckDue: false, openCount: 0, replans: 9 }, 'done'],
    [{ isCheckDue: false, openCount: 1, replans: 0 }, 'plan'],
    [{ isCheckDue: false, openCount: 1, replans: 3 }, 'problem'],
  ] as const)('%j: %s', (rest, wanted) => {
    expect(judgeRest(rest)).toBe(wanted);
  });

  test('planning again comes to an end', () => {
    let replans = 0;
    while (judgeRest({ isCheckDue: false, openCount: 1, replans }) === 'plan') replans += 1;
    expect(replans).toBeLessThan(10);
    replans = 0;
    while (judgeRest({ isCheckDue: true, openCount: 0, replans }) === 'check') replans += 1;
    expect(replans).toBeLessThan(10);
    expect(judgeRest({ isCheckDue: true, openCount: 0, replans })).toBe('problem');
  });
});
