import { parentOf } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CleanedRow } from '../clean/cleaned-record.ts';
import { chooseForgotten } from './forget-choice.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`forget-choice.test SEED=${SEED}`);

const row = (path: string, vacantPath?: string): CleanedRow => ({
  ...{ path, sizeBytes: 3, mtimeUs: 7, hash: vacantPath === undefined ? '0a0b' : '', cleanedMs: 1 },
  ...(vacantPath === undefined ? {} : { vacantPath }),
});

/** The rows of these at whose places nothing stands are forgotten as far as they are `asked` for. */
function choose(rows: readonly CleanedRow[], vacant: ReadonlySet<string>, asked: ReadonlySet<string>) {
  const gone = rows.filter(({ path }) => vacant.has(path) && asked.has(path));
  return { gone, ...chooseForgotten(gone, rows, ({ path }) => vacant.has(path)) };
}

describe('what stays only for the empty place of a row', () => {
  test('is released when that row is forgotten', () => {
    const rows = [row('d/a'), row('d/best', 'd/a'), row('d/other')];
    const { ended, released, instead } = choose(rows, new Set(['d/a']), new Set(['d/a']));
    expect([ended, released, instead]).toEqual([['d/best', 'd/a'], ['d/best'], []]);
  });

  test('goes on to stay while another place of the folder is empty: it may be the file of that', () => {
    const rows = [row('d/a'), row('d/best', 'd/a'), row('d/b'), row('e/c')];
    const empty = new Set(['d/a', 'd/b', 'e/c']);
    expect(choose(rows, empty, new Set(['d/a']))).toMatchObject({
      ...{ ended: ['d/a'], released: [], instead: [row('d/best', 'd/b')] },
    });
    expect(choose(rows, empty, new Set(['d/a', 'd/b'])).released).toEqual(['d/best']);
    expect(choose(rows, new Set(['d/a', 'e/c']), new Set(['d/a'])).released).toEqual(['d/best']);
  });

  test('is asked for in the folder of the empty place and in the one where it stands: there the next look would keep it, too', () => {
    const rows = [row('d/a'), row('mine/best', 'd/a'), row('d/b'), row('mine/c')];
    expect(choose(rows, new Set(['d/a', 'd/b']), new Set(['d/a'])).instead).toEqual([
      row('mine/best', 'd/b'),
    ]);
    expect(choose(rows, new Set(['d/a', 'mine/c']), new Set(['d/a'])).instead).toEqual([
      row('mine/best', 'mine/c'),
    ]);
    expect(choose(rows, new Set(['d/a', 'mine/c']), new Set(['d/a', 'mine/c'])).released).toEqual([
      'mine/best',
    ]);
  });
});

test('of any rows those end that are gone and asked for, and else only what stays for them and for nothing more', () => {
  const path = fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b', 'd/文');
  const cleaned = fc.record({ path, vacantPath: fc.option(path, { nil: undefined }) });
  const rowsOf = fc.uniqueArray(cleaned, { selector: (one) => one.path });
  const paths = fc.uniqueArray(path).map((all) => new Set<string>(all));
  fc.assert(
    fc.property(rowsOf, paths, paths, (all, vacant, asked) => {
      const rows = all.map((one) => row(one.path, one.vacantPath === one.path ? undefined : one.vacantPath));
      const { gone, ended, released, instead } = choose(rows, vacant, asked);
      const forgotten = new Set(gone.map((one) => one.path));
      expect(new Set(ended)).toEqual(new Set([...forgotten, ...released]));
      for (const one of rows) {
        const isBeside = !forgotten.has(one.path) && forgotten.has(one.vacantPath ?? '');
        const isElsewhere = rows.some(
          (other) =>
            vacant.has(other.path) &&
            [one.path, one.vacantPath ?? ''].map(parentOf).includes(parentOf(other.path)) &&
            !forgotten.has(other.path) &&
            !forgotten.has(other.vacantPath ?? ''),
        );
        expect(released.includes(one.path)).toBe(isBeside && !isElsewhere);
        expect(instead.some((other) => other.path === one.path)).toBe(isBeside && isElsewhere);
      }
      // A kill in between: what stays for a row ends before that.
      const endOf = (one: string): number => ended.indexOf(one);
      for (const one of rows)
        if (released.includes(one.path)) expect(endOf(one.path)).toBeLessThan(endOf(one.vacantPath ?? ''));
      for (const { vacantPath } of instead) expect(forgotten.has(vacantPath ?? '')).toBe(false);
    }),
    { seed: SEED },
  );
});
