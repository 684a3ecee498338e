import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-comments-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function read(line: string) {
  writeFileSync(join(dir, 'server.ini'), `[Server]\n${line}\n`);
  return readConfiguration({ section: 'Server', config: undefined, flags: {}, env: {}, cwd: dir });
}

test.each([
  ['Exclude = #recycle, @eaDir', 'Exclude = \\#recycle, @eaDir', '\\#recycle, @eaDir'],
  ['Exclude = @eaDir, #recycle', 'Exclude = @eaDir, \\#recycle', '@eaDir, \\#recycle'],
  ['Exclude: @eaDir,\t#a, b,#c', 'Exclude = @eaDir, \\#a, b,\\#c', '@eaDir, \\#a, b,\\#c'],
  ['Exclude = a, ;b', 'Exclude = "a, ;b"', 'a, ;b'],
  ['Extensions = ;ab', 'Extensions = ";ab"', undefined],
  ['Name = #1', 'Name = "#1"', '#1'],
])('%s: that the rest is a comment is a warning, with the spelling that means it', (line, right, text) => {
  const { warnings } = read(line);
  expect(warnings).toEqual([
    expect.stringMatching(/server\.ini line 2: .* is a comment, and no part of (Exclude|Extensions|Name)\./),
  ]);
  expect(warnings[0]?.endsWith(` If it is meant as one: ${right}`)).toBe(true);
  if (text === undefined) return;
  const key = right.split(' ')[0] ?? '';
  expect(read(right).text(key)).toBe(text);
  expect(read(right).warnings).toEqual([]);
});

test.each([
  'Exclude = # nothing yet',
  'Exclude = a # and nothing else',
  'Exclude =',
  'Exclude = "a," # quoted',
  'Exclude = a#b',
  'Exclude = ## ---',
])('%s: a comment as people write them is none', (line) => {
  expect(read(line).warnings).toEqual([]);
});

test('a comment behind a secret is not told', () => {
  const { warnings } = read('Key = #abcdefgh');
  expect(warnings.join()).toContain('line 2: what begins with "#" is a comment, and no part of Key.');
  expect(warnings.join()).not.toContain('abc');
});
