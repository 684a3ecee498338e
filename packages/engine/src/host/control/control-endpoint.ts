/**
 * Where a running program listens for commands of its own user, and how a command finds it: the state
 * folder of the program holds a file `control` with the address. The address is short, because the
 * system allows about a hundred bytes for a socket's path and a state folder may be deeper than that.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readSmallFile } from '../small-file.ts';
import { UserError } from '../user-error.ts';

const HASH_CHARACTERS = 16;

/** The file in a state folder that holds the address of the program which runs on it. */
export function addressFileIn(stateDir: string): string {
  return join(stateDir, 'control');
}

/** The address that the program of this state folder wrote down last; undefined when there is none. */
export function knownAddress(stateDir: string): string | undefined {
  const text = readSmallFile(addressFileIn(stateDir), false)?.trim();
  return text === undefined || text === '' ? undefined : text;
}

/**
 * The address for the program that holds this state folder. The same folder has the same address, so
 * that a socket which a dead program left behind is replaced and does not pile up.
 *
 * @throws UserError when there is no folder for sockets that belongs to this user alone
 */
export function addressFor(stateDir: string, env: Readonly<Record<string, string | undefined>>): string {
  const hash = createHash('sha256').update(realpathSync(stateDir)).digest('hex').slice(0, HASH_CHARACTERS);
  if (process.platform === 'win32') return `\\\\.\\pipe\\lanmirror-${hash}`;
  return join(runtimeDir(env), `lanmirror-${hash}.sock`);
}

/**
 * The folder for what only lives as long as a program of this user; made if needed.
 *
 * @throws UserError when there is none that belongs to this user alone
 */
export function runtimeDir(env: Readonly<Record<string, string | undefined>>): string {
  const [known] = runtimeDirs(env);
  if (known !== undefined) return known;
  const dir = sharedRuntimeDir();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (isPrivate(dir)) return dir;
  throw new UserError(
    'RUNTIME_DIR',
    `${dir} belongs to another user, or others may write into it, so no control socket can be put there.`,
    'Set XDG_RUNTIME_DIR to a folder of your own with mode 0700.',
  );
}

/** Such folders that there are, the best first: programs of one user may have been started in different ways. */
export function runtimeDirs(env: Readonly<Record<string, string | undefined>>): string[] {
  const given = env.XDG_RUNTIME_DIR;
  const dirs = given !== undefined && isAbsolute(given) ? [given, sharedRuntimeDir()] : [sharedRuntimeDir()];
  return dirs.filter(isPrivate);
}

function sharedRuntimeDir(): string {
  return join(tmpdir(), `lanmirror-${process.getuid?.() ?? 'user'}`);
}

/** A folder of this user that nobody else can put anything into. */
function isPrivate(dir: string): boolean {
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
}
