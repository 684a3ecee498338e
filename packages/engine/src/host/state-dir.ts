/**
 * The folder in which a program remembers things about one root: below the XDG state home, named after
 * the root, or exactly the folder that was given. It records its root and is refused for another one, so
 * that the memory of one target is never applied to another.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { createWhole } from './exclusive-file.ts';
import { readSmallFile } from './small-file.ts';
import { UserError } from './user-error.ts';

const MAX_NAME_CHARACTERS = 40;
const HASH_CHARACTERS = 12;
const STEP = 'Give another one with --state-dir.';

export interface StateDirInput {
  readonly program: 'server' | 'client';
  /** The folder it is about, absolute; need not exist. */
  readonly root: string;
  /** It is about an INI instead: that path, see {@link namedPath}. */
  readonly isIni?: boolean;
  /** A given StateDir, absolute; '' for the default. */
  readonly given: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the state folder, making it and the folders above it if needed (0700).
 * @returns its path
 * @throws UserError when it is no folder, belongs to another user, another program or another root, or
 * cannot be written
 */
export function openStateDir(input: StateDirInput): string {
  const owner = ownerOf(input);
  return checked(input, (dir) => {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    checkFolder(dir);
    recordRoot(dir, owner);
  });
}

/**
 * The state folder as it is, for a command that changes nothing: it need not exist, and nothing is made.
 * @returns its path
 * @throws UserError when it is no folder, or belongs to another user, another program or another root
 */
export function findStateDir(input: StateDirInput): string {
  const owner = ownerOf(input);
  return checked(input, (dir) => {
    if (!existsSync(dir)) return;
    checkFolder(dir);
    const holder = readSmallFile(join(dir, 'root'), false) ?? '';
    if (holder !== '') checkHolder(dir, holder, owner);
  });
}

function ownerOf(input: StateDirInput): string {
  return `${input.program} ${rootOf(input)}`;
}

function rootOf({ root, isIni }: StateDirInput): string {
  return isIni === true ? namedPath(root) : realPath(root);
}

function checked(input: StateDirInput, check: (dir: string) => void): string {
  const dir = stateDirFor(input);
  checkedDir(dir, check);
  return dir;
}

/** Where the state folder is or would be; nothing is looked at. */
export function stateDirFor(input: StateDirInput): string {
  return input.given === '' ? defaultDir(input, rootOf(input)) : input.given;
}

/** Does `check`. Errors of the file system are told as a person has to know them. */
function checkedDir(dir: string, check: (dir: string) => void): void {
  try {
    check(dir);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const cause =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'is not a folder'
        : `cannot be used (${code ?? String(error)})`;
    throw new UserError('STATE_DIR', `The state folder ${dir} ${cause}.`, STEP);
  }
}

function checkFolder(dir: string): void {
  const stat = statSync(dir);
  if (!stat.isDirectory()) throw new UserError('STATE_DIR', `The state folder ${dir} is not a folder.`, STEP);
  const { uid } = stat;
  if (process.getuid === undefined || uid === process.getuid()) return;
  throw new UserError('STATE_DIR', `The state folder ${dir} belongs to another user.`, STEP);
}

/** The first program that comes writes down for what the folder is; every other one compares. */
function recordRoot(dir: string, owner: string): void {
  const file = join(dir, 'root');
  const known = readSmallFile(file, false) ?? '';
  if (known === `${owner}\n`) return;
  if (known === '' && createWhole(file, `${owner}\n`, true)) return;
  checkHolder(dir, readSmallFile(file, false) ?? '', owner);
}

function checkHolder(dir: string, recorded: string, owner: string): void {
  const holder = recorded.trimEnd();
  if (holder === owner) return;
  throw new UserError(
    'STATE_OF_ANOTHER',
    `The state folder ${dir} belongs to "${holder}", not to "${owner}".`,
    'Give each folder a state folder of its own with --state-dir.',
  );
}

/** The folder of all default state folders of this user; need not exist. */
export function stateHome(env: Readonly<Record<string, string | undefined>>): string {
  const home = env.XDG_STATE_HOME;
  const base = home !== undefined && isAbsolute(home) ? home : join(homedir(), '.local', 'state');
  return join(base, 'lanmirror');
}

function defaultDir({ program, env }: StateDirInput, root: string): string {
  return join(stateHome(env), `${program}-${stateDirName(root)}`);
}

/** Name of a folder for what is remembered of `root`, absolute and real: readable, and another one for each. */
export function stateDirName(root: string): string {
  const hash = createHash('sha256').update(root).digest('hex').slice(0, HASH_CHARACTERS);
  const name = [...basename(root).replace(/[^\p{L}\p{N}._-]/gu, '_')].slice(0, MAX_NAME_CHARACTERS).join('');
  return `${name || 'root'}-${hash}`;
}

/**
 * Opens a given folder for what a server of several shares keeps for all of them: any of a server will do, because
 * nothing in it is about one root.
 * @throws UserError like {@link openStateDir}
 */
export function openServerHome(dir: string): void {
  checkedDir(dir, () => {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    checkFolder(dir);
    if (ownerIn(dir) === '') createWhole(join(dir, 'root'), `${SERVER_OF_MANY}\n`, true);
    checkServerHome(dir);
  });
}

/** The same for a command that changes nothing: it need not exist, and nothing is made. */
export function findServerHome(dir: string): void {
  checkedDir(dir, () => {
    if (!existsSync(dir)) return;
    checkFolder(dir);
    checkServerHome(dir);
  });
}

function checkServerHome(dir: string): void {
  const owner = ownerIn(dir);
  if (owner !== '' && !owner.startsWith('server ')) checkHolder(dir, owner, SERVER_OF_MANY);
}

/** For what a state folder is, like `server /srv/films`; '' when that was not written down. */
export function ownerIn(dir: string): string {
  return (readSmallFile(join(dir, 'root'), false) ?? '').trimEnd();
}

/** In the state folder of a server that has several shares. No root is called so: roots are absolute. */
export const SERVER_OF_MANY = 'server of several shares';

/**
 * The path by which an INI is known, whatever file it is a link to: that is another one with each version of it where
 * configurations are put in place by links.
 */
export function namedPath(path: string): string {
  return join(realPath(dirname(path)), basename(path));
}

/** The path without links, as far as it exists. Errors of the file system but absence are left to who uses it. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || dirname(path) === path) return path;
    return join(realPath(dirname(path)), basename(path));
  }
}
