import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeFacts } from './node-identity.ts';
import { isNodeInPlace, judgeArrival, judgeNode, type KnownNode } from './node-verdict.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));

/** Few values, so that two nodes often agree; a time of whole seconds among them. */
const facts = fc.record({
  kind: fc.constantFrom('directory' as const, 'file' as const, 'link' as const),
  dev: fc.constantFrom(1n, 2n),
  ino: fc.constantFrom(1n, 2n),
  birthtimeNs: fc.constantFrom(0n, 5n),
  sizeBytes: fc.constantFrom(0, 1),
  mtimeNs: fc.constantFrom(1_000_000_000n, 1_000_000_001n),
  ctimeNs: fc.constantFrom(1_000_000_001n, 1_000_000_002n),
  mode: fc.constantFrom(0o644, 0o600),
  links: fc.constantFrom(1, 2),
});
const known: fc.Arbitrary<KnownNode> = fc
  .tuple(facts, fc.boolean(), fc.boolean())
  .map(([node, isFresh, isDamaged]) => ({ ...node, isFresh, ...(isDamaged && { isDamaged }) }));
const heard = fc.constantFrom('moved' as const, 'written' as const, 'unknown' as const);
/** An entry, and a node of its kind. */
const pair = fc.tuple(known, facts).map(([before, now]) => [before, { ...now, kind: before.kind }] as const);

const holds = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void): void =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      check(value);
    }),
    { seed, numRuns: 1000 },
  );

const isWritten = (before: NodeFacts, now: NodeFacts): boolean =>
  before.sizeBytes !== now.sizeBytes || before.mtimeNs !== now.mtimeNs || before.ino !== now.ino;

describe(`what a look makes of an entry (SEED=${seed})`, () => {
  test('a file that was written is a new version, when it is quiet', () =>
    holds(pair, ([before, now]) => {
      if (before.kind === 'file' && isWritten(before, now))
        expect(judgeNode(before, now, false)).toBe('content-when-quiet');
    }));

  test('no content is taken of a damaged file that nobody has written', () =>
    holds(fc.tuple(pair, fc.boolean()), ([[before, now], isScan]) => {
      if (before.kind !== 'file' || before.isDamaged !== true || isWritten(before, now)) return;
      expect(['nothing', 'identity', 'metadata']).toContain(judgeNode(before, now, isScan));
    }));

  test('a node that is as it was is nothing new, unless somebody hints at a file that was looked at too soon', () =>
    holds(fc.tuple(known, fc.boolean()), ([before, isScan]) => {
      const isDoubtful = before.kind === 'file' && before.isFresh && before.isDamaged !== true && !isScan;
      expect(judgeNode(before, before, isScan)).toBe(isDoubtful ? 'content' : 'nothing');
    }));

  test('the time of a folder is taken when it is quiet, its mode at once', () =>
    holds(pair, ([before, now]) => {
      if (before.kind !== 'directory' || before.mtimeNs === now.mtimeNs) return;
      expect(judgeNode(before, now, false)).toBe(before.mode === now.mode ? 'time-when-quiet' : 'metadata');
    }));

  test('a difference that is mirrored is never passed over', () =>
    holds(fc.tuple(pair, fc.boolean()), ([[before, now], isScan]) => {
      const isSameMode = before.mode === now.mode || before.kind === 'link';
      if (before.mtimeNs === now.mtimeNs && isSameMode) return;
      expect(['nothing', 'identity']).not.toContain(judgeNode(before, now, isScan));
    }));

  test('a node of another kind is another entry', () =>
    holds(fc.tuple(known, facts), ([before, now]) => {
      if (before.kind === now.kind) return;
      expect(() => judgeNode(before, now, false)).toThrow('another entry');
      expect(isNodeInPlace(before, now)).toBe(false);
    }));

  test('a folder of another birth or device is another one, a file of another device is not', () =>
    holds(pair, ([before, now]) => {
      const isOther = before.dev !== now.dev || before.birthtimeNs !== now.birthtimeNs;
      const isInPlace = before.ino === now.ino && !(before.kind === 'directory' && isOther);
      expect(isNodeInPlace(before, now)).toBe(isInPlace);
    }));

  test('a file that was renamed is a new version unless its change time stood, or its size, its time and what was told prove its content', () =>
    holds(fc.tuple(pair, heard), ([[before, now], told]) => {
      if (before.kind !== 'file') {
        expect(['identity', 'metadata']).toContain(judgeArrival(before, now, told));
        return;
      }
      const isWhole = before.mtimeNs % 1_000_000_000n === 0n;
      const isOnlyMoved = told === 'moved' && before.links === 1 && now.links === 1;
      const isBelieved = !isWhole && (isOnlyMoved || before.isDamaged === true);
      const isProved = before.ctimeNs === now.ctimeNs || isBelieved;
      const isSame = before.sizeBytes === now.sizeBytes && before.mtimeNs === now.mtimeNs && isProved;
      const isSameMode = before.mode === now.mode;
      const verdict = isSame ? (isSameMode ? 'identity' : 'metadata') : 'content';
      expect(judgeArrival(before, now, told)).toBe(verdict);
    }));

  test('a file that has one link more or less is a new version exactly when a write was told', () =>
    holds(fc.tuple(facts, heard), ([node, told]) => {
      const before = { ...node, kind: 'file' as const, links: 1, mtimeNs: 1_000_000_001n, isFresh: false };
      const now = { ...before, links: 2, ctimeNs: before.ctimeNs + 1n };
      const verdict = told === 'written' ? 'content-when-quiet' : 'identity';
      expect(judgeNode(before, now, false, told)).toBe(verdict);
    }));
});
