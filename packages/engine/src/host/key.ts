/**
 * The key that both ends share: 32 random bytes, written as 43 characters of base64url. Chosen passwords
 * are refused, because who records a connection could try them all.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Configuration } from './configuration.ts';
import { createWhole } from './exclusive-file.ts';
import { readSmallFile } from './small-file.ts';
import { UserError } from './user-error.ts';

const KEY_BYTES = 32;

/** A new key as text. */
export function makeKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** The bytes of a written key. `source` names where it stood. Throws UserError, which never repeats the text. */
export function parseKey(text: string, source: string): Uint8Array {
  const trimmed = text.trim();
  const bytes = Buffer.from(trimmed, 'base64url');
  if (bytes.length === KEY_BYTES && bytes.toString('base64url') === trimmed) return bytes;
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

/** A key and where it stood. */
export interface FoundKey {
  readonly key: Uint8Array;
  /** For a person: the path of its file, `LANMIRROR_KEY`, or the line of the INI. */
  readonly source: string;
}

/**
 * The configured key, or undefined when none is: flag `--key-file`, then LANMIRROR_KEY, then
 * LANMIRROR_KEY_FILE, then the INI's KeyFile or else its Key, then the state folder.
 *
 * @throws UserError when the first source that is given does not hold a key; no later one is tried
 */
export function locateKey(
  configuration: Configuration,
  env: Readonly<Record<string, string | undefined>>,
  stateDir: string,
): FoundKey | undefined {
  const file = configuration.get('KeyFile');
  if (file.source === '--key-file') return readKeyFile(file.text);
  if (env.LANMIRROR_KEY !== undefined && env.LANMIRROR_KEY !== '')
    return parsed(env.LANMIRROR_KEY, 'LANMIRROR_KEY');
  if (file.text !== '') return readKeyFile(file.text);
  const key = configuration.get('Key');
  if (key.text !== '') return parsed(key.text, key.source);
  return readIfThere(keyFileIn(stateDir));
}

/** The key that {@link locateKey} finds. */
export function findKey(
  configuration: Configuration,
  env: Readonly<Record<string, string | undefined>>,
  stateDir: string,
): Uint8Array | undefined {
  return locateKey(configuration, env, stateDir)?.key;
}

function parsed(text: string, source: string): FoundKey {
  return { key: parseKey(text, source), source };
}

/**
 * Makes a key and keeps it in the state folder, readable by this user alone. Returns it as text; when
 * another process made one at the same moment, that one.
 *
 * @throws UserError when it cannot be written, or when something else, like a link, has its name
 */
export function createKey(stateDir: string): string {
  const text = makeKey();
  const file = keyFileIn(stateDir);
  try {
    if (createWhole(file, `${text}\n`, true)) return text;
    return Buffer.from(parseKey(readSmallFile(file, false) ?? '', file)).toString('base64url');
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const cause = `The key file ${file} cannot be made (${code ?? String(error)}).`;
    throw new UserError(
      'KEY_NOT_MADE',
      cause,
      'See what has its name, or give another folder with --state-dir.',
    );
  }
}

function readKeyFile(path: string): FoundKey {
  const key = readIfThere(path);
  if (key !== undefined) return key;
  throw new UserError(
    'NO_KEY_FILE',
    `The key file ${path} does not exist.`,
    'Copy the key of the server into it.',
  );
}

/** A link is followed: files of secrets often are links. */
function readIfThere(path: string): FoundKey | undefined {
  let text: string | undefined;
  try {
    text = readSmallFile(path, true);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const cause = `The key file ${path} cannot be read (${code ?? String(error)}).`;
    throw new UserError('KEY_UNREADABLE', cause, 'Check what it is, and its permissions.');
  }
  return text === undefined ? undefined : parsed(text, path);
}
