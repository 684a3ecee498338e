/** The documents name files that exist: a page that points at what was renamed long ago misleads. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pages, ROOT, textOf } from './project-file.ts';

/** Paths of source files and folders in a text; a full stop behind one ends the sentence. */
function namedPaths(text: string): string[] {
  const found = text.match(/\bpackages\/[\w@./-]+/g) ?? [];
  return [...new Set(found.map((path) => path.replace(/[./]+$/, '')))];
}

test('paths are found in the ways in which a page writes them', () => {
  const text = 'See `packages/a/src/b.ts`, (packages/c/src). Not package/d; [it](packages/e-f/g.test.ts).';
  expect(namedPaths(text)).toEqual(['packages/a/src/b.ts', 'packages/c/src', 'packages/e-f/g.test.ts']);
});

test('the architecture page is a map of the source: it names files of every package', () => {
  const named = namedPaths(textOf('docs/ARCHITECTURE.md'));
  for (const name of ['protocol', 'engine', 'server', 'client']) {
    expect(named.filter((path) => path.startsWith(`packages/${name}/src/`)).length, name).toBeGreaterThan(3);
  }
});

test.each(pages())('every path below packages/ that %s names exists', (page) => {
  expect(namedPaths(textOf(page)).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
