import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { type ConfigurationInput, readConfiguration, requireSetting } from './configuration.ts';
import { SERVER_SETTINGS } from './server-settings.ts';
import { UserError } from './user-error.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'configuration-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function read(input: Partial<ConfigurationInput> = {}) {
  return readConfiguration({
    section: 'Server',
    config: undefined,
    flags: {},
    env: {},
    cwd: folder,
    platform: 'linux',
    ...input,
  });
}

function refusal(input: Partial<ConfigurationInput> = {}): {
  code: string;
  message: string;
  nextStep: string;
} {
  try {
    read(input);
  } catch (error) {
    if (error instanceof UserError) {
      expect(error.exitCode).toBe(2);
      return { code: error.code, message: error.message, nextStep: error.nextStep };
    }
    throw error;
  }
  throw new Error('it was accepted');
}

describe('where a value comes from', () => {
  test('a flag wins over the environment, that over the INI, that over the default', () => {
    const ini = write('server.ini', '[Server]\nport = 1111');
    const env = { LANMIRROR_PORT: '2222' };
    expect(read({ flags: { port: '3333' }, env }).get('Port')).toEqual({
      text: '3333',
      source: '--port',
      isDefault: false,
    });
    expect(read({ env }).get('Port')).toEqual({ text: '2222', source: 'LANMIRROR_PORT', isDefault: false });
    expect(read().get('Port')).toEqual({ text: '1111', source: `${ini} line 2, port`, isDefault: false });
    rmSync(ini);
    expect(read().get('Port')).toEqual({ text: '8080', source: 'default', isDefault: true });
    expect(read().number('Port')).toBe(8080);
  });

  test('an empty environment variable or INI value counts as not given', () => {
    write('server.ini', '[Server]\nPort =\nMonitorDir = films');
    const configuration = read({
      env: { LANMIRROR_MONITOR_DIR: '', LANMIRROR_CONFIG: '', LANMIRROR_KEY: '' },
    });
    expect(configuration.text('MonitorDir')).toBe(join(folder, 'films'));
    expect(configuration.number('Port')).toBe(8080);
    expect(configuration.text('Key')).toBe('');
  });

  test('an empty flag is refused, because it would name the working directory, unless empty has a meaning', () => {
    expect(refusal({ flags: { 'monitor-dir': '' } }).message).toBe('--monitor-dir is empty.');
    expect(refusal({ flags: { port: '' } }).code).toBe('EMPTY_VALUE');
    expect(refusal({ flags: { 'bind-ip': '' } }).code).toBe('EMPTY_VALUE');
    expect(refusal({ config: '' }).message).toBe('--config is empty.');
    write('client.ini', '[Client]\nServerRoot = films');
    expect(read({ section: 'Client', flags: { 'server-root': '' } }).text('ServerRoot')).toBe('');
  });

  test.each([
    ['Server', SERVER_SETTINGS, ['name']],
    ['Client', CLIENT_SETTINGS, ['server-root', 'share', 'name']],
  ] as const)(
    'no empty flag of the %s switches off what the INI says, but those that mean something',
    (section, settings, meant) => {
      const flags = settings.filter(({ isSecret }) => isSecret !== true).map(({ flag }) => flag);
      const isTaken = (flag: string): boolean => {
        try {
          return read({ section, flags: { [flag]: '' } }).text('Name') === '';
        } catch (error) {
          expect(error).toMatchObject({ code: 'EMPTY_VALUE', message: `--${flag} is empty.` });
          return false;
        }
      };
      expect(flags.filter(isTaken)).toEqual(meant);
    },
  );

  test('a secret is never taken from a flag', () => {
    expect(read({ flags: { key: 'abc' } }).text('Key')).toBe('');
    expect(read({ env: { LANMIRROR_KEY: 'abc' } }).text('Key')).toBe('abc');
  });

  test('SyncMode has the flag --mode, and choices are taken in any case', () => {
    expect(read({ section: 'Client', flags: { mode: 'FULL' } }).text('SyncMode')).toBe('full');
    expect(read({ section: 'Client', env: { LANMIRROR_MODE: 'full' } }).text('SyncMode')).toBe('full');
  });
});

describe('paths', () => {
  test('relative ones count from the folder of the INI, and from the working directory for flags and environment', () => {
    mkdirSync(join(folder, 'etc'));
    const config = write('etc/my.ini', '[Server]\nMonitorDir = ../films/./a\nStateDir = /abs/../state');
    expect(read({ config }).text('MonitorDir')).toBe(join(folder, 'films/a'));
    expect(read({ config }).text('StateDir')).toBe('/state');
    expect(read({ config, flags: { 'monitor-dir': 'films' } }).text('MonitorDir')).toBe(
      join(folder, 'films'),
    );
    expect(read({ config, env: { LANMIRROR_MONITOR_DIR: 'x' } }).text('MonitorDir')).toBe(join(folder, 'x'));
  });

  test('~ is the home directory, also where no shell has seen it', () => {
    expect(read({ flags: { 'monitor-dir': '~/films' } }).text('MonitorDir')).toBe(join(homedir(), 'films'));
    expect(read({ flags: { 'monitor-dir': '~films' } }).text('MonitorDir')).toBe(join(folder, '~films'));
  });

  test.each(['D:/source', 'D:\\source', 'd:', '\\\\nas\\share'])(
    '%s is refused as a Windows path elsewhere',
    (path) => {
      const ini = write('server.ini', `[Server]\nMonitorDir = ${path}`);
      expect(refusal()).toEqual({
        code: 'WINDOWS_PATH',
        message: `${ini} line 2, MonitorDir: "${path}" is a Windows path, and this is not Windows.`,
        nextStep: 'Give a path of this machine, like /srv/films.',
      });
      expect(() => read({ platform: 'win32' })).not.toThrow();
    },
  );

  test('ServerRoot is a path of the other machine and stays as it is', () => {
    expect(read({ section: 'Client', flags: { 'server-root': 'D:/films' } }).text('ServerRoot')).toBe(
      'D:/films',
    );
  });
});

describe('bad values', () => {
  test.each(['0', '21', '5.5', '-1', '1e1', '0x5', 'five', ' ', '99999999999999999999'])(
    'MaxWorkers %j',
    (text) => {
      const { code, message } = refusal({ section: 'Client', flags: { 'max-workers': text } });
      expect([code, message]).toEqual([
        'BAD_NUMBER',
        `--max-workers: "${text}" is not a whole number from 1 to 20, or auto.`,
      ]);
    },
  );

  test('both ends of a range are allowed', () => {
    expect(read({ section: 'Client', flags: { 'max-workers': '1' } }).number('MaxWorkers')).toBe(1);
    expect(read({ section: 'Client', flags: { 'max-workers': '020' } }).number('MaxWorkers')).toBe(20);
  });

  test('a choice that does not exist names those that do', () => {
    expect(refusal({ section: 'Client', env: { LANMIRROR_MODE: 'fast' } }).message).toBe(
      'LANMIRROR_MODE: "fast" is not one of incremental, full.',
    );
  });
});

describe('unknown names', () => {
  test.each([
    ['[Server]\nMonitorDirr = x', 'line 2: unknown key MonitorDirr, did you mean MonitorDir?', ''],
    ['[Client]\nWorkers = 3', 'line 2: unknown key Workers, did you mean MaxWorkers?', ''],
    ['[Servr]\n', 'line 1: unknown section Servr, did you mean Server?', ''],
    ['[Jobs]\n', 'line 1: unknown section Jobs, did you mean Job?', ''],
    ['[Backup]\n', 'line 1: unknown section Backup.', 'Known are Server, Client, Share, Job.'],
    [
      '[Client]\nQuux = 1',
      'line 2: unknown key Quux.',
      'All keys are in docs/CONFIG.md, and as flags in --help.',
    ],
    ['[Client]\n\nMonitorDir = x', 'line 3: MonitorDir belongs into the section [Server].', ''],
  ])('%j', (text, message, nextStep) => {
    const ini = write('server.ini', text);
    expect(refusal()).toEqual({ code: 'UNKNOWN_NAME', message: `${ini} ${message}`, nextStep });
  });

  test('the section of the other program is allowed, and its names are checked too', () => {
    write('server.ini', '[Server]\nPort = 1\n[Client]\nTargetDir = x');
    expect(read().number('Port')).toBe(1);
    write('server.ini', '[Server]\nPort = 1\n[Client]\nTargetDire = x');
    expect(refusal().message).toContain('line 4: unknown key TargetDire, did you mean TargetDir?');
  });

  test('an unknown LANMIRROR_ variable is a warning, one of the other program is not', () => {
    const env = { LANMIRROR_PROT: '1', LANMIRROR_TARGET_DIR: 'x', LANMIRROR_CONFIG: '/dev/null', OTHER: 'x' };
    expect(read({ env }).warnings).toEqual([
      'The environment variable LANMIRROR_PROT is not known; did you mean LANMIRROR_PORT?',
    ]);
  });
});

describe('the file', () => {
  test('--config /dev/null runs from flags alone', () => {
    write('server.ini', '[Server]\nPort = 1');
    const configuration = read({ config: '/dev/null', flags: { 'monitor-dir': '/srv' } });
    expect([configuration.text('MonitorDir'), configuration.number('Port')]).toEqual(['/srv', 8080]);
  });

  test('without --config it is server.ini or client.ini in the working directory, which may be missing', () => {
    expect(read().iniPath).toBe('');
    const server = write('server.ini', '');
    const client = write('client.ini', '');
    expect(read().iniPath).toBe(server);
    expect(read({ section: 'Client' }).iniPath).toBe(client);
  });

  test('a file that was asked for must be there, by flag and by environment', () => {
    const message = `The configuration ${join(folder, 'no.ini')} cannot be read (ENOENT).`;
    expect(refusal({ config: 'no.ini' })).toMatchObject({ code: 'NO_CONFIG', message });
    expect(refusal({ env: { LANMIRROR_CONFIG: 'no.ini' } })).toMatchObject({ code: 'NO_CONFIG', message });
  });

  test('a folder in the place of the default file is told, not passed over', () => {
    mkdirSync(join(folder, 'server.ini'));
    expect(refusal().message).toContain('cannot be read (EISDIR)');
  });

  test('syntax errors name file and line', () => {
    const ini = write('server.ini', '[Server]\nnonsense');
    expect(refusal()).toMatchObject({
      code: 'BAD_INI',
      message: `${ini} line 2: "nonsense" is not of the form Key = value.`,
    });
  });

  test.each([
    ['GBK', Uint8Array.from([0x5b, 0x53, 0x5d, 0x0a, 0xb5, 0xe7, 0xd3, 0xb0])],
    ['UTF-16', Buffer.from('\uFEFF[Server]', 'utf16le')],
  ])('another encoding than UTF-8 is refused: %s', (_name, bytes) => {
    const ini = write('server.ini', bytes);
    expect(refusal().message).toBe(`${ini} is not UTF-8 text.`);
  });

  test('a second line of a key is warned of, with both lines: most often both are meant', () => {
    const ini = write('server.ini', '[Server]\nExclude = a\nexclude = b\n[Client]\nExclude = c\n');
    expect(read().text('Exclude')).toBe('b');
    expect(read().warnings).toEqual([
      `${ini} line 3: exclude stands in line 2, too, and only line 3 counts. A list goes into one line, with commas.`,
    ]);
  });

  test('a key in an INI that others can read is warned of, whichever section it is in', () => {
    const ini = write('server.ini', '[Client]\nKey = x\n');
    expect(read().warnings).toEqual([]);
    chmodSync(ini, 0o640);
    expect(read().warnings).toEqual([expect.stringContaining('can be read by other users: "chmod 600')]);
    expect(read({ platform: 'win32' }).warnings).toEqual([]);
    writeFileSync(ini, '[Client]\nKey =\nKeyFile = k\n');
    expect(read().warnings).toEqual([]);
  });
});

describe('required settings', () => {
  const setting = SERVER_SETTINGS.find(({ key }) => key === 'MonitorDir') as (typeof SERVER_SETTINGS)[number];

  test('a missing one says where it was looked for and how to give it', () => {
    expect(() => requireSetting(read(), setting, 'server')).toThrow(
      'MonitorDir is not set (no server.ini was found here).',
    );
    const ini = write('server.ini', '[Server]\nMonitorDir =');
    expect(() => requireSetting(read(), setting, 'server')).toThrow(`MonitorDir is not set (${ini}).`);
  });

  test('a given one is returned', () => {
    expect(requireSetting(read({ flags: { 'monitor-dir': '/srv' } }), setting, 'server')).toBe('/srv');
  });

  test('a name that is no setting is a fault of the program', () => {
    expect(() => read().text('TargetDir')).toThrow('no setting TargetDir');
  });
});

test('of several faults the first is told, with the command that names all; a single one stands alone', () => {
  const ini = write('server.ini', '[Server]\nPort = 99999\nNoSuchKey = 1\n');
  expect(refusal({ config: ini }).nextStep).toMatch(
    /This is the first of \d+ faults: "lanmirror-server config check" names all\.$/,
  );
  const one = write('one.ini', '[Server]\nPort = 99999\n');
  expect(refusal({ config: one }).nextStep).not.toContain('config check');
});
