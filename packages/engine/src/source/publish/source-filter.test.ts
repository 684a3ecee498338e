import { expect, test } from 'vitest';
import { SourceFilter } from './source-filter.ts';

test('a filter is another one when a line, a size or the case of letters is, and not when only a place is', () => {
  const filter = new SourceFilter([{ line: 'a', origin: 'one' }], { maxBytes: 5 });
  expect(filter.isOther(new SourceFilter([{ line: 'a', origin: 'two' }], { maxBytes: 5 }))).toBe(false);
  for (const other of [
    new SourceFilter([{ line: 'b', origin: 'one' }], { maxBytes: 5 }),
    new SourceFilter([{ line: 'a', origin: 'one' }], { maxBytes: 6 }),
    new SourceFilter([{ line: 'a', origin: 'one' }], { maxBytes: 5, minBytes: 1 }),
    new SourceFilter([{ line: 'a', origin: 'one' }], { maxBytes: 5, ignoresCase: true }),
    new SourceFilter(),
  ])
    expect(filter.isOther(other)).toBe(true);
});

test('other places of the same lines are taken over, and the rules of ignore files stay behind them', () => {
  const filter = new SourceFilter([{ line: 'a', origin: 'line 3' }], { ignoreNames: ['.mi'] });
  filter.setFolder('', [{ line: '!a', folder: '', origin: '.mi line 1' }]);
  filter.setFolder('d', [{ line: 'b', folder: 'd', origin: 'd/.mi line 1' }]);
  filter.takeOrigins(new SourceFilter([{ line: 'a', origin: 'line 5' }], { ignoreNames: ['.mi'] }));
  expect(filter.rules.map(({ origin }) => origin)).toEqual(['line 5', '.mi line 1', 'd/.mi line 1']);
  expect([filter.isExcluded('a'), filter.isExcluded('d/b'), filter.isExcluded('b')]).toEqual([
    false,
    true,
    false,
  ]);
  filter.setFolder('', []);
  const explained = filter.explain({ path: 'a', kind: 'file', sizeBytes: 1 });
  expect([explained.isMirrored, explained.rule?.origin]).toEqual([false, 'line 5']);
});
