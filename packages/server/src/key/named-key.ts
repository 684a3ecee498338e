/**
 * Keys with a name: a file for each in the folder `keys` of a server's home, 0600. What is there is true; who serves
 * reads it at the start and when it was changed.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, makeKey, parseKey, readSmallFile, UserError } from '@lanmirror/engine/host';
import { DEFAULT_KEY_NAME, isKeyName } from '@lanmirror/protocol';
import { recordRemoved, removedKeys } from './key-lineage.ts';

/** Behind the name, so that a file which is just being made is not taken for a key. */
const ENDING = '.key';

export interface NamedKey {
  readonly name: string;
  /** When it was made, ISO 8601. */
  readonly since: string;
}

/** A key as its file says it. */
export interface KeyText extends NamedKey {
  readonly text: string;
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
    sweep(home);
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

/**
 * Removes the key of this name, here and wherever it was taken over from.
 * @throws UserError when there is none, and when that cannot be written down
 */
export function removeKey(home: string, name: string): void {
  requireName(name);
  const key = keyTexts(home).find((one) => one.name === name);
  if (key === undefined)
    throw new UserError(
      'NO_SUCH_KEY',
      `There is no key "${name}".`,
      '"lanmirror-server key list" names all.',
    );
  try {
    rmSync(keyFileOf(home, name));
    recordRemoved(home, key.text);
  } catch (error) {
    throw unusable(home, error);
  }
}

/** All keys with a name, by name. Throws UserError when they cannot be read. */
export function listKeys(home: string): readonly NamedKey[] {
  return keyTexts(home).map(({ name, since }) => ({ name, since }));
}

/** All of them with their 32 bytes. Throws UserError for a file that holds no key. */
export function readKeys(home: string): ReadonlyMap<string, Uint8Array> {
  return new Map(keyTexts(home).map(({ name, text }) => [name, parseKey(text, keyFileOf(home, name))]));
}

/** All of them as their files say them, by name. Throws UserError when they cannot be read. */
export function keyTexts(home: string): readonly KeyText[] {
  const removed = removedKeys(home);
  return filesIn(home).filter(({ text }) => !removed.has(text));
}

/** A copy of what was removed elsewhere may have the name of a new key. */
function sweep(home: string): void {
  const removed = removedKeys(home);
  for (const { name, text } of filesIn(home)) if (removed.has(text)) rmSync(keyFileOf(home, name));
}

function filesIn(home: string): readonly KeyText[] {
  try {
    return fileNames(home)
      .filter((file) => file.endsWith(ENDING) && isKeyName(file.slice(0, -ENDING.length)))
      .flatMap((file) => {
        const path = join(keysFolderIn(home), file);
        const stat = statSync(path, { throwIfNoEntry: false });
        const text = stat?.isFile() === true ? readSmallFile(path, false) : undefined;
        if (stat === undefined || text === undefined) return [];
        return [{ name: file.slice(0, -ENDING.length), since: stat.mtime.toISOString(), text }];
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw unusable(home, error);
  }
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
    throw error;
  }
}

function unusable(home: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || code === undefined) return error;
  const cause = `The keys in ${keysFolderIn(home)} cannot be read or written (${code}).`;
  return new UserError('KEYS_UNUSABLE', cause, 'Check its permissions, and the room on its disk.');
}
