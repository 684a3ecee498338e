import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advanceKeptClock,
  type DeleteRule,
  isAllMirrored,
  MIRROR_DELETES,
  NEW_KEPT_CLOCK,
  splitRemoval,
  staysHere,
} from './delete-rule.ts';
import { PathFilter } from './filter/path-filter.ts';

const DAY_MS = 24 * 3_600_000;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`delete-rule.test SEED=${SEED}`);

const ruleOf = (choice: DeleteRule['choice'], ...lines: string[]): DeleteRule => ({
  choice,
  never: new PathFilter(lines.map((line) => ({ line, origin: 'test' }))),
  text: '',
});

describe('what stays', () => {
  test('nothing under mirror, everything under never, and under "after" what is gone for less time', () => {
    const file = { path: 'a/b', kind: 'file' } as const;
    const weekly = ruleOf({ afterMs: 7 * DAY_MS });
    expect(staysHere(MIRROR_DELETES, file, 0)).toBe(false);
    expect(staysHere(ruleOf('never'), file, 1e15)).toBe(true);
    expect([6.9, 7].map((days) => staysHere(weekly, file, days * DAY_MS))).toEqual([true, false]);
    expect([MIRROR_DELETES, weekly, ruleOf('never'), ruleOf('mirror', 'x')].map(isAllMirrored)).toEqual([
      ...[true, false, false, false],
    ]);
  });

  test('what a pattern names, with all that is in a folder that it names, whatever the choice', () => {
    const rule = ruleOf('mirror', '*.raw', 'archive/');
    const stays = (path: string, kind: 'file' | 'directory' = 'file'): boolean =>
      staysHere(rule, { path, kind }, 1e15);
    expect(['x.raw', 'd/x.raw', 'archive/x', 'd/archive/e/x'].map((path) => stays(path))).toEqual([
      ...[true, true, true, true],
    ]);
    expect([stays('archive', 'directory'), stays('archive'), stays('x')]).toEqual([true, false, false]);
  });
});

describe('the clock of what is kept', () => {
  const looks = fc.array(fc.integer({ min: -(10 ** 13), max: 10 ** 13 }), { minLength: 1, maxLength: 50 });

  test('never goes back, and by no jump ahead for more than a day', () => {
    fc.assert(
      fc.property(looks, (walls) => {
        let clock = NEW_KEPT_CLOCK;
        for (const wallMs of walls) {
          const next = advanceKeptClock(clock, wallMs);
          expect(next.ageMs).toBeGreaterThanOrEqual(clock.ageMs);
          expect(next.ageMs - clock.ageMs).toBeLessThanOrEqual(DAY_MS);
          clock = next;
        }
      }),
      { seed: SEED },
    );
  });

  test('is right while nobody sets the clock on the wall and somebody looks every day', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: DAY_MS }), { maxLength: 50 }), (steps) => {
        const start = advanceKeptClock(NEW_KEPT_CLOCK, 1_700_000_000_000);
        const end = steps.reduce((clock, step) => advanceKeptClock(clock, clock.wallMs + step), start);
        expect(end.ageMs - start.ageMs).toBe(steps.reduce((sum, step) => sum + step, 0));
      }),
      { seed: SEED },
    );
  });
});

interface Node {
  readonly stays: boolean;
  readonly isLeaving: boolean;
  readonly holdsKept: boolean;
  readonly children: readonly Node[];
}

const node = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    stays: fc.boolean(),
    isLeaving: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
    holdsKept: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
    children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('node'), { maxLength: 3 })),
  }),
})).node;

const tree = {
  childrenOf: ({ children }: Node) => children,
  stays: ({ stays }: Node) => stays,
  isLeaving: ({ isLeaving }: Node) => isLeaving,
  holdsKept: ({ holdsKept }: Node) => holdsKept,
};

/** All that is gone in a tree: what leaves it is not, with all below. */
function gone(top: Node): Node[] {
  return [top, ...top.children.filter(({ isLeaving }) => !isLeaving).flatMap(gone)];
}

describe('a folder that is gone', () => {
  test('loses exactly what does not stay and holds nothing that does', () => {
    fc.assert(
      fc.property(node, (top) => {
        const { removals } = splitRemoval(top, tree);
        const going = new Set(removals.flatMap(gone));
        for (const one of gone(top)) {
          const isKept = gone(one).some(({ stays, holdsKept }) => stays || holdsKept);
          expect(going.has(one)).toBe(!isKept);
        }
      }),
      { seed: SEED },
    );
  });

  test('goes as a whole when nothing in it stays, and is done with at once only when nothing of it goes or leaves', () => {
    fc.assert(
      fc.property(node, (top) => {
        const { outcome, removals } = splitRemoval(top, tree);
        const isKept = gone(top).some(({ stays, holdsKept }) => stays || holdsKept);
        const hasLeaver = gone(top).some(({ children }) => children.some(({ isLeaving }) => isLeaving));
        if (!isKept) expect([outcome, removals]).toEqual(['goes', [top]]);
        else expect(outcome).toBe(removals.length > 0 || hasLeaver ? 'waits' : 'stays');
      }),
      { seed: SEED },
    );
  });
});
