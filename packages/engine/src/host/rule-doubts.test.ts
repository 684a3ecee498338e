import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-doubts-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The warnings about an INI with these lines. */
function warningsOf(section: 'Server' | 'Client', ...lines: string[]): string[] {
  const name = `${section.toLowerCase()}.ini`;
  writeFileSync(join(dir, name), lines.join('\n'));
  const { warnings } = readConfiguration({ section, config: undefined, flags: {}, env: {}, cwd: dir });
  return warnings.map((warning) => warning.replaceAll(`${dir}/`, ''));
}

describe('names of ignore files', () => {
  test.each(['.gitignore .mirrorignore', '.gitignore;.mirrorignore'])(
    '%s is one name, and that is said, with how two are written',
    (text) => {
      const doubt = `server.ini line 2, IgnoreFiles: "${text}" is one name. If several files are meant, write commas between them: .gitignore, .mirrorignore.`;
      expect(warningsOf('Server', '[Server]', `IgnoreFiles = ${text}`)).toEqual([doubt]);
      expect(warningsOf('Server', '[Server]', 'IgnoreFiles = .gitignore, .mirrorignore')).toEqual([]);
    },
  );

  test('are doubted in each section, and once where sections inherit them', () => {
    const lines = ['[Server]', 'MonitorDir = m', 'IgnoreFiles = a b', '[Share x]', 'MonitorDir = x'];
    expect(warningsOf('Server', ...lines)).toEqual([
      expect.stringMatching(/^server\.ini line 3, IgnoreFiles: "a b" is one name/),
    ]);
    const more = ['[Share y]', 'MonitorDir = y', 'IgnoreFiles = c d'];
    expect(warningsOf('Server', ...lines, ...more).map((line) => line.slice(0, 17))).toEqual([
      'server.ini line 3',
      'server.ini line 8',
    ]);
  });
});

describe('patterns that match nothing', () => {
  const doubtsOf = (section: 'Server' | 'Client', ...lines: string[]): string[] =>
    warningsOf(section, `[${section}]`, ...lines);

  test.each([
    ['./d', '/d', 'matches nothing; write /d for a path from the top.'],
    ['!./d/*.tmp', '!/d/*.tmp', 'matches nothing; write !/d/*.tmp for a path from the top.'],
    [
      '/srv/films/d',
      '/d',
      'counts from the top of /srv/films, and not of the disk; write /d if that is meant.',
    ],
    [
      '!/srv/films/d/',
      '!/d/',
      'counts from the top of /srv/films, and not of the disk; write !/d/ if that is meant.',
    ],
  ])('%s is doubted with its line, and %s named instead', (pattern, right, doubt) => {
    const root = 'MonitorDir = /srv/films';
    expect(doubtsOf('Server', root, `Exclude = x, ${pattern}`)).toEqual([
      `server.ini line 3, Exclude: "${pattern}" ${doubt}`,
    ]);
    expect(doubtsOf('Server', root, `Exclude = x, ${right}`)).toEqual([]);
  });

  test('are found in each list and file of patterns, and by the folder of each section', () => {
    writeFileSync(join(dir, 'rules.txt'), 'a\n./b\n');
    const lines = ['Source = /srv/a', 'TargetDir = /mnt/b', 'ExcludeFrom = rules.txt', 'Include = ./c'];
    const more = ['DeleteNever = /mnt/b/d', 'Priority = ./e, /srv/a/f', 'Exclude = /srv/ab'];
    expect(doubtsOf('Client', ...lines, ...more).map((line) => line.split(/ (?:matches|counts)/)[0])).toEqual(
      [
        'rules.txt line 2: "./b"',
        'client.ini line 5, Include: "./c"',
        'client.ini line 6, DeleteNever: "/mnt/b/d"',
        'client.ini line 7, Priority: "./e"',
        'client.ini line 7, Priority: "/srv/a/f"',
      ],
    );
    const shares = ['MonitorDir = /srv', '[Share x]', 'MonitorDir = /mnt/x', 'Exclude = /srv/a, /mnt/x/b'];
    expect(doubtsOf('Server', ...shares)).toEqual([
      expect.stringMatching(/line 5, Exclude: "\/mnt\/x\/b" .*; write \/b if that is meant\.$/),
    ]);
  });

  test('are not looked for in a file of rules that cannot be read, which is refused by itself', () => {
    expect(() => doubtsOf('Server', 'ExcludeFrom = missing.txt')).toThrow(/missing\.txt cannot be read/);
    const away = ['[Share x]', 'MonitorDir = x', 'ExcludeFrom = missing.txt', 'IgnoreFiles = a b'];
    expect(warningsOf('Server', ...away)).toEqual([expect.stringMatching(/line 4, IgnoreFiles/)]);
  });
});
