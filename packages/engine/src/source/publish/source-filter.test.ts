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
