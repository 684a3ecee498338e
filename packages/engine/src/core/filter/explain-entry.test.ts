import type { EntryKind } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainEntry } from './explain-entry.ts';
import { PathFilter } from './path-filter.ts';
import { isSizeExcluded } from './size-limit.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`explain-entry.test SEED=${seed}`);

test('what is explained is what is decided, and the rule that is named decides it alone', () => {
  const lines = fc.array(fc.constantFrom('a', '/b/', 'a/b', '!c', '**/c', '*', '!*/'), { maxLength: 5 });
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .map((names) => names.join('/'));
  const kinds = fc.constantFrom<EntryKind>('file', 'directory', 'link');
  fc.assert(
    fc.property(lines, path, kinds, fc.constantFrom(null, 1, 100), (made, at, kind, sizeBytes) => {
      const filter = new PathFilter(made.map((line, number) => ({ line, origin: `${number}` })));
      const sizes = { minBytes: 0, maxBytes: 10 };
      const told = explainEntry(filter, sizes, { path: at, kind, sizeBytes });
      const isLarge = sizeBytes !== null && isSizeExcluded(sizes, { kind, sizeBytes });
      expect(told.isMirrored).toBe(!filter.isExcluded(at, kind) && !isLarge);
      expect(told.reason === 'size').toBe(isLarge && !filter.isExcluded(at, kind));
      expect(at === told.matched || at.startsWith(`${told.matched}/`)).toBe(true);
      if (told.rule === null) return;
      const alone = new PathFilter([{ line: told.rule.line.replace(/^!/, ''), origin: '' }]);
      expect(alone.judge(told.matched, told.matched === at ? kind : 'directory').rule).toBeDefined();
    }),
    { seed, numRuns: 2000 },
  );
});
