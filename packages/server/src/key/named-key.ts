/**
 * Keys with a name: a file for each in the folder `keys` of a server's home, 0600. What is there is true; who serves
 * reads it at the start and when it was changed.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, makeKey, parseKey, readSmallFile, UserError } from '@lanmirror/engine/host';
import { DEFAULT_KEY_NAME, isKeyName } from '@lanmirror/protocol';

/** Behind the name, so that a file which is just being made is not taken for a key. */
const ENDING = '.key';

export interface NamedKey {
  readonly name: string;
  /** When it was made, ISO 8601. */
  readonly since: string;
}

/**
 * Makes a key of this name. Returns it as text.
 * @throws UserError for what no key is called, and for a name that is taken
 */
export function addKey(home: string, name: string): string {
  requireName(name);
  const text = makeKey();
  try {
    mkdirSync(keysFolderIn(home), { recursive: true, mode: 0o700 });
    if (createWhole(keyFileOf(home, name), `${text}\n`, true)) return text;
  } catch (error) {
    throw unusable(home, error);
  }
  throw new UserError(
    'KEY_EXISTS',
    `There is a key "${name}" already.`,
    `It is in ${keyFileOf(home, name)}. To replace it, remove it first: its mirrors are refused from then on.`,
  );
}

/** Removes the key of this name. Throws UserError when there is none. */
export function removeKey(home: string, name: string): void {
  requireName(name);
  if (!listKeys(home).some((key) => key.name === name))
    throw new UserError(
      'NO_SUCH_KEY',
      `There is no key "${name}".`,
      '"lanmirror-server key list" names all.',
    );
  try {
    rmSync(keyFileOf(home, name));
  } catch (error) {
    throw unusable(home, error);
  }
}

/** All keys with a name, by name. */
export function listKeys(home: string): readonly NamedKey[] {
  return fileNames(home)
    .flatMap((file) => {
      const name = file.slice(0, -ENDING.length);
      const stat = statSync(join(keysFolderIn(home), file), { throwIfNoEntry: false });
      if (!file.endsWith(ENDING) || !isKeyName(name) || stat?.isFile() !== true) return [];
      return [{ name, since: stat.mtime.toISOString() }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All of them with their 32 bytes. Throws UserError for a file that holds no key. */
export function readKeys(home: string): ReadonlyMap<string, Uint8Array> {
  const keys = new Map<string, Uint8Array>();
  for (const { name } of listKeys(home)) {
    const file = keyFileOf(home, name);
    try {
      const text = readSmallFile(file, false);
      if (text !== undefined) keys.set(name, parseKey(text, file));
    } catch (error) {
      throw unusable(home, error);
    }
  }
  return keys;
}

function requireName(name: string): void {
  if (isKeyName(name) && name !== DEFAULT_KEY_NAME) return;
  const cause =
    name === DEFAULT_KEY_NAME
      ? `"${name}" is the key that the server made at its first start; it can be neither added nor removed.`
      : `"${name}" is no name of a key: a name is up to 64 letters a to z, digits, ".", "_" and "-".`;
  throw new UserError('BAD_KEY_NAME', cause, 'Choose a name like phone.');
}

/** Where they are. */
export function keysFolderIn(home: string): string {
  return join(home, 'keys');
}

/** The file of the key of this name. */
export function keyFileOf(home: string, name: string): string {
  return join(keysFolderIn(home), `${name}${ENDING}`);
}

function fileNames(home: string): readonly string[] {
  try {
    return readdirSync(keysFolderIn(home));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw unusable(home, error);
  }
}

function unusable(home: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || code === undefined) return error;
  const cause = `The keys in ${keysFolderIn(home)} cannot be read or written (${code}).`;
  return new UserError('KEYS_UNUSABLE', cause, 'Check its permissions, and the room on its disk.');
}
