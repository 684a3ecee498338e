/**
 * The key that both ends share: 32 random bytes, written as 43 characters of base64url. Chosen passwords
 * are refused, because who records a connection could try them all.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from './configuration.ts';
import { UserError } from './user-error.ts';

const KEY_BYTES = 32;
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

export function makeKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** The bytes of a written key. `source` names where it stood. */
export function parseKey(text: string, source: string): Uint8Array {
  const trimmed = text.trim();
  const bytes = Buffer.from(trimmed, 'base64url');
  if (/^[A-Za-z0-9_-]{43}$/.test(trimmed) && bytes.length === KEY_BYTES) return bytes;
  throw new UserError(
    'BAD_KEY',
    `${source} does not hold a key: a key is 43 letters, digits, "-" and "_", as "lanmirror-server key" prints it.`,
    'Passwords are not possible here. Copy the key of the server.',
  );
}

/** Path of the key in a state folder. */
export function keyFileIn(stateDir: string): string {
  return join(stateDir, 'key');
}

/**
 * The configured key, or undefined when none is: flag `--key-file`, then LANMIRROR_KEY, then
 * LANMIRROR_KEY_FILE, then the INI's KeyFile or Key, then the state folder.
 */
export function findKey(
  configuration: Configuration,
  env: Readonly<Record<string, string | undefined>>,
  stateDir: string,
): Uint8Array | undefined {
  const file = configuration.get('KeyFile');
  if (file.source === '--key-file') return readKeyFile(file.text);
  if (env.LANMIRROR_KEY !== undefined) return parseKey(env.LANMIRROR_KEY, 'LANMIRROR_KEY');
  if (file.text !== '') return readKeyFile(file.text);
  const key = configuration.get('Key');
  if (key.text !== '') return parseKey(key.text, key.source);
  return readIfThere(keyFileIn(stateDir));
}

/** Makes a key and keeps it in the state folder, readable by this user alone. Returns it as text. */
export function createKey(stateDir: string): string {
  const text = makeKey();
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  const file = openSync(keyFileIn(stateDir), flags, 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return text;
}

function readKeyFile(path: string): Uint8Array {
  const key = readIfThere(path);
  if (key !== undefined) return key;
  throw new UserError('NO_KEY_FILE', `The key file ${path} does not exist.`, 'Copy the key of the server into it.');
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return parseKey(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError('KEY_UNREADABLE', `The key file ${path} cannot be read (${code ?? String(error)}).`, 'Check its permissions.');
  }
}
