/**
 * Keys with a name: a file for each in the folder `keys` of a server's home, 0600. What is there is true; who serves
 * reads it at the start and when it was changed.
 */
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  createWhole,
  makeKey,
  parseKey,
  readSmallFile,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import { DEFAULT_KEY_NAME, isKeyName } from '@lanmirror/protocol';
import { KEYS_FOLDER, recordRemoved, removedKeys } from './key-lineage.ts';

/** Behind the name, so that a file which is just being made is not taken for a key. */
const ENDING = '.key';

export interface NamedKey {
  readonly name: string;
  /** When it was made, ISO 8601. */
  readonly since: string;
  /** Why nobody can use it; absent while it can be used. */
  readonly fault?: string;
}

/** A key as its file says it. */
export interface KeyText {
  readonly name: string;
  readonly since: string;
  /** '' when it cannot be read. */
  readonly text: string;
  /** Why it is none. */
  readonly fault: UserError | undefined;
}

/** The keys that can be used, and what is wrong with the files of the others. */
export interface KeysRead {
  /** Their 32 bytes, by name. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly faults: readonly UserError[];
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
      `"${typedCommand('lanmirror-server key list')}" names all.`,
    );
  try {
    rmSync(keyFileOf(home, name));
    if (key.text !== '') recordRemoved(home, key.text);
  } catch (error) {
    throw unusable(home, error);
  }
}

/** All keys with a name, by name. Throws UserError when they cannot be read. */
export function listKeys(home: string): readonly NamedKey[] {
  return keyTexts(home).map(({ name, since, fault }) => ({
    ...{ name, since },
    ...(fault && { fault: fault.message }),
  }));
}

/**
 * All of them with their 32 bytes. A file that holds no key keeps no other one from counting.
 * @throws UserError when the folder cannot be read
 */
export function readKeys(home: string): KeysRead {
  const keys = new Map<string, Uint8Array>();
  const faults: UserError[] = [];
  for (const { name, text, fault } of keyTexts(home)) {
    if (fault !== undefined) faults.push(fault);
    else keys.set(name, parseKey(text, keyFileOf(home, name)));
  }
  return { keys, faults };
}

/** All of them as their files say them, by name. Throws UserError when they cannot be read. */
export function keyTexts(home: string): readonly KeyText[] {
  try {
    const removed = removedKeys(home);
    return filesIn(home).filter(({ text }) => !removed.has(text));
  } catch (error) {
    throw unusable(home, error);
  }
}

/** A copy of what was removed elsewhere may have the name of a new key. */
function sweep(home: string): void {
  const removed = removedKeys(home);
  for (const { name, text } of filesIn(home)) if (removed.has(text)) rmSync(keyFileOf(home, name));
}

function filesIn(home: string): readonly KeyText[] {
  return fileNames(home)
    .filter((file) => file.endsWith(ENDING) && isKeyName(file.slice(0, -ENDING.length)))
    .flatMap((file) => keyIn(join(keysFolderIn(home), file), file.slice(0, -ENDING.length)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** None where no file is. */
function keyIn(path: string, name: string): readonly KeyText[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return [];
  const since = stat.mtime.toISOString();
  let text = '';
  try {
    text = readSmallFile(path, false) ?? '';
    parseKey(text, path);
    return [{ name, since, text, fault: undefined }];
  } catch (error) {
    return [{ name, since, text, fault: asFault(path, error) }];
  }
}

function asFault(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return new UserError('KEY_UNREADABLE', `The key file ${path} cannot be read (${code}).`);
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
  return join(home, KEYS_FOLDER);
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
