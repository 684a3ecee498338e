import type { TrashItem } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseUndo } from './undo-choice.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const item = (path: string, trashedMs: number): TrashItem => ({
  ...{
    at: `day/${path} ${trashedMs}`,
    path,
    trashedMs,
    reason: 'replaced',
    kind: 'file',
    sizeBytes: 1,
    isAlone: true,
  },
});

/** One path that got content 0, 1, 2, ... at rising times; only some of what left was kept. */
const overwritten = fc
  .array(fc.record({ afterMs: fc.integer({ min: 2, max: 50 }), isKept: fc.boolean() }), { maxLength: 20 })
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ afterMs, isKept }, content) => {
      atMs += afterMs;
      return { atMs, isKept, content };
    });
  });

test(`what is given back is the content of then; if that is lost an earlier one, never a later one (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(overwritten, fc.integer({ min: 1, max: 1000 }), fc.boolean(), (left, sinceMs, isMapped) => {
      // The trash has the names of the mirror, the history those of the source.
      const items = left.filter(({ isKept }) => isKept).map(({ atMs }) => item(isMapped ? 'f~' : 'f', atMs));
      const sourcePaths = new Map(isMapped ? items.map(({ at }) => [at, 'f']) : []);
      const firstLost = left.find(({ isKept, atMs }) => !isKept && atMs >= sinceMs);
      const lost = new Map(firstLost === undefined ? [] : [['f', firstLost.atMs]]);
      const { items: given, earlier, unkept } = chooseUndo(items, lost, sinceMs, sourcePaths);
      const contentOf = (one: TrashItem | undefined) =>
        left.find(({ atMs }) => atMs === one?.trashedMs)?.content;
      const wanted = left.find(({ atMs }) => atMs >= sinceMs);
      if (wanted === undefined) expect([given, earlier, unkept]).toEqual([[], [], []]);
      else if (wanted.isKept) expect([contentOf(given[0]), earlier]).toEqual([wanted.content, []]);
      else {
        const older = left.findLast(({ atMs, isKept }) => isKept && atMs < sinceMs);
        expect(contentOf(given[0])).toBe(older?.content);
        expect(earlier).toEqual(given);
        expect(unkept).toEqual(older === undefined ? ['f'] : []);
      }
    }),
    { seed: SEED },
  );
});

test('one path that is lost keeps no other from being given back', () => {
  const inTrash = [item('a', 10), item('b', 10), item('b', 20)];
  const { items, unkept } = chooseUndo(inTrash, new Map([['c', 5]]), 1, new Map());
  expect(items.map(({ path, trashedMs }) => `${path} ${trashedMs}`)).toEqual(['a 10', 'b 10']);
  expect(unkept).toEqual(['c']);
});
