import { MAX_RULES } from '@lanmirror/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import { IgnoreFiles, OtherRules } from './ignore-files.ts';
import { IgnoreMemory } from './ignore-memory.ts';
import { SourceFilter } from './source-filter.ts';

const NAME = '.ignore';
const TICK_MS = 20;
let nowMs: number;
let tree: MemoryTree;
let memory: IgnoreMemory;
let filter: SourceFilter;
let again: string[];
let missing: string[];

beforeEach(() => {
  nowMs = 1_000_000;
  tree = createMemoryTree({ clock: () => BigInt(nowMs) * 1_000_000n });
  memory = new IgnoreMemory(createMemoryStore());
  again = [];
  missing = [];
  tree.user.mkdir('d');
});

/** Those of a start of the program. */
function open(...names: string[]): IgnoreFiles {
  filter = new SourceFilter([{ line: '*.tmp', origin: 'Exclude' }], { ignoreNames: names });
  return new IgnoreFiles({
    tree,
    filter,
    memory,
    wallMs: () => nowMs,
    again: (path) => again.push(path),
    missing: (path) => missing.push(path),
  });
}

/** The same after its first scan, which found this in the folder `d`. */
function opened(text: string, name = NAME): IgnoreFiles {
  tree.user.write(`d/${name}`, text);
  nowMs += TICK_MS;
  const files = open(name);
  files.listed('', ['d']);
  files.listed('d', [name]);
  files.opened(() => true);
  return files;
}

const rules = (): string[] => filter.rules.map(({ folder = '', line }) => `${folder}: ${line}`);
const unreadable = (path: string): void =>
  tree.failNext(path, 'DENIED', { operation: 'open', times: Number.POSITIVE_INFINITY });

describe('ignore files of a source', () => {
  test('are taken by the first scan, behind the settings; of two in a folder the one that is named later wins', () => {
    tree.user.write('d/.one', '# no rule\n\n/a\n');
    tree.user.write('d/.two', '!/a\r\nb.tmp');
    const files = open('.two', '.one');
    expect(files.listed('d', ['.one', '.two', 'a'])).toBeUndefined();
    expect([rules(), files.count(() => true)]).toEqual([[': *.tmp', 'd: !/a', 'd: b.tmp', 'd: /a'], 2]);
    expect(files.count(() => false)).toBe(0);
    expect([filter.isExcluded('d/a', 'file'), filter.isExcluded('a', 'file')]).toEqual([true, false]);
    expect(filter.explain({ path: 'd/a', kind: 'file', sizeBytes: 1 }).rule?.origin).toBe('d/.one line 3');
  });

  test('make other rules when one says something else after that, and the scan that follows takes what is there', () => {
    const files = opened('/a\n');
    expect(() => files.check('d')).not.toThrow();
    tree.user.write(`d/${NAME}`, '/b\n');
    expect(() => files.check('d')).toThrow(OtherRules);
    expect(() => files.listed('d', [NAME])).toThrow(OtherRules);
    expect(rules()).toEqual([': *.tmp', 'd: /a']);
    files.reopen();
    files.listed('d', [NAME]);
    expect(rules()).toEqual([': *.tmp', 'd: /b']);
  });

  test.each([
    ['is missing', () => tree.user.remove(`d/${NAME}`)],
    ['has no rule any more', () => tree.user.write(`d/${NAME}`, '# \n')],
  ])('hold when one %s, over other openings and starts, until it is let go', (_how, change) => {
    const files = opened('/a\n');
    change();
    const { names } = tree.list('d');
    expect([files.check('d'), missing, files.isMissing(`d/${NAME}`)]).toEqual([
      undefined,
      [`d/${NAME}`],
      true,
    ]);
    files.reopen();
    files.listed('d', names);
    files.opened(() => true);
    expect([rules(), missing.length]).toEqual([[': *.tmp', 'd: /a'], 2]);
    const next = open(NAME);
    next.listed('d', names);
    next.opened(() => true);
    expect([rules(), missing.length]).toEqual([[': *.tmp', 'd: /a'], 3]);
    next.letGo([`d/${NAME}`]);
    next.reopen();
    next.listed('d', names);
    expect([rules(), missing.length, next.isMissing(`d/${NAME}`)]).toEqual([[': *.tmp'], 3, false]);
  });

  test('are no other ones when one that was missing is back as it was', () => {
    const files = opened('/a\n');
    tree.user.remove(`d/${NAME}`);
    files.check('d');
    tree.user.write(`d/${NAME}`, '/a');
    expect(files.check('d')).toBeUndefined();
    expect(files.isMissing(`d/${NAME}`)).toBe(false);
    tree.user.write(`d/${NAME}`, '/b');
    expect(() => files.check('d')).toThrow(OtherRules);
  });

  test('change nothing while none of them has a rule, wherever their folder goes', () => {
    const files = opened('# nothing\n');
    tree.user.write(`d/${NAME}`, '\n');
    tree.user.write(NAME, '');
    for (const folder of ['', 'd']) expect(files.check(folder)).toBeUndefined();
    expect(() => files.moved('d', 'e')).not.toThrow();
  });

  test('are the rules in them: comments, blank lines and places of lines make no other ones, and are not kept', () => {
    const files = opened('/a\n/b\n');
    tree.user.write(`d/${NAME}`, `# ${'a long story '.repeat(1000)}\n/a\r\n\n# more\n/b`);
    nowMs += TICK_MS;
    expect(files.check('d')).toBeUndefined();
    expect(filter.rules.map(({ origin }) => origin)).toEqual([
      'Exclude',
      'd/.ignore line 2',
      'd/.ignore line 5',
    ]);
    files.reopen();
    files.listed('d', [NAME]);
    files.opened(() => true);
    const kept = [
      { line: '/a', number: 2 },
      { line: '/b', number: 5 },
    ];
    expect(memory.all()).toEqual([{ path: `d/${NAME}`, rules: kept }]);
  });

  test('of more files than can be known without a rule each is judged at every look', () => {
    filter = new SourceFilter([], { ignoreNames: [NAME] });
    const host = {
      tree,
      filter,
      memory,
      wallMs: () => nowMs,
      again: () => undefined,
      missing: () => undefined,
    };
    const files = new IgnoreFiles(host, 0);
    for (const folder of ['e', 'f']) tree.user.mkdir(folder);
    tree.user.write(`d/${NAME}`, '/a\n');
    tree.user.symlink(`e/${NAME}`, 'elsewhere');
    tree.user.write(`f/${NAME}`, '# nothing');
    const look = (folder: string): unknown => files.listed(folder, [NAME]);
    expect([look('d'), look('e'), look('f')]).toEqual([undefined, 'ignore-unknown', undefined]);
    files.opened(() => true);
    expect([files.check('d'), files.check('e'), files.check('f')]).toEqual([
      undefined,
      'ignore-unknown',
      undefined,
    ]);
    expect(files.count(() => true)).toBe(1);
    tree.user.write(`f/${NAME}`, '/b\n');
    expect(() => files.check('f')).toThrow(OtherRules);
  });

  test('kept from a start with more room for rules hold only if there is room now', () => {
    opened('a\n'.repeat(2000));
    const more = Array.from({ length: MAX_RULES - 1999 }, (_, at) => ({ line: `${at}`, origin: 'Exclude' }));
    filter = new SourceFilter(more, { ignoreNames: [NAME] });
    const next = new IgnoreFiles({
      tree,
      filter,
      memory,
      wallMs: () => nowMs,
      again: () => undefined,
      missing: () => undefined,
    });
    expect(next.listed('d', [NAME])).toBe('ignore-limit');
    expect(filter.rules.length).toBe(more.length);
  });

  test('larger than a mebibyte are too much, whatever is in them', () => {
    tree.user.write(`d/${NAME}`, '#'.repeat((1 << 20) + 1));
    expect(open(NAME).listed('d', [NAME])).toBe('ignore-limit');
  });

  test('are other ones with another content, when nothing but that shows it', () => {
    tree.user.write(`d/${NAME}`, '/a\n');
    const files = open(NAME);
    files.listed('d', [NAME]);
    files.opened(() => true);
    expect(again).toEqual([`d/${NAME}`]);
    tree.user.write(`d/${NAME}`, '/b\n');
    expect(() => files.check('d')).toThrow(OtherRules);
  });

  test('make other rules when a folder with rules in it or below has another path', () => {
    const files = opened('/a\n');
    expect(() => files.moved('other', 'e')).not.toThrow();
    expect(() => files.moved('d', 'e')).toThrow(OtherRules);
    expect([files.areBelow(''), files.areBelow('d'), files.areBelow('other')]).toEqual([true, true, false]);
  });

  test('hold as they were while they cannot be read, also at the next start and under another path then', () => {
    const files = opened('/a\n');
    unreadable(`d/${NAME}`);
    tree.user.write(`d/${NAME}`, '/bb\n');
    expect(files.check('d')).toBe('ignore-kept');
    expect(rules()).toEqual([': *.tmp', 'd: /a']);

    const next = open(NAME);
    tree.user.rename('d', 'e');
    unreadable(`e/${NAME}`);
    next.moved('d', 'e');
    expect(next.listed('e', [NAME])).toBe('ignore-kept');
    next.opened(() => false);
    expect(rules()).toEqual([': *.tmp', 'e: /a']);
    tree.heal(`e/${NAME}`);
    expect(() => next.check('e')).toThrow(OtherRules);
  });

  test('hold in a folder that a scan could not look into, and not in one that is gone', () => {
    opened('/a\n');
    const isHeld = (isStillThere: boolean): string[] => {
      const files = open(NAME);
      files.listed('', ['d']);
      files.opened(() => isStillThere);
      return rules();
    };
    expect(isHeld(true)).toEqual([': *.tmp', 'd: /a']);
    expect([isHeld(false), isHeld(true)]).toEqual([[': *.tmp'], [': *.tmp']]);
  });

  test('hide nobody knows what while they were never read, and until they have gone', () => {
    tree.user.symlink(`d/${NAME}`, 'elsewhere');
    nowMs += TICK_MS;
    const files = open(NAME);
    expect(files.listed('d', [NAME])).toBe('ignore-unknown');
    files.opened(() => true);
    expect([files.check('d'), files.count(() => true)]).toEqual(['ignore-unknown', 0]);
    tree.user.remove(`d/${NAME}`);
    expect(files.check('d')).toBeUndefined();
  });

  test('are too much together with those above when a path would be compared with 2,000 rules and stars', () => {
    tree.user.mkdir('d/e');
    tree.user.mkdir('f');
    tree.user.write(`d/${NAME}`, 'a*\n'.repeat(900));
    tree.user.write(`d/e/${NAME}`, 'a\n'.repeat(201));
    tree.user.write(`f/${NAME}`, 'a\n'.repeat(2000));
    const files = open(NAME);
    const look = (folder: string): unknown => files.listed(folder, [NAME]);
    expect([look('d'), look('d/e'), look('f')]).toEqual([undefined, 'ignore-limit', undefined]);
    files.opened(() => true);
    tree.user.write(`d/e/${NAME}`, 'a\n'.repeat(200));
    expect(() => files.check('d/e')).toThrow(OtherRules);
  });

  test('are too much above what a share may have: what they said before holds, and that is said again and again', () => {
    const files = opened('/a\n');
    tree.user.write(`d/${NAME}`, 'a\n'.repeat(MAX_RULES));
    expect(files.check('d')).toBe('ignore-limit');
    files.reopen();
    expect(files.listed('d', [NAME])).toBe('ignore-limit');
    files.opened(() => true);
    expect([files.check('d'), files.listed('d', [NAME]), rules()]).toEqual([
      ...['ignore-limit', 'ignore-limit'],
      [': *.tmp', 'd: /a'],
    ]);
    tree.user.write(`d/${NAME}`, 'a\n'.repeat(2000));
    expect(() => files.check('d')).toThrow(OtherRules);
    files.reopen();
    expect([files.listed('d', [NAME]), filter.rules.length]).toEqual([undefined, 2001]);
  });
});
