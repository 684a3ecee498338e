/**
 * The folder in which a program remembers things about one root: below the XDG state home, named after
 * the root, or exactly the folder that was given. It records its root and is refused for another one, so
 * that the memory of one target is never applied to another.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { UserError } from './user-error.ts';

export interface StateDirInput {
  readonly program: 'server' | 'client';
  /** The folder it is about, absolute; need not exist. */
  readonly root: string;
  /** A given StateDir, '' for the default. */
  readonly given: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Opens the state folder, making it if needed (0700). Throws UserError when it cannot be used. */
export function openStateDir(input: StateDirInput): string {
  const root = realPath(input.root);
  const dir = input.given === '' ? defaultDir(input, root) : input.given;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const stat = lstatSync(dir);
    if (!stat.isDirectory()) throw new UserError('STATE_DIR', `The state folder ${dir} is not a folder.`);
    if (process.getuid !== undefined && stat.uid !== process.getuid()) {
      throw new UserError('STATE_DIR', `The state folder ${dir} belongs to another user.`, 'Give another one with --state-dir.');
    }
    checkRoot(dir, `${input.program} ${root}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError('STATE_DIR', `The state folder ${dir} cannot be used (${code ?? String(error)}).`, 'Give another one with --state-dir.');
  }
  return dir;
}

function checkRoot(dir: string, root: string): void {
  const file = join(dir, 'root');
  try {
    writeFileSync(file, `${root}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const known = readFileSync(file, 'utf8').trimEnd();
    if (known === root) return;
    throw new UserError(
      'STATE_OF_ANOTHER',
      `The state folder ${dir} belongs to "${known}", not to "${root}".`,
      'Give each folder a state folder of its own with --state-dir.',
    );
  }
}

function defaultDir({ program, env }: StateDirInput, root: string): string {
  const home = env.XDG_STATE_HOME;
  const base = home !== undefined && isAbsolute(home) ? home : join(homedir(), '.local', 'state');
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const name = basename(root).replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 40);
  return join(base, 'lanmirror', `${program}-${name}-${hash}`);
}

/** The path without links, as far as it exists. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || dirname(path) === path) return path;
    return join(realPath(dirname(path)), basename(path));
  }
}
