/**
 * The keys of a home that is new: its mirrors have those of the server that published these folders before, alone or
 * from another INI. A server with other keys would refuse all of them. A home that has keys never takes any over:
 * with a share that is added to it, keys would come along which then open its other shares.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, keyFileIn, readSmallFile, replaceWhole } from '@lanmirror/engine/host';
import { DEFAULT_KEY_NAME } from '@lanmirror/protocol';
import type { Home } from '../share/home.ts';
import { digestOf, originOf, recordOrigin } from './key-lineage.ts';
import { keyFileOf, keysFolderIn, keyTexts } from './named-key.ts';

/** In the state folder of a share: the home of the server that served it last. */
const HOME_FILE = 'home';

/** What became of the keys with which the folders were published before. */
export interface Inheritance {
  /** The folder that they were taken over from; undefined when none were. */
  readonly from: string | undefined;
  /** Those with a name that came along, by name. */
  readonly names: readonly string[];
  /** Those that did not, where shares came from another home since the last time. */
  readonly left: readonly LeftKeys[];
}

export interface LeftKeys {
  readonly folder: string;
  readonly names: readonly string[];
}

/** The folder with the key: the home, or, while that has none, one of a server that published its folders before. */
export function keyFolderOf(home: Home): string {
  return sourceOf(home) ?? home.dir;
}

/**
 * Copies the keys into a home that has none, all from one folder, and writes down in each state folder where they are
 * from now on. Throws UserError, or an error of the file system, when that cannot be done.
 */
export function inheritKeys(home: Home): Inheritance {
  const from = sourceOf(home);
  const names = from === undefined ? [] : copyKeys(from, home.dir);
  const left = leftKeys(home);
  for (const stateDir of home.stateDirs) {
    const isOwn = stateDir === home.dir && lastHomeOf(stateDir) === '';
    if (!isOwn && lastHomeOf(stateDir) !== home.dir) replaceWhole(join(stateDir, HOME_FILE), `${home.dir}\n`);
  }
  if (originOf(home.dir) === undefined)
    recordOrigin(home.dir, { folder: from ?? '', digest: digestIn(home.dir) });
  return { from, names, left };
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

/** What the log says of it: which keys open this server from now on, and which do not. */
export function inheritanceLines({ from, names, left }: Inheritance): readonly InheritanceLine[] {
  const lines: InheritanceLine[] = [];
  if (from !== undefined)
    lines.push({
      level: 'info',
      text: `The keys of ${from} are used on: ${[DEFAULT_KEY_NAME, ...names].join(', ')}.`,
    });
  for (const { folder, names: strange } of left)
    lines.push({
      level: 'warn',
      text: `The keys of ${folder} do not open this server: ${strange.join(', ')}. Mirrors that have one need another; "lanmirror-server key add NAME" makes it.`,
    });
  return lines;
}

interface InheritanceLine {
  readonly level: 'info' | 'warn';
  readonly text: string;
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

function leftKeys(home: Home): readonly LeftKeys[] {
  const known = keysOf(home.dir);
  const folders = home.stateDirs.flatMap((stateDir) => formerOf(home, stateDir).slice(0, 1));
  return [...new Set(folders)].flatMap((folder) => {
    const names = [...keysOf(folder)]
      .filter(([name, text]) => known.get(name) !== text)
      .map(([name]) => name);
    return names.length === 0 ? [] : [{ folder, names }];
  });
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

function lastHomeOf(stateDir: string): string {
  return (readSmallFile(join(stateDir, HOME_FILE), false) ?? '').trimEnd();
}
