/** Rules of the repository as a whole that no other tool checks. */
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { pages, projectFiles, ROOT, textOf } from './project-file.ts';

const MAX_LINES = 500;
const BANNED = /^(?:utils?|helpers?|common|misc|managers?)$/;

test('the lock file names no host: whoever installs uses the registry of his own machine', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, { resolved?: string; link?: boolean }>;
  };
  const resolved = Object.values(packages).filter((one) => one.resolved !== undefined);
  expect(resolved.filter((one) => one.link !== true || !/^packages\/\w+$/.test(one.resolved ?? ''))).toEqual(
    [],
  );
  expect(resolved.length).toBeGreaterThan(0);
});

test('npm keeps writing the lock file without hosts', () => {
  expect(textOf('.npmrc').split('\n')).toContain('omit-lockfile-registry-resolved=true');
});

test('files and folders are named after what they are about, never "helpers" or "manager"', () => {
  const isBanned = (path: string): boolean =>
    path.split('/').some((name) => name.split(/[.\-_ ]/).some((word) => BANNED.test(word.toLowerCase())));
  expect(isBanned('packages/x/src/string-utils.ts')).toBe(true);
  expect(projectFiles().filter(isBanned)).toEqual([]);
});

test(`a source or page has at most ${MAX_LINES} lines: beyond that it has more than one reason to exist`, () => {
  const isExempt = (path: string): boolean =>
    path === 'package-lock.json' || /\.(?:test|suite)\.ts$/.test(path);
  const isText = (path: string): boolean => /\.(?:[cm]?[jt]s|json|md)$/.test(path);
  const tooLong = projectFiles()
    .filter((path) => isText(path) && !isExempt(path))
    .map((path) => ({ path, lines: textOf(path).trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES);
  expect(tooLong).toEqual([]);
});

/** Targets of the links of a page that lead to files, relative to the project. */
function linkedFiles(page: string, text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.join(dirname(page), target));
}

test('links to files are found; the web, anchors and code are none', () => {
  const text = '[a](b.md) [c](../d.md#e) [f](https://g) [h](#i)\n`[j](k)`';
  expect(linkedFiles('docs/x.md', text)).toEqual(['docs/b.md', 'd.md']);
});

test.each(pages())('every file that %s links to exists', (page) => {
  expect(linkedFiles(page, textOf(page)).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every page that a source, a script or an INI file sends its reader to exists', () => {
  const sources = projectFiles().filter(
    (path) => /\.(?:[cm]?[jt]s|ini|md)$/.test(path) && !path.startsWith('tests/'),
  );
  const missing = sources.flatMap((path) =>
    (textOf(path).match(/\bdocs\/[\w-]+\.md\b/g) ?? [])
      .filter((page) => !existsSync(join(ROOT, page)))
      .map((page) => `${path} names ${page}`),
  );
  expect(missing).toEqual([]);
});
