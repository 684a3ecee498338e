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
