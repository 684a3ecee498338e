/**
 * The rule against git itself: random patterns, on folders that really exist. All characters are ASCII: to git a
 * wildcard stands for a byte.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type EntryKind, joinPath } from '@lanmirror/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleLines } from '../../host/rule-lines.ts';
import { PathFilter } from './path-filter.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`path-filter-git.test SEED=${seed}`);

const hasGit = spawnSync('git', ['--version']).status === 0;
const root = mkdtempSync(join(tmpdir(), 'lanmirror-ignore-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const NAMES = ['a', 'b', 'ab', 'a.b', 'A', 'x y', 'b ', '[a]', '-', ']', '!a', '#a', '\\', 'a-b', '1'];

/** Every kind of entry under every name, three folders deep, as far as there is a reason for one. */
const ENTRIES: ReadonlyMap<string, EntryKind> = new Map(
  NAMES.flatMap((top) =>
    ['a', 'b', 'ab'].flatMap((middle): [string, EntryKind][] => [
      [`${top}/${middle}/a/b`, 'file'],
      [`${top}/${middle}/b`, 'file'],
      [`${top}/${middle}/ab`, 'link'],
      [`${top}/${middle}/a`, 'directory'],
      [`${top}/${middle}`, 'directory'],
    ]),
  )
    .concat(NAMES.map((top) => [top, 'directory']))
    .concat(
      NAMES.flatMap((top) =>
        NAMES.filter((name) => !['a', 'b', 'ab'].includes(name)).map((name) => [`${top}/${name}`, 'file']),
      ),
    )
    .concat([
      ['file', 'file'],
      ['b.', 'file'],
      ['aab', 'file'],
      ['link', 'link'],
    ]),
);

beforeAll(() => {
  if (!hasGit) return;
  execFileSync('git', ['init', '-q', root]);
  for (const [path, kind] of ENTRIES) {
    const place = join(root, path);
    mkdirSync(kind === 'directory' ? place : dirname(place), { recursive: true });
    if (kind === 'file') writeFileSync(place, '');
    if (kind === 'link') symlinkSync('.', place);
  }
});

/** Of each path the line that decided and whether it excludes, as git says; nothing for what no line is about. */
function askGit(rules: string, ignoresCase: boolean): Map<string, string> {
  writeFileSync(join(root, '.git', 'info', 'exclude'), rules);
  const args = ['-c', `core.ignoreCase=${ignoresCase}`, '-c', 'core.excludesFile=/dev/null', '-C', root];
  const { stdout, status, stderr } = spawnSync(
    'git',
    [...args, 'check-ignore', '--no-index', '--stdin', '-z', '-v'],
    { input: [...ENTRIES.keys()].join('\0'), encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  );
  if (status !== 0 && status !== 1) throw new Error(stderr);
  const fields = stdout.split('\0');
  const found = new Map<string, string>();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [, line, pattern = '', path = ''] = fields.slice(at, at + 4);
    found.set(path, `${line} ${pattern.startsWith('!') ? 'includes' : 'excludes'}`);
  }
  return found;
}

function askRule(rules: string, ignoresCase: boolean): Map<string, string> {
  const filter = new PathFilter(ruleLines(rules, 'rules'), { ignoresCase });
  const found = new Map<string, string>();
  for (const [path, kind] of ENTRIES) {
    const { rule, isIncluded } = filter.judge(path, kind);
    if (rule === undefined) continue;
    found.set(path, `${rule.origin.slice('rules line '.length)} ${isIncluded ? 'includes' : 'excludes'}`);
  }
  return found;
}

function differences(ours: ReadonlyMap<string, string>, gits: ReadonlyMap<string, string>): string[] {
  const paths = [...ENTRIES.keys()].filter((path) => ours.get(path) !== gits.get(path));
  return paths.map((path) => `${path}: we say ${ours.get(path)}, git says ${gits.get(path)}`);
}

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'ab', 'A', '.', ' ', '-', 'x y', '#', '!', ']') },
  { weight: 5, arbitrary: fc.constantFrom('*', '**', '***', '?', '/', '/**/', '**/', '/**', '/*/') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['[a]', '[!a]', '[^b]', '[a-b]', '[]a]', '[!]]', '[a-]', '[-a]', '[\\]]', '[a\\-b]', '[b-a]'],
      ...[
        '[[:alpha:]]',
        '[![:digit:]]',
        '[[:space:]a]',
        '[[:none:]]',
        '[[:alpha]',
        '[a/b]',
        '[[]',
        '[',
        '[a',
        '[!',
      ],
      ...['[a-[:digit:]]', '[[:upper:]-z]', '[/-b]', '[\\a-b]'],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('\\a', '\\*', '\\ ', '\\!', '\\#', '\\\\', '\\', '\\[', '\\/', '\\?'),
  },
);
const line = fc
  .tuple(
    fc.constantFrom('', '', '', '', '!', '!', '#', '/', '!/', '\\!', '\\#'),
    fc.array(piece, { maxLength: 6 }),
    fc.constantFrom('', '', '', '/', ' ', '\\ ', '\r', '//', '/ '),
  )
  .map(([start, middle, end]) => start + middle.join('') + end);

/** Folders that have an ignore file in some runs; what is in an excluded one says nothing. */
const HOMES = ['', 'a', 'ab', 'a/a', 'a/b', 'ab/a', 'a/a/a', 'x y', '[a]', 'A/b'];
const settings = join(root, '.git', 'settings-of-all');

/** The same with an ignore file in some folders, and weaker lines for all of them. */
function askGitNested(weakest: string, files: ReadonlyMap<string, string>): Map<string, string> {
  writeFileSync(join(root, '.git', 'info', 'exclude'), '');
  writeFileSync(settings, weakest);
  for (const home of HOMES) rmSync(join(root, home, '.gitignore'), { force: true });
  for (const [home, text] of files) writeFileSync(join(root, home, '.gitignore'), text);
  const { stdout, status, stderr } = spawnSync(
    'git',
    ['-c', `core.excludesFile=${settings}`, '-C', root, 'check-ignore', '--no-index', '--stdin', '-z', '-v'],
    { input: [...ENTRIES.keys()].join('\0'), encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  );
  if (status !== 0 && status !== 1) throw new Error(stderr);
  const fields = stdout.split('\0');
  const found = new Map<string, string>();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [source = '', line, pattern = '', path = ''] = fields.slice(at, at + 4);
    const name = source === settings ? 'settings' : source;
    found.set(path, `${name} line ${line} ${pattern.startsWith('!') ? 'includes' : 'excludes'}`);
  }
  return found;
}

function askRulesNested(weakest: string, files: ReadonlyMap<string, string>): Map<string, string> {
  const nested = [...files].flatMap(([folder, text]) =>
    ruleLines(text, joinPath(folder, '.gitignore')).map((rule) => ({ ...rule, folder })),
  );
  const filter = new PathFilter([...ruleLines(weakest, 'settings'), ...nested]);
  const found = new Map<string, string>();
  for (const [path, kind] of ENTRIES) {
    const { rule, isIncluded } = filter.judge(path, kind);
    if (rule !== undefined) found.set(path, `${rule.origin} ${isIncluded ? 'includes' : 'excludes'}`);
  }
  return found;
}

describe.skipIf(!hasGit)('patterns in the folders that they are about', () => {
  test('decide as those of git do: a deeper file wins, and one in an excluded folder says nothing', () => {
    const text = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => `${lines.join('\n')}\n`);
    const file = fc.tuple(fc.constantFrom(...HOMES), text);
    fc.assert(
      fc.property(text, fc.array(file, { minLength: 1, maxLength: 5 }), (weakest, list) => {
        const files = new Map(list);
        expect(differences(askRulesNested(weakest, files), askGitNested(weakest, files))).toEqual([]);
      }),
      {
        seed,
        numRuns: Number(process.env.RUNS ?? 200),
        interruptAfterTimeLimit: 40_000,
        markInterruptAsFailure: false,
      },
    );
    for (const home of HOMES) rmSync(join(root, home, '.gitignore'), { force: true });
  });
});

describe.skipIf(!hasGit)('a list of patterns', () => {
  test('decides as git does, and by the same line, for every kind of entry', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const rules = `${lines.join('\n')}\n`;
        expect(differences(askRule(rules, false), askGit(rules, false))).toEqual([]);
      }),
      {
        seed,
        numRuns: Number(process.env.RUNS ?? 300),
        interruptAfterTimeLimit: 40_000,
        markInterruptAsFailure: false,
      },
    );
  });

  test('takes A and a for one letter where git does', () => {
    const cased = fc
      .array(fc.constantFrom('a', 'A', 'b', 'B', 'aB', '*', '?', '/', '**/', '[a-c]'), {
        maxLength: 5,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(cased, { minLength: 1, maxLength: 3 }), (lines) => {
        const rules = `${lines.join('\n')}\n`;
        expect(differences(askRule(rules, true), askGit(rules, true))).toEqual([]);
      }),
      { seed, numRuns: 100, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
  });
});
