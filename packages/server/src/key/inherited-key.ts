/**
 * The keys of a home that is new: its mirrors have those of the server that published these folders before, alone or
 * from another INI. A server with other keys would refuse all of them. A home that has keys never takes any over:
 * with a share that is added to it, keys would come along which then open its other shares.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, keyFileIn, readSmallFile, replaceWhole, typedCommand } from '@lanmirror/engine/host';
import { DEFAULT_KEY_NAME } from '@lanmirror/protocol';
import type { Home } from '../share/home.ts';
import { digestOf, originOf, recordOrigin } from './key-lineage.ts';
import { keyFileOf, keysFolderIn, keyTexts } from './named-key.ts';

/** In the state folder of a share: the home of the server that served it last. */
const HOME_FILE = 'home';

/** Keys that were taken over. */
export interface Inheritance {
  /** The folder that they are from; undefined when there were none to take. */
  readonly from: string | undefined;
  /** Those with a name, by name. */
  readonly names: readonly string[];
}

/** The folder with the key: the home, or, while that has none, one of a server that published its folders before. */
export function keyFolderOf(home: Home): string {
  return sourceOf(home) ?? home.dir;
}

/**
 * Copies the keys into a home that has none, all from one folder; once.
 * @throws UserError, or an error of the file system, when that cannot be done
 */
export function inheritKeys(home: Home): Inheritance {
  const from = sourceOf(home);
  const names = from === undefined ? [] : copyKeys(from, home.dir);
  if (originOf(home.dir) === undefined)
    recordOrigin(home.dir, { folder: from ?? '', digest: digestIn(home.dir) });
  return { from, names };
}

/**
 * Writes down in the state folder of a share, which is there, where its keys are from now on.
 * @returns what the log says once of keys that its mirrors may have and that do not open this server; '' for nothing
 */
export function recordHome(home: Home, stateDir: string): string {
  const last = lastHomeOf(stateDir);
  if (last === home.dir) return '';
  const [former] = formerOf(home, stateDir);
  const strange = former === undefined ? [] : strangeKeys(former, home.dir);
  if (last !== '' || stateDir !== home.dir) replaceWhole(join(stateDir, HOME_FILE), `${home.dir}\n`);
  if (strange.length === 0) return '';
  return `The keys of ${former} do not open this server: ${strange.join(', ')}. Mirrors that have one need another; "${typedCommand('lanmirror-server key add NAME')}" makes it.`;
}

/**
 * When the key called default is another one than before, because somebody deleted its file: puts it in the place of the
 * copies of the old one that the folders would be served with alone. Throws errors of the file system.
 */
export function renewCopies(home: Home): void {
  const origin = originOf(home.dir);
  const key = readSmallFile(keyFileIn(home.dir), true);
  if (origin === undefined || key === undefined || digestOf(key) === origin.digest) return;
  for (const stateDir of home.stateDirs)
    if (stateDir !== home.dir && origin.digest !== '' && digestIn(stateDir) === origin.digest)
      replaceWhole(keyFileIn(stateDir), key);
  recordOrigin(home.dir, { ...origin, digest: digestOf(key) });
}

/** What the log says of it. */
export function inheritanceText({ from, names }: Inheritance): string {
  return `The keys of ${from} are used on: ${[DEFAULT_KEY_NAME, ...names].join(', ')}.`;
}

/** The first folder with a key called default, for a home that is new, or that was cut off while it took that one over. */
function sourceOf(home: Home): string | undefined {
  if (originOf(home.dir) !== undefined) return undefined;
  const own = digestIn(home.dir);
  return home.stateDirs
    .flatMap((stateDir) => formerOf(home, stateDir))
    .find((one) => (own === '' ? existsSync(keyFileIn(one)) : digestIn(one) === own));
}

function copyKeys(from: string, to: string): readonly string[] {
  const { [DEFAULT_KEY_NAME]: own, ...named } = Object.fromEntries(keysOf(from));
  if (own !== undefined) createWhole(keyFileIn(to), own, true);
  if (Object.keys(named).length > 0) mkdirSync(keysFolderIn(to), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(named)) createWhole(keyFileOf(to, name), text, true);
  return Object.keys(named);
}

function strangeKeys(former: string, home: string): readonly string[] {
  const known = keysOf(home);
  return [...keysOf(former)].filter(([name, text]) => known.get(name) !== text).map(([name]) => name);
}

/** Where the keys of a share may have been before this home had it, the last place first. */
function formerOf({ dir }: Home, stateDir: string): readonly string[] {
  const last = lastHomeOf(stateDir);
  if (last === dir) return [];
  return [last, stateDir].filter((folder) => folder !== '' && folder !== dir);
}

/** All keys of a folder, as their files say them, by name. */
function keysOf(folder: string): ReadonlyMap<string, string> {
  const own = readSmallFile(keyFileIn(folder), true);
  return new Map([
    ...(own === undefined ? [] : [[DEFAULT_KEY_NAME, own] as const]),
    ...keyTexts(folder).flatMap(({ name, text, fault }) => (fault ? [] : [[name, text] as const])),
  ]);
}

/** Of the key called default; '' when there is none. */
function digestIn(folder: string): string {
  const text = readSmallFile(keyFileIn(folder), true);
  return text === undefined ? '' : digestOf(text);
}

/** '' also for a folder that cannot be looked into: the share says so when it is opened. */
function lastHomeOf(stateDir: string): string {
  try {
    return (readSmallFile(join(stateDir, HOME_FILE), false) ?? '').trimEnd();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return '';
  }
}
