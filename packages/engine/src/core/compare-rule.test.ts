import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  aimFor,
  COMPARE_ALL,
  type Compared,
  type CompareRule,
  compareText,
  DIFFERENCES,
  differencesFrom,
  isAllCompared,
  isPassedOver,
  isWanted,
} from './compare-rule.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`compare-rule.test SEED=${SEED}`);

const WINDOW_US = 2;
const isSameTime = (here: number, there: number): boolean => Math.abs(here - there) <= WINDOW_US;

const FILE: Compared = { kind: 'file', version: 7, sizeBytes: 10, mtimeUs: 100, mode: 0o644, linkTarget: '' };

const node: fc.Arbitrary<Compared> = fc.record({
  kind: fc.constantFrom(
    'file' as const,
    'file' as const,
    'file' as const,
    'directory' as const,
    'link' as const,
  ),
  version: fc.constantFrom(-1, 7, 8),
  sizeBytes: fc.constantFrom(10, 11),
  mtimeUs: fc.constantFrom(100, 101, 200),
  mode: fc.constantFrom(0o644, 0o600),
  linkTarget: fc.constantFrom('a', 'b'),
});
const standing = fc.option(node, { nil: undefined });
const rule: fc.Arbitrary<CompareRule> = fc.subarray([...DIFFERENCES], { minLength: 1 });

test.each([
  ['nothing', undefined, ['missing']],
  ['a thing of another kind', { ...FILE, kind: 'directory' }, ['missing']],
  ['the same', FILE, []],
  ['another size, which is another content', { ...FILE, sizeBytes: 9 }, ['size', 'hash']],
  ['an earlier time', { ...FILE, mtimeUs: 50 }, ['newer', 'mtime']],
  ['a later time', { ...FILE, mtimeUs: 150 }, ['mtime']],
  ['a time within the window', { ...FILE, mtimeUs: 98 }, []],
  ['a content that is not known to be this one', { ...FILE, version: -1 }, ['hash']],
  ['another mode alone', { ...FILE, mode: 0o600 }, []],
] as const)('what a file differs in from %s', (_what, there, found) => {
  expect(differencesFrom(FILE, there, isSameTime)).toEqual(found);
});

test('the target of a link is its content, and a link has no size', () => {
  const link: Compared = { ...FILE, kind: 'link', linkTarget: 'a' };
  const other = { ...link, linkTarget: 'b', sizeBytes: 99, version: 3 };
  expect(differencesFrom(link, other, isSameTime)).toEqual(['hash']);
  expect(differencesFrom(link, { ...link, sizeBytes: 99, version: 3 }, isSameTime)).toEqual([]);
});

test('an entry is wanted when one of its differences counts, and exactly then', () => {
  fc.assert(
    fc.property(rule, node, standing, (counts, source, there) => {
      const found = differencesFrom(source, there, isSameTime);
      const decides = isWanted(counts, source, there, isSameTime);
      expect(decides === undefined).toBe(!found.some((one) => counts.includes(one)));
      if (decides !== undefined) expect(found).toContain(decides);
    }),
    { seed: SEED },
  );
});

test('with every difference the source is what is to stand, whatever stands there', () => {
  const all = fc.constantFrom<CompareRule>(COMPARE_ALL, ['missing', 'mtime', 'hash'], DIFFERENCES);
  fc.assert(
    fc.property(all, node, standing, (counts, source, there) => {
      expect(isAllCompared(counts)).toBe(true);
      expect(aimFor(counts, source, there, isSameTime)).toBe(source);
    }),
    { seed: SEED },
  );
});

test('what is wanted is the source, what is not stays wholly, and nothing is made where missing does not count', () => {
  fc.assert(
    fc.property(rule, node, standing, (counts, source, there) => {
      const aim = aimFor(counts, source, there, isSameTime);
      const isRight = there !== undefined && differencesFrom(source, there, isSameTime).length === 0;
      if (isWanted(counts, source, there, isSameTime) !== undefined) expect(aim).toEqual(source);
      else if (there === undefined) expect(aim).toBeUndefined();
      else if (!isRight) expect(aim).toEqual(there);
      // Nothing else differs: the mode is that of the source.
      else expect(aim?.mode).toBe(source.mode);
    }),
    { seed: SEED },
  );
});

test('what was judged is judged the same when it stands: a plan made again is empty', () => {
  fc.assert(
    fc.property(rule, node, standing, (counts, source, there) => {
      const aim = aimFor(counts, source, there, isSameTime);
      expect(aimFor(counts, source, aim, isSameTime)).toEqual(aim);
    }),
    { seed: SEED },
  );
});

test('a rule with more in it leaves no more as it is', () => {
  fc.assert(
    fc.property(rule, rule, node, standing, (one, other, source, there) => {
      const both = DIFFERENCES.filter((each) => one.includes(each) || other.includes(each));
      if (isWanted(one, source, there, isSameTime) !== undefined)
        expect(isWanted(both, source, there, isSameTime)).toBeDefined();
    }),
    { seed: SEED },
  );
});

test('passed over is what is not to be as the source has it', () => {
  fc.assert(
    fc.property(rule, node, standing, (counts, source, there) => {
      const aim = aimFor(counts, source, there, isSameTime);
      if (aim === source) expect(isPassedOver(source, aim)).toBe(false);
      if (aim === undefined) expect(isPassedOver(source, aim)).toBe(true);
      const isLeft = isWanted(counts, source, there, isSameTime) === undefined;
      const differs = differencesFrom(source, there, isSameTime).length > 0;
      if (isLeft && differs) expect(isPassedOver(source, aim)).toBe(true);
    }),
    { seed: SEED },
  );
});

test('the text has the words in one order', () => {
  expect(compareText(['hash', 'missing'])).toBe('missing, hash');
});
