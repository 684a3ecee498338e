import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findStateDir, openStateDir, realPath } from './state-dir.ts';
import { UserError } from './user-error.ts';

let folder: string;
let state: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'state-dir-')));
  state = join(folder, 'state');
});

afterEach(() => rmSync(folder, { recursive: true }));

function open(root: string, given = state, program: 'server' | 'client' = 'client'): string {
  return openStateDir({ program, root: join(folder, root), given, env: {} });
}

function openDefault(
  root: string,
  env: Record<string, string>,
  program: 'server' | 'client' = 'client',
): string {
  return openStateDir({ program, root, given: '', env });
}

test('a given folder is used itself, made for this user alone, and records its root', () => {
  const deep = join(state, 'deep');
  expect(open('mirror', deep)).toBe(deep);
  expect(lstatSync(deep).mode & 0o777).toBe(0o700);
  expect(readdirSync(deep)).toEqual(['root']);
  expect(readFileSync(join(deep, 'root'), 'utf8')).toBe(`client ${join(folder, 'mirror')}\n`);
  expect(lstatSync(join(deep, 'root')).mode & 0o777).toBe(0o600);
  expect(open('mirror', deep)).toBe(deep);
});

test('it is refused for another root and for the other program', () => {
  open('mirror');
  const text = `The state folder ${state} belongs to "client ${folder}/mirror", not to`;
  expect(() => open('other')).toThrow(`${text} "client ${folder}/other".`);
  expect(() => open('mirror', state, 'server')).toThrow(`${text} "server ${folder}/mirror".`);
  expect(readFileSync(join(state, 'root'), 'utf8')).toBe(`client ${folder}/mirror\n`);
});

test('the root is known by its real path', () => {
  mkdirSync(join(folder, 'mirror'));
  symlinkSync('mirror', join(folder, 'link'));
  open('mirror');
  expect(open('link')).toBe(state);
});

test('without one it lies in the XDG state home, named after program and root, one for each', () => {
  const env = { XDG_STATE_HOME: folder };
  const dir = openDefault('/srv/My films', env);
  expect(dir).toMatch(new RegExp(`^${folder}/lanmirror/client-My_films-[0-9a-f]{12}$`));
  expect(openDefault('/srv/My films', env)).toBe(dir);
  const others = [
    openDefault('/srv/My_films', env),
    openDefault('/mnt/My films', env),
    openDefault('/srv/My films', env, 'server'),
  ];
  expect(new Set([dir, ...others]).size).toBe(4);
  expect(openDefault('/', env)).toMatch(/\/client-root-[0-9a-f]{12}$/);
});

test('a relative XDG_STATE_HOME is ignored, as its specification says', () => {
  const home = process.env.HOME;
  process.env.HOME = folder;
  try {
    expect(homedir()).toBe(folder);
    expect(openDefault('/srv/a', { XDG_STATE_HOME: 'relative' })).toMatch(
      new RegExp(`^${folder}/.local/state/lanmirror/client-a-`),
    );
  } finally {
    if (home === undefined) delete process.env.HOME;
    else process.env.HOME = home;
  }
});

test('a file in its place, or above it, is refused with a next step', () => {
  writeFileSync(state, '');
  for (const given of [state, join(state, 'below')]) {
    expect(() => open('mirror', given)).toThrow(
      new UserError(
        'STATE_DIR',
        `The state folder ${given} is not a folder.`,
        'Give another one with --state-dir.',
      ),
    );
  }
});

test.runIf(process.getuid?.() !== undefined)('a folder of another user is refused', () => {
  const uid = process.getuid?.() ?? 0;
  const original = process.getuid;
  mkdirSync(state);
  process.getuid = () => uid + 1;
  try {
    expect(() => open('mirror')).toThrow(`The state folder ${state} belongs to another user.`);
  } finally {
    if (original !== undefined) process.getuid = original;
  }
  expect(readdirSync(state)).toEqual([]);
});

test('the record of the root is never read through a link', () => {
  mkdirSync(state);
  writeFileSync(join(folder, 'planted'), `client ${folder}/mirror\n`);
  symlinkSync('../planted', join(state, 'root'));
  expect(() => open('mirror')).toThrow('cannot be used (ELOOP)');
});

test('realPath resolves links as far as the path exists', () => {
  mkdirSync(join(folder, 'real'));
  symlinkSync('real', join(folder, 'link'));
  expect(realPath(join(folder, 'link', 'a', 'b'))).toBe(join(folder, 'real', 'a', 'b'));
  expect(realPath('/')).toBe('/');
});

test('a command that only looks makes no state folder, and is refused by the same rules', () => {
  const find = (root: string) =>
    findStateDir({ program: 'client', root: join(folder, root), given: state, env: {} });
  expect(find('mirror')).toBe(state);
  expect(readdirSync(folder)).toEqual([]);
  open('mirror');
  expect(find('mirror')).toBe(state);
  expect(() => find('other')).toThrow(
    `The state folder ${state} belongs to "client ${folder}/mirror", not to`,
  );
  rmSync(state, { recursive: true });
  writeFileSync(state, '');
  expect(() => find('mirror')).toThrow(`The state folder ${state} is not a folder.`);
});
