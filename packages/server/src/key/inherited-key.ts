/**
 * The keys of a home that is new: its mirrors have those of the server that published these folders before, alone or
 * from another INI. A server with other keys would refuse all of them.
 */
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createWhole, keyFileIn, readSmallFile, replaceWhole } from '@lanmirror/engine/host';
import type { Home } from '../share/home.ts';
import { keysFolderIn } from './named-key.ts';

/** In the state folder of a share: the home of the server that served it last. */
const HOME_FILE = 'home';

/** The folder with the key: the home, or, while that has none, one of a server that published its folders before. */
export function keyFolderOf(home: Home): string {
  return folderWith(home, keyFileIn);
}

/**
 * Copies the keys into a home that has none, and writes down in each state folder where they are from now on.
 * @returns the folder that the key was copied from; undefined when it was not
 */
export function inheritKeys(home: Home): string | undefined {
  const from = keyFolderOf(home);
  const key = from === home.dir ? undefined : readSmallFile(keyFileIn(from), false);
  if (key !== undefined) createWhole(keyFileIn(home.dir), key, true);
  const named = folderWith(home, keysFolderIn);
  if (named !== home.dir)
    cpSync(keysFolderIn(named), keysFolderIn(home.dir), { recursive: true, preserveTimestamps: true });
  for (const stateDir of home.stateDirs)
    if (stateDir !== home.dir && lastHomeOf(stateDir) !== home.dir)
      replaceWhole(join(stateDir, HOME_FILE), `${home.dir}\n`);
  return key === undefined ? undefined : from;
}

/** The first folder in which there is such a thing; the home when it is in none. */
function folderWith({ dir, stateDirs }: Home, thingIn: (folder: string) => string): string {
  const former = stateDirs.flatMap((stateDir) => [lastHomeOf(stateDir), stateDir]);
  return [dir, ...former].find((folder) => folder !== '' && existsSync(thingIn(folder))) ?? dir;
}

function lastHomeOf(stateDir: string): string {
  return (readSmallFile(join(stateDir, HOME_FILE), false) ?? '').trimEnd();
}
