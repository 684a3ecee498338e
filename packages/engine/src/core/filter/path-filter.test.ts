import type { EntryKind } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PathFilter } from './path-filter.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`path-filter.test SEED=${seed}`);

const filterOf = (...lines: string[]): PathFilter =>
  new PathFilter(lines.map((line, at) => ({ line, origin: `line ${at + 1}` })));

const name = fc.constantFrom('a', 'b', 'c.tmp', '日本');
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));
const kind = fc.constantFrom<EntryKind>('file', 'directory', 'link');
const lines = fc.array(
  fc
    .tuple(
      fc.constantFrom('', '!', '/', '!/'),
      fc.array(fc.oneof(name, fc.constantFrom('*', '**', '/'))),
      fc.constantFrom('', '/'),
    )
    .map(([start, middle, end]) => start + middle.join('') + end),
  { maxLength: 6 },
);

describe('a filter of paths', () => {
  test('excludes with a folder all that is in it, by the rule for the folder', () => {
    fc.assert(
      fc.property(lines, path, path, kind, (rules, folder, inside, one) => {
        const filter = filterOf(...rules);
        const verdict = filter.judge(folder, 'directory');
        if (!verdict.isIncluded) expect(filter.judge(`${folder}/${inside}`, one)).toEqual(verdict);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('names the rule and the path that decided, and says nothing of what no rule is about', () => {
    fc.assert(
      fc.property(lines, path, kind, (rules, at, one) => {
        const { isIncluded, rule, matched } = filterOf(...rules).judge(at, one);
        if (rule === undefined) expect(isIncluded).toBe(true);
        else expect(rules).toContain(rule.line);
        expect(at === matched || at.startsWith(`${matched}/`)).toBe(true);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('excludes what is not known better only if it is excluded as a file and as a folder', () => {
    fc.assert(
      fc.property(lines, path, (rules, at) => {
        const filter = filterOf(...rules);
        const both = filter.isExcluded(at, 'file') && filter.isExcluded(at, 'directory');
        expect(filter.isExcluded(at)).toBe(both);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('never excludes the top', () => {
    fc.assert(
      fc.property(lines, (rules) => {
        expect(filterOf(...rules, '*', '/', '**').isExcluded('', 'directory')).toBe(false);
      }),
      { seed },
    );
  });

  test('takes a wildcard for a character, however many bytes that has', () => {
    expect(filterOf('?').isExcluded('本', 'file')).toBe(true);
    expect(filterOf('?').isExcluded('😀', 'file')).toBe(true);
    expect(filterOf('[日-本]x').isExcluded('本x', 'file')).toBe(true);
  });

  test('costs no more for a pattern that was made to be slow', () => {
    const filter = filterOf(`${'*a'.repeat(100)}*b`, `/${'**/a*/'.repeat(50)}b`);
    const startMs = performance.now();
    expect(filter.isExcluded('a'.repeat(250), 'file')).toBe(false);
    expect(filter.isExcluded('aa/'.repeat(80).slice(0, -1), 'file')).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  test('is empty when it has nothing but comments and empty lines', () => {
    expect(filterOf('', '# a', '   ').isEmpty).toBe(true);
    expect(filterOf('#', 'a').isEmpty).toBe(false);
  });
});
