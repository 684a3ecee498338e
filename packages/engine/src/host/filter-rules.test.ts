import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { type FilterSettings, readFilterRules } from './filter-rules.ts';
import { ruleLines, splitPatterns } from './rule-lines.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`filter-rules.test SEED=${seed}`);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-rules-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The settings of a server.ini with these lines in its section. */
function read(...lines: string[]): FilterSettings {
  writeFileSync(join(dir, 'server.ini'), ['[Server]', ...lines].join('\n'));
  const input = { section: 'Server', config: undefined, flags: {}, env: {}, cwd: dir } as const;
  return readFilterRules(readConfiguration(input).get);
}

describe('the rules of a filter', () => {
  test('stand in the order in which they count: the file, then Exclude, then Include', () => {
    writeFileSync(join(dir, 'rules.txt'), '\uFEFF# what is made\r\nbuild/\r\n\r\n!build/keep\r\n');
    const { rules } = read('Include = a.tmp', 'Exclude = *.tmp, "b c"', 'ExcludeFrom = rules.txt');
    expect(rules).toEqual([
      { line: 'build/', origin: `${join(dir, 'rules.txt')} line 2` },
      { line: '!build/keep', origin: `${join(dir, 'rules.txt')} line 4` },
      { line: '*.tmp', origin: `${join(dir, 'server.ini')} line 3, Exclude` },
      { line: '"b c"', origin: `${join(dir, 'server.ini')} line 3, Exclude` },
      { line: '!a.tmp', origin: `${join(dir, 'server.ini')} line 2, Include` },
    ]);
  });

  test('begin with the extensions, so that the others refine them', () => {
    const { rules } = read(
      'Exclude = b.mkv',
      'ExcludeExtensions = *.p',
      'Extensions = mkv, .a',
      'Include = c',
    );
    const ini = join(dir, 'server.ini');
    expect(rules).toEqual([
      { line: '*', origin: `${ini} line 4, Extensions` },
      { line: '!*/', origin: `${ini} line 4, Extensions` },
      { line: '!?*.[mM][kK][vV]', origin: `${ini} line 4, Extensions` },
      { line: '!?*.[aA]', origin: `${ini} line 4, Extensions` },
      { line: '?*.[pP]', origin: `${ini} line 3, ExcludeExtensions` },
      { line: '!?*.[pP]/', origin: `${ini} line 3, ExcludeExtensions` },
      { line: 'b.mkv', origin: `${ini} line 2, Exclude` },
      { line: '!c', origin: `${ini} line 5, Include` },
    ]);
    expect(read('Extensions = mkv', 'Include = *.nfo').rules).toHaveLength(4);
  });

  test('are none by default', () => {
    expect(read()).toEqual({ rules: [], minBytes: 0, maxBytes: 0 });
  });

  test.each([
    [['Include = a'], 'INCLUDE_ALONE', 'line 2, Include'],
    [['Exclude = a', 'Include = !b'], 'INCLUDE_NEGATED', 'line 3, Include'],
    [['Extensions = mkv, a/b'], 'BAD_EXTENSION', 'line 2, Extensions'],
    [['ExcludeExtensions = t*p'], 'BAD_EXTENSION', 'line 2, ExcludeExtensions'],
    [['Extensions = mkv mp4'], 'BAD_EXTENSION', 'line 2, Extensions'],
    [['ExcludeExtensions = tmp;part'], 'BAD_EXTENSION', 'line 2, ExcludeExtensions'],
    [['Exclude = a,#b'], 'COMMENT_AS_RULE', 'line 2, Exclude'],
    [['ExcludeFrom = missing.txt'], 'NO_RULE_FILE', 'line 2, ExcludeFrom'],
    [['MinSize = 2M', 'MaxSize = 1M'], 'NO_SIZE_LEFT', 'line 2, MinSize'],
    [['MaxSize = much'], 'BAD_SIZE', 'line 2, MaxSize'],
    [[`Exclude = ${'a'.repeat(5000)}`], 'LONG_RULE', 'line 2, Exclude'],
    [[`Exclude = ${Array(70).fill('a'.repeat(4000)).join(',')}`], 'LONG_RULES', '280000 characters'],
  ])('%s is refused where the INI is read, with the line', (lines, code, place) => {
    expect(() => read(...lines)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(place) }),
    );
  });

  test.each(['mkv mp4', 'mkv;mp4', '.mkv *.mp4', 'mkv; mp4', '"mkv ;mp4"'])(
    'extensions without a comma between them, %s, are none, and how they are written is said',
    (text) => {
      const nextStep = 'Write commas between them, like mkv, mp4; for names and folders there is Exclude.';
      expect(() => read(`Extensions = ${text}`)).toThrow(
        expect.objectContaining({ code: 'BAD_EXTENSION', nextStep }),
      );
    },
  );

  test('a file that is not UTF-8 is refused', () => {
    writeFileSync(join(dir, 'rules.txt'), Buffer.from([0x61, 0xff]));
    expect(() => read('ExcludeFrom = rules.txt')).toThrow(expect.objectContaining({ code: 'BAD_RULE_FILE' }));
  });

  test('a comma in a pattern is kept when a backslash stands before it', () => {
    const pattern = fc
      .array(fc.constantFrom('a', '*', ',', '\\\\', '/', ' b'), { minLength: 1 })
      .map((parts) => parts.join('').trim());
    const patterns = fc.array(pattern, { maxLength: 5 });
    fc.assert(
      fc.property(patterns, (list) => {
        const escaped = list.map((one) => one.replaceAll(',', '\\,'));
        expect(splitPatterns(escaped.join(', '))).toEqual(escaped);
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('lines are counted as an editor counts them, whatever ends them', () => {
    expect(ruleLines('\uFEFFa\r\n# b\n!c', 'rules.txt')).toEqual([
      { line: 'a', origin: 'rules.txt line 1' },
      { line: '# b', origin: 'rules.txt line 2' },
      { line: '!c', origin: 'rules.txt line 3' },
    ]);
  });
});
