import type { EntryKind } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PathFilter } from '../core/filter/path-filter.ts';
import { isExtensionRule, onlyExtensions, withoutExtensions } from './extension-lines.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`extension-lines.test SEED=${seed}`);

const filterOf = (lines: readonly string[]): PathFilter =>
  new PathFilter(lines.map((line) => ({ line, origin: 'test' })));

const extension = fc
  .array(fc.constantFrom('a', 'B', 'é', '1', '-', '*', '[', ']', '\\', '?', ' ', '!', '#'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(''));
const stem = fc.constantFrom('', 'x', 'x.y', '文档', '.');
const name = fc.tuple(stem, fc.constantFrom('.', ''), extension).map((parts) => parts.join(''));
const kinds = fc.constantFrom<EntryKind>('file', 'link', 'directory');

/** By comparing letters. */
function hasExtension(text: string, extensions: readonly string[]): boolean {
  return extensions.some((one) => {
    const end = `.${one}`.toLowerCase();
    return text.length > end.length && text.toLowerCase().endsWith(end);
  });
}

describe('a list of extensions', () => {
  const lists = fc.array(extension, { maxLength: 3 });

  test('leaves out exactly the files that have one of them, in any case, and never a folder', () => {
    fc.assert(
      fc.property(lists, name, kinds, fc.boolean(), (list, text, kind, isDeep) => {
        const path = isDeep ? `d/${text}` : text;
        const isOut = kind !== 'directory' && hasExtension(text, list);
        expect(filterOf(withoutExtensions(list)).isExcluded(path, kind)).toBe(isOut);
      }),
      { seed, numRuns: 5000 },
    );
  });

  test('or takes exactly those and all folders, so that they are found wherever they are', () => {
    fc.assert(
      fc.property(lists, name, kinds, fc.boolean(), (list, text, kind, isDeep) => {
        const path = isDeep ? `d.x/${text}` : text;
        const isIn = list.length === 0 || kind === 'directory' || hasExtension(text, list);
        expect(filterOf(onlyExtensions(list)).isExcluded(path, kind)).toBe(!isIn);
      }),
      { seed, numRuns: 5000 },
    );
  });

  test.each([
    ['movie.MKV', true],
    ['a.tar.gz', true],
    ['gz', false],
    ['.mkv', false],
    ['movie.mkv.part', false],
  ])('takes %s: %s', (path, isTaken) => {
    expect(filterOf(onlyExtensions(['mkv', 'tar.gz'])).isExcluded(path, 'file')).toBe(!isTaken);
  });
});

test('a rule is known to be one of extensions by the list that it was made of, and a pattern is not', () => {
  const listed = (lines: readonly string[]) => lines.map((line) => ({ line, origin: 'client.ini line 3' }));
  const [only, without] = [listed(onlyExtensions(['mkv', '001'])), listed(withoutExtensions(['tmp']))];
  const all = [
    ...only,
    ...without,
    { line: '*', origin: 'client.ini line 4' },
    { line: '*.tmp', origin: 'x' },
  ];
  const isMadeOfList = all
    .filter((rule) => isExtensionRule(rule, all))
    .map(({ line, origin }) => [line, origin]);
  const patternOfTmp = without[0]?.line;
  expect(isMadeOfList).toEqual([
    ['*', 'client.ini line 3'],
    [patternOfTmp, 'client.ini line 3'],
  ]);
});
