import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-source-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = (ini: string, flags: Record<string, string> = {}, env: Record<string, string> = {}) => {
  const config = join(dir, 'client.ini');
  writeFileSync(config, ini);
  return readConfiguration({ section: 'Client', config, flags, env, cwd: dir });
};

describe('a mirror has one source', () => {
  test('a folder alone is taken, relative to its INI; the defaults of a server are none that was given', () => {
    expect(read('[Client]\nSource = films\n').text('Source')).toBe(join(dir, 'films'));
    expect(read('[Client]\nSource = films\nServerRoot =\n').text('ServerRoot')).toBe('');
  });

  const lines = ['ServerIP = nas', 'ServerPort = 8080', 'ServerRoot = films', 'Share = films'];
  test.each([...lines, 'Key = x', 'KeyFile = key', 'KeyName = nas'])(
    'beside %s it is refused with both lines',
    (line) => {
      const key = line.split(' ', 1)[0];
      const said = `client.ini line 2, Source names a folder of this machine as the source, and .*client.ini line 3, ${key} belongs to a server`;
      expect(() => read(`[Client]\nSource = films\n${line}\n`)).toThrow(new RegExp(said));
    },
  );

  test('a flag is named as it was given', () => {
    const flags = { source: '/films' };
    expect(() => read('[Client]\nServerIP = nas\n', flags)).toThrow(
      /^--source names .* line 2, ServerIP belongs/,
    );
    expect(() => read('[Client]\n', flags, { LANMIRROR_SERVER_IP: 'nas' })).toThrow(
      'LANMIRROR_SERVER_IP belongs',
    );
  });

  test('a key in the environment may be there for another mirror', () => {
    const env = { LANMIRROR_KEY: 'x', LANMIRROR_KEY_FILE: '/key' };
    expect(read('[Client]\nSource = /films\n', {}, env).text('Source')).toBe('/films');
  });

  test('a job has a folder that it names itself, whatever server [Client] names; with a server of its own it is refused', () => {
    const ini =
      '[Client]\nServerIP = nas\n[Job a]\nTargetDir = /a\nSource = /films\n[Job b]\nTargetDir = /b\n';
    expect(read(ini).parts.map((job) => job.text('Source'))).toEqual(['/films', '']);
    expect(() => read(`${ini}[Job c]\nSource = /c\nServerPort = 9000\n`)).toThrow(
      /line 9, Source .* line 10, ServerPort/,
    );
    const folder = '[Client]\nSource = /films\n[Job a]\nTargetDir = /a\nServerIP = nas\n';
    expect(read(folder).parts[0]?.text('Source')).toBe('');
  });
});

describe('ignore files are read where the files are', () => {
  test.each([
    ['[Client]\nServerIP = nas\nIgnoreFiles = .mirrorignore\n', 3],
    ['[Client]\nServerIP = nas\n[Job a]\nTargetDir = /a\nIgnoreFiles = .mirrorignore\n', 5],
  ])('for a mirror of a server they are refused, with their line: %j', (ini, line) => {
    expect(() => read(ini)).toThrow(`line ${line}, IgnoreFiles is about ignore files in the source`);
  });

  test('a job with a server may inherit them from those with a Source, and a variable may be there for a server', () => {
    const ini =
      '[Client]\nServerIP = nas\nIgnoreFiles = .skip\n[Job a]\nTargetDir = /a\n[Job b]\nTargetDir = /b\nSource = /c\n';
    expect(read(ini).parts.map((job) => job.text('IgnoreFiles'))).toEqual(['.skip', '.skip']);
    const env = { LANMIRROR_IGNORE_FILES: '.skip' };
    expect(read('[Client]\nServerIP = nas\n', {}, env).text('ServerIP')).toBe('nas');
  });
});
