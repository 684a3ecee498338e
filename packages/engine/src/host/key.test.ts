import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { createKey, findKey, keyFileIn, locateKey, makeKey, parseKey } from './key.ts';
import { UserError } from './user-error.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'key-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

interface Places {
  readonly flag?: string;
  readonly env?: Record<string, string>;
  readonly ini?: string;
}

function find({ flag, env = {}, ini = '' }: Places): string | undefined {
  writeFileSync(join(folder, 'server.ini'), `[Server]\n${ini}`, { mode: 0o600 });
  const flags = flag === undefined ? {} : { 'key-file': flag };
  const configuration = readConfiguration({ section: 'Server', config: undefined, flags, env, cwd: folder });
  const key = findKey(configuration, env, folder);
  return key === undefined ? undefined : Buffer.from(key).toString('base64url');
}

function keyFile(name: string): { path: string; key: string } {
  const path = join(folder, name);
  const key = makeKey();
  writeFileSync(path, `${key}\n`);
  return { path, key };
}

describe('a key', () => {
  test('is 32 random bytes in 43 characters, with white space around it allowed', () => {
    const key = makeKey();
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(makeKey()).not.toBe(key);
    expect(Buffer.from(parseKey(` ${key}\r\n`, 'x')).toString('base64url')).toBe(key);
  });

  test.each([
    '',
    'my password',
    'A'.repeat(42),
    'A'.repeat(44),
    `${'A'.repeat(42)}=`,
    `${'A'.repeat(42)}+`,
    // The last character carries two bits too many.
    `${'A'.repeat(42)}B`,
    `${'A'.repeat(43)}\n${'A'.repeat(43)}`,
  ])('is never a chosen password or a damaged key, and the refusal does not repeat it: %j', (text) => {
    const cause = 'a key is 43 letters, digits, "-" and "_", as "lanmirror-server key" prints it.';
    const next = 'Passwords are not possible here. Copy the key of the server.';
    expect(() => parseKey(text, 'LANMIRROR_KEY')).toThrow(
      new UserError('BAD_KEY', `LANMIRROR_KEY does not hold a key: ${cause}`, next),
    );
  });
});

describe('the order of places', () => {
  test('flag, LANMIRROR_KEY, LANMIRROR_KEY_FILE, KeyFile, Key, state folder', () => {
    const byFlag = keyFile('flag');
    const byEnvFile = keyFile('env');
    const byIniFile = keyFile('ini');
    const byState = keyFile('key');
    const envKey = makeKey();
    const iniKey = makeKey();
    const ini = `KeyFile = ini\nKey = ${iniKey}`;
    const env = { LANMIRROR_KEY: envKey, LANMIRROR_KEY_FILE: byEnvFile.path };
    expect(find({ flag: byFlag.path, env, ini })).toBe(byFlag.key);
    expect(find({ env, ini })).toBe(envKey);
    expect(find({ env: { LANMIRROR_KEY_FILE: byEnvFile.path }, ini })).toBe(byEnvFile.key);
    expect(find({ ini })).toBe(byIniFile.key);
    expect(find({ ini: `Key = ${iniKey}` })).toBe(iniKey);
    expect(find({})).toBe(byState.key);
    rmSync(byState.path);
    expect(find({})).toBeUndefined();
  });

  test('a place that is given but wrong is refused, and no later one is tried', () => {
    keyFile('key');
    expect(() => find({ flag: 'absent' })).toThrow(`The key file ${join(folder, 'absent')} does not exist.`);
    expect(() => find({ env: { LANMIRROR_KEY: 'short' } })).toThrow('LANMIRROR_KEY does not hold a key');
    expect(() => find({ env: { LANMIRROR_KEY_FILE: folder } })).toThrow(
      `The key file ${folder} cannot be read (EISDIR).`,
    );
    expect(() => find({ ini: 'Key = short' })).toThrow('server.ini line 2, Key does not hold a key');
    writeFileSync(keyFileIn(folder), '');
    expect(() => find({})).toThrow(`${keyFileIn(folder)} does not hold a key`);
  });

  test('a key file may be a link, as files of secrets often are', () => {
    const { path, key } = keyFile('secret');
    symlinkSync(path, join(folder, 'link'));
    expect(find({ flag: 'link' })).toBe(key);
  });

  test('a huge file that was named by mistake is refused, not read', () => {
    expect(() => find({ flag: '/dev/zero' })).toThrow('/dev/zero does not hold a key');
  });
});

describe('making a key', () => {
  test('it is kept for this user alone, nothing else is left, and it is found again', () => {
    const key = createKey(folder);
    expect(lstatSync(keyFileIn(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['key']);
    expect(find({})).toBe(key);
  });

  test('a key that another process made meanwhile is kept and returned', () => {
    const key = createKey(folder);
    expect(createKey(folder)).toBe(key);
    expect(readFileSync(keyFileIn(folder), 'utf8')).toBe(`${key}\n`);
  });

  test.each(['dangling', 'to a key'])('a planted link is neither followed nor replaced: %s', (kind) => {
    const goal = join(folder, 'goal');
    if (kind === 'to a key') keyFile('goal');
    const before = existsSync(goal) ? readFileSync(goal, 'utf8') : undefined;
    symlinkSync(goal, keyFileIn(folder));
    expect(() => createKey(folder)).toThrow(`The key file ${keyFileIn(folder)} cannot be made (ELOOP).`);
    expect(lstatSync(keyFileIn(folder)).isSymbolicLink()).toBe(true);
    expect(existsSync(goal) ? readFileSync(goal, 'utf8') : undefined).toBe(before);
  });

  test('a folder that cannot be written is told with a next step', () => {
    expect(() => createKey(join(folder, 'absent'))).toThrow(/cannot be made \(ENOENT\)/);
  });
});

test('where a key was found is told: its file, the variable, or the line of the INI', () => {
  const key = makeKey();
  const { path } = keyFile('elsewhere');
  const ini = join(folder, 'server.ini');
  const sourceOf = (line: string, env: Record<string, string> = {}): string | undefined => {
    writeFileSync(ini, `[Server]\n${line}`, { mode: 0o600 });
    const input = { section: 'Server', config: undefined, flags: {}, env, cwd: folder } as const;
    return locateKey(readConfiguration(input), env, folder)?.source;
  };
  expect(sourceOf('')).toBeUndefined();
  expect(sourceOf(`Key = ${key}`)).toBe(`${ini} line 2, Key`);
  expect(sourceOf('KeyFile = elsewhere')).toBe(path);
  expect(sourceOf('KeyFile = elsewhere', { LANMIRROR_KEY: key })).toBe('LANMIRROR_KEY');
  createKey(folder);
  expect(sourceOf('')).toBe(keyFileIn(folder));
});
