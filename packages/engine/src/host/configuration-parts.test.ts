import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { type Configuration, type ConfigurationInput, readConfiguration } from './configuration.ts';
import { compareConfigurations, partNamed } from './configuration-change.ts';
import { ConfigurationWatch } from './configuration-watch.ts';
import { JOB_SETTINGS } from './job-settings.ts';
import { UserError } from './user-error.ts';

let folder: string;
let ini: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parts-'));
  ini = join(folder, 'my.ini');
});

afterEach(() => rmSync(folder, { recursive: true }));

function input(text: string, more: Partial<ConfigurationInput> = {}): ConfigurationInput {
  writeFileSync(ini, text, { mode: 0o600 });
  return { section: 'Client', config: ini, flags: {}, env: {}, cwd: '/', platform: 'linux', ...more };
}

function read(text: string, more: Partial<ConfigurationInput> = {}): Configuration {
  return readConfiguration(input(text, more));
}

function saidFor(configuration: Configuration, name: string, key: string): string {
  const part = partNamed(configuration, name);
  if (part === undefined) throw new Error(`no part ${name}`);
  return part.text(key);
}

function refusal(text: string, more: Partial<ConfigurationInput> = {}): string {
  try {
    read(text, more);
  } catch (error) {
    if (error instanceof UserError) return `${error.message.replace(ini, 'INI')} ${error.nextStep}`.trim();
    throw error;
  }
  return '';
}

describe('where a value of a job comes from', () => {
  const text = '[Client]\nMaxWorkers = 2\n[Job a]\nMaxWorkers = 3\n[Job b]\n';

  test('its section comes before [Client], and after the environment and flags', () => {
    const values = (more: Partial<ConfigurationInput>): string[] =>
      ['a', 'b'].map((name) => saidFor(read(text, more), name, 'MaxWorkers'));
    expect(values({})).toEqual(['3', '2']);
    expect(values({ env: { LANMIRROR_MAX_WORKERS: '4' } })).toEqual(['4', '4']);
    expect(values({ flags: { 'max-workers': '5' } })).toEqual(['5', '5']);
  });

  test('the place of each value is named', () => {
    const { parts } = read(text);
    expect(parts.map(({ source }) => source)).toEqual([`${ini} line 3, [Job a]`, `${ini} line 5, [Job b]`]);
    expect(parts.map(({ get }) => get('MaxWorkers').source)).toEqual([
      `${ini} line 4, MaxWorkers`,
      `${ini} line 2, MaxWorkers`,
    ]);
    expect(refusal('[Job a]\n\nMaxWorkers = 99')).toBe(
      'INI line 3, MaxWorkers: "99" is not a whole number from 1 to 20, or auto.',
    );
  });

  test('an empty value is the default, whatever [Client] says', () => {
    const configuration = read('[Client]\nServerRoot = films\n[Job a]\nServerRoot =\n[Job b]\n');
    expect(['a', 'b'].map((name) => saidFor(configuration, name, 'ServerRoot'))).toEqual(['', 'films']);
  });

  test('what each job has for itself is inherited from nowhere', () => {
    const env = { LANMIRROR_TARGET_DIR: '/e', LANMIRROR_ACTIVE: 'no' };
    const configuration = read('[Client]\nTargetDir = /c\nStateDir = /s\n[Job a]\nDryRun = YES\n', {
      env,
      flags: { 'target-dir': '/f', 'dry-run': true, active: 'no' },
    });
    const values = ['TargetDir', 'StateDir', 'Active', 'DryRun'].map((key) =>
      saidFor(configuration, 'a', key),
    );
    expect(values).toEqual(['', '', 'yes', 'yes']);
    expect(configuration.text('TargetDir')).toBe('/f');
  });

  test('jobs stand in the order of the file, and those of the other program are not ours', () => {
    const mixed = '[Job b]\n[Share s]\n[Job A.1]\n[Server]\n[Job 电影]\n';
    expect(read(mixed).parts.map(({ name }) => name)).toEqual(['b', 'A.1', '电影']);
    expect(read(mixed, { section: 'Server' }).parts.map(({ name }) => name)).toEqual(['s']);
  });
});

describe('BaseDir', () => {
  test('is where relative folders of the INI begin, in sections too', () => {
    const { parts, text } = read(
      '[Client]\nBaseDir = base\nTargetDir = t\nKeyFile = k\n[Job a]\nTargetDir = ../u',
    );
    expect([text('TargetDir'), text('KeyFile')]).toEqual([join(folder, 'base/t'), join(folder, 'k')]);
    expect(parts.map((part) => part.text('TargetDir'))).toEqual([join(folder, 'u')]);
  });

  test('does not count for flags, and is by default the folder of the INI', () => {
    const flags = { 'base-dir': '/b', 'target-dir': 't' };
    const { parts, text } = read('[Job a]\nTargetDir = u', { flags });
    expect([text('TargetDir'), parts[0]?.text('TargetDir')]).toEqual(['/t', '/b/u']);
    expect(read('[Client]\nTargetDir = t').text('TargetDir')).toBe(join(folder, 't'));
  });
});

describe('what is refused', () => {
  test.each([
    [
      '[Job a]\nLogLevel = info',
      'INI line 2: LogLevel is for the whole program, not for a part of it. Move it to [Client].',
    ],
    [
      '[Share a]\nport = 1',
      'INI line 2: Port is for the whole program, not for a part of it. Move it to [Server].',
    ],
    [
      '[Share a]\nKey = 1',
      'INI line 2: Key is for the whole program, not for a part of it. Move it to [Server].',
    ],
    ['[Job a]\nMonitorDir = x', 'INI line 2: MonitorDir belongs into the section [Server].'],
    ['[Client]\nActive = no', 'INI line 2: Active belongs into the section [Job NAME].'],
    ['[Job a]\nTargetDri = x', 'INI line 2: unknown key TargetDri, did you mean TargetDir?'],
    ['[Job]\n', 'INI line 1: [Job] has no name; write it like [Job films].'],
    ['[Client films]\n', 'INI line 1: [Client] takes no name, and "films" is one.'],
    ['[Jobb films]\n', 'INI line 1: unknown section Jobb, did you mean Job?'],
    ['[Job a]\n[Job A]\n', 'INI line 2: [Job A] stands in line 1 already.'],
  ])('%j', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test('rules that make no sense together, in the section where they meet', () => {
    const text = '[Server]\nMinSize = 2K\n[Share a]\nMaxSize = 1K\n';
    expect(refusal(text, { section: 'Server' })).toContain(
      'INI line 2, MinSize: MinSize 2K is more than MaxSize 1K',
    );
  });
});

describe('what a new reading changes', () => {
  const settings = [...CLIENT_SETTINGS, ...JOB_SETTINGS];
  const change = (before: string, after: string) =>
    compareConfigurations(CLIENT_SETTINGS, read(before), read(after), undefined, settings);

  test('is told for each job, also what it inherits', () => {
    const { live, later } = change(
      '[Client]\nMaxWorkers = 2\n[Job a]\nServerRoot = x\n[Job b]\nMaxWorkers = 9\n',
      '[Client]\nMaxWorkers = 4\nLogLevel = warn\n[Job a]\nServerRoot = y\n[Job b]\nMaxWorkers = 9\n',
    );
    expect(live.map(({ text }) => text)).toEqual([
      'LogLevel = warn (was info)',
      '[a] MaxWorkers = 4 (was 2)',
    ]);
    expect(later).toEqual([{ key: 'ServerRoot', part: 'a', text: '[a] ServerRoot = y (was x)' }]);
  });

  test('names the sections that came and went, and nothing else of them', () => {
    expect(
      change('[Job a]\n[Job b]\nMaxWorkers = 3\n', '[Job B]\nMaxWorkers = 3\n[Job c]\nMaxWorkers = 7\n'),
    ).toEqual({
      live: [],
      later: [],
      added: ['c'],
      removed: ['a'],
    });
  });

  test('of a job that came later is compared with what it came with', async () => {
    const first = input('[Job a]\n');
    const watch = await ConfigurationWatch.start({
      input: first,
      settings: CLIENT_SETTINGS,
      first: readConfiguration(first),
      changed: () => undefined,
      refused: () => undefined,
    });
    await watch.close();
    const later = (text: string): readonly string[] => {
      input(text);
      return watch.reload().later.map((one) => one.text);
    };
    expect(later('[Job a]\n[Job b]\nServerRoot = x\n')).toEqual([]);
    expect(later('[Job a]\n[Job b]\nServerRoot = y\n')).toEqual(['[b] ServerRoot = y (was x)']);
    expect(later('[Job a]\n[Job b]\nServerRoot = z\n')).toEqual(['[b] ServerRoot = z (was x)']);
    expect(later('[Job a]\n')).toEqual([]);
    expect(later('[Job a]\n[Job b]\nServerRoot = w\n')).toEqual([]);
    expect(later('[Job a]\n[Job b]\nServerRoot = w\nLinks = skip\n')).toEqual([
      '[b] Links = skip (was keep)',
    ]);
  });
});
