import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Configuration, readConfiguration } from '@lanmirror/engine/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shareSpecs } from './share-spec.ts';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'lanmirror-spec-')));
  mkdirSync(join(dir, 'base', 'films'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

function read(ini: string, flags = {}, env = {}): Configuration {
  const config = join(dir, 'server.ini');
  writeFileSync(config, ini);
  return readConfiguration({ section: 'Server', config, flags, env, cwd: dir });
}

function refusal(configuration: Configuration): string {
  try {
    shareSpecs(configuration);
    return '';
  } catch (error) {
    return String(error);
  }
}

test('one MonitorDir is the share without a name', () => {
  const [only, ...others] = shareSpecs(read('[Server]\nMonitorDir = base/films\n'));
  expect(others).toEqual([]);
  expect(only).toMatchObject({ name: '', monitorDir: join(dir, 'base', 'films'), keys: undefined });
});

test('a MonitorDir beside sections is one more share; relative ones begin at BaseDir; what is not said is inherited', () => {
  const ini = [
    ...['[Server]', 'BaseDir = base', 'MonitorDir = films', 'ScrubDays = 3', 'Keys = default'],
    ...['[Share 照片.2024]', 'MonitorDir = photos', 'ScrubDays = 9', 'Keys = a , b'],
    ...['[Share all]', 'MonitorDir = /nowhere/at/all'],
  ].join('\n');
  const specs = shareSpecs(read(ini));
  expect(specs.map(({ name, monitorDir, keys }) => [name, monitorDir, keys])).toEqual([
    ['', join(dir, 'base', 'films'), ['default']],
    ['照片.2024', join(dir, 'base', 'photos'), ['a', 'b']],
    ['all', '/nowhere/at/all', ['default']],
  ]);
  expect(specs.map(({ values }) => values.number('ScrubDays'))).toEqual([3, 9, 3]);
});

test('shares may lie inside each other, and are never the same folder, by whatever path', () => {
  const inside = '[Share a]\nMonitorDir = base\n[Share b]\nMonitorDir = base/films\n';
  expect(shareSpecs(read(inside))).toHaveLength(2);
  symlinkSync('films', join(dir, 'base', 'link'));
  const same = '[Share a]\nMonitorDir = base/films\n[Share b]\nMonitorDir = base/link\n';
  expect(refusal(read(same))).toMatch(/server.ini line 4, MonitorDir: \[b\] and \[a\] are the same folder/);
});

test('the root of the system is no share, by whatever path; a home directory may be one', () => {
  expect(refusal(read('[Server]\nMonitorDir = /\n'))).toMatch(
    /server.ini line 2, MonitorDir: \/ is the whole system/,
  );
  symlinkSync('/', join(dir, 'all'));
  expect(refusal(read('[Share a]\nMonitorDir = base\n[Share b]\nMonitorDir = all/proc/..\n'))).toMatch(
    /line 4/,
  );
  expect(refusal(read(`[Server]\nMonitorDir = ${homedir()}\n`))).toBe('');
});

test('one folder for all shares is refused, wherever it is given', () => {
  const ini = '[Share a]\nMonitorDir = base\n';
  expect(refusal(read(ini, { 'monitor-dir': 'base' }))).toMatch(/--monitor-dir names one folder/);
  expect(refusal(read(ini, {}, { LANMIRROR_MONITOR_DIR: 'base' }))).toMatch(
    /LANMIRROR_MONITOR_DIR names one/,
  );
});
