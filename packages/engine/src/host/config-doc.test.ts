import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { readConfiguration, requireSetting } from './configuration.ts';
import { EXIT } from './exit-code.ts';
import { JOB_SETTINGS } from './job-settings.ts';
import { PROGRAM_SETTINGS } from './program-settings.ts';
import { SERVER_SETTINGS } from './server-settings.ts';
import { describeKind, envNameOf, resolveSetting, type Setting } from './setting.ts';

const REPOSITORY = join(import.meta.dirname, '../../../..');
const DOC = readFileSync(join(REPOSITORY, 'docs/CONFIG.md'), 'utf8');

/** The cells of the table below a heading, without its head. */
function tableBelow(heading: string): string[][] {
  const part = DOC.split(/^## /m).find((one) => one.startsWith(heading));
  if (part === undefined) throw new Error(`no heading ${heading}`);
  const rows = part.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function expectedRow(setting: Setting): string[] {
  const { key, flag, kind, default: value, isRequired, isSecret } = setting;
  const byDefault = isRequired === true ? 'required' : value === '' ? 'empty' : `\`${value}\``;
  const isOfPart = JOB_SETTINGS.includes(setting);
  const flagCell = isSecret === true || isOfPart ? 'none' : `\`--${flag}\``;
  return [
    `\`${key}\``,
    describeKind(kind),
    byDefault,
    flagCell,
    isOfPart ? 'none' : `\`${envNameOf(setting)}\``,
  ];
}

function own(settings: readonly Setting[]): Setting[] {
  return settings.filter(({ key }) => !PROGRAM_SETTINGS.some((one) => one.key === key));
}

describe.each([
  ['Settings of the server', own(SERVER_SETTINGS)],
  ['Settings of the client', own(CLIENT_SETTINGS)],
  ['Settings of both', PROGRAM_SETTINGS],
  ['Many mirrors in one client', JOB_SETTINGS],
])('docs/CONFIG.md, %s', (heading, settings) => {
  const rows = tableBelow(heading);

  test('every setting has a row with its value, default, flag and variable, and every row is a setting', () => {
    expect(rows.map((row) => row.slice(0, 5))).toEqual(settings.map(expectedRow));
  });

  test('every example is a possible value, and every row says why', () => {
    for (const [at, setting] of settings.entries()) {
      const [example = '', reason = ''] = rows[at]?.slice(5) ?? [];
      const env = { [envNameOf(setting)]: example.replaceAll('`', '') };
      const sources = { flags: {}, env, ini: undefined, iniPath: '', cwd: '/', platform: 'linux' } as const;
      expect(() => resolveSetting(setting, sources)).not.toThrow();
      expect(resolveSetting(setting, sources).text).not.toBe(setting.default);
      expect(reason.length).toBeGreaterThan(15);
    }
  });
});

test('docs/CONFIG.md says which settings are for the whole program, and which each section has for itself', () => {
  const line = (start: string): string[] => {
    const found = DOC.split('\n').find((one) => one.startsWith(start));
    return [...(found ?? '').matchAll(/`(\w+)`/g)].map(([, key = '']) => key);
  };
  const keys = (settings: readonly Setting[], flag: 'isProgramWide' | 'isOwn' | 'isOnEachLevel'): string[] =>
    settings.filter((setting) => setting[flag] === true).map(({ key }) => key);
  expect(line('- For the whole server')).toEqual(keys(SERVER_SETTINGS, 'isProgramWide'));
  expect(line('- For the whole client')).toEqual(keys(CLIENT_SETTINGS, 'isProgramWide'));
  const own = new Set([...keys(SERVER_SETTINGS, 'isOwn'), ...keys(CLIENT_SETTINGS, 'isOwn')]);
  expect(line('- Inherited by no section')).toEqual([...own]);
  const both = [...keys(SERVER_SETTINGS, 'isOnEachLevel'), ...keys(CLIENT_SETTINGS, 'isOnEachLevel')];
  expect(line('- For all shares or jobs together')).toEqual([...new Set(both)]);
});

test('docs/CONFIG.md lists the exit codes', () => {
  expect(tableBelow('Exit codes').map(([code]) => Number(code))).toEqual(Object.values(EXIT));
});

test.each([
  ['Server', SERVER_SETTINGS],
  ['Client', CLIENT_SETTINGS],
] as const)(
  'the INI file for the %s that comes with the programs is complete and valid',
  (section, settings) => {
    const config = join(REPOSITORY, `${section.toLowerCase()}.ini`);
    const configuration = readConfiguration({ section, config, flags: {}, env: {}, cwd: '/' });
    expect(configuration.warnings).toEqual([]);
    for (const setting of settings) {
      if (setting.isRequired === true) expect(requireSetting(configuration, setting, section)).not.toBe('');
    }
  },
);
