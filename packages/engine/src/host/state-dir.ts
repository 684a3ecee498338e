/**
 * The folder in which a program remembers things about one root: below the XDG state home, named after
 * the root, or exactly the folder that was given. It records its root and is refused for another one, so
 * that the memory of one target is never applied to another.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, statSync } from 'node:fs';
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
  const root = realPath(input.root);
  const dir = input.given === '' ? defaultDir(input, root) : input.given;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const { uid } = statSync(dir);
    if (process.getuid !== undefined && uid !== process.getuid()) {
      throw new UserError('STATE_DIR', `The state folder ${dir} belongs to another user.`, STEP);
    }
    recordRoot(dir, `${input.program} ${root}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const cause =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'is not a folder'
        : `cannot be used (${code ?? String(error)})`;
    throw new UserError('STATE_DIR', `The state folder ${dir} ${cause}.`, STEP);
  }
  return dir;
}

/** The first program that comes writes down for what the folder is; every other one compares. */
function recordRoot(dir: string, owner: string): void {
  const file = join(dir, 'root');
  const known = readSmallFile(file, false) ?? '';
  if (known === `${owner}\n`) return;
  if (known === '' && createWhole(file, `${owner}\n`, true)) return;
  const holder = (readSmallFile(file, false) ?? '').trimEnd();
  if (holder === owner) return;
  throw new UserError(
    'STATE_OF_ANOTHER',
    `The state folder ${dir} belongs to "${holder}", not to "${owner}".`,
    'Give each folder a state folder of its own with --state-dir.',
  );
}

function defaultDir({ program, env }: StateDirInput, root: string): string {
  const home = env.XDG_STATE_HOME;
  const base = home !== undefined && isAbsolute(home) ? home : join(homedir(), '.local', 'state');
  const hash = createHash('sha256').update(root).digest('hex').slice(0, HASH_CHARACTERS);
  const name = [...basename(root).replace(/[^\p{L}\p{N}._-]/gu, '_')].slice(0, MAX_NAME_CHARACTERS).join('');
  return join(base, 'lanmirror', `${program}-${name || 'root'}-${hash}`);
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
