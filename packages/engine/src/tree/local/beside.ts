/** Hidden names beside a place, for what has to be on the same file system as that. */
import { randomBytes } from 'node:crypto';
import { joinPath } from '@lanmirror/protocol';
import { folderOf, type Spot } from './directories.ts';

/** How such a name begins. */
export const BESIDE_PREFIX = '.lanmirror-tmp-';

/** A hidden spot in the folder of `spot`. */
export function besideOf(spot: Spot): Spot {
  return { ...spot, path: joinPath(folderOf(spot).path, BESIDE_PREFIX + randomBytes(8).toString('hex')) };
}
