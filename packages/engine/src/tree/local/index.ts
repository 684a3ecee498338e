/** Directory trees of this machine. */

import { mkdirSync } from 'node:fs';
import type { ReadableTree, WritableTree } from '../port.ts';
import { CheckedDirectories } from './checked-directories.ts';
import { canHold, type Directories, type Walk } from './directories.ts';
import { errnoOf, toTreeError } from './fs-error.ts';
import { HeldDirectories } from './held-directories.ts';
import { type Durability, LocalTarget } from './local-target.ts';
import { PublishedSource } from './published-source.ts';

export { BESIDE_PREFIX } from './beside.ts';
export type { Walk } from './directories.ts';
export type { Durability } from './local-target.ts';
export { STAGING, TRASH } from './own-folder.ts';

export interface SourceOptions {
  /** How links on the way are avoided; by default the best that the system has. */
  readonly walk?: Walk;
}

export interface TargetOptions extends SourceOptions {
  /** Default 'checkpoint'. Windows cannot flush a whole file system: there 'checkpoint' is 'strict'. */
  readonly durability?: Durability;
  /** Absolute path of a trash outside the target; the folder that holds it must exist. Default: in the target. */
  readonly trashDir?: string;
  /** Milliseconds since 1970, for the names in the trash. Default: the system's clock. */
  readonly wallMs?: () => number;
}

/** A tree to read. `root` need not exist yet: `rootStat` tells. */
export function openLocalSource(root: string, options: SourceOptions = {}): ReadableTree {
  return new PublishedSource(openDirectories(root, options.walk));
}

/**
 * A tree to write. Nothing is written before the first change.
 * @throws TreeError when the folder `trashDir` cannot be made
 */
export function openLocalTarget(root: string, options: TargetOptions = {}): WritableTree {
  const { durability = 'checkpoint', trashDir, walk, wallMs = Date.now } = options;
  const isStrict = durability === 'checkpoint' && process.platform === 'win32';
  return new LocalTarget(
    openDirectories(root, walk),
    { durability: isStrict ? 'strict' : durability, wallMs },
    trashDir === undefined ? undefined : openTrash(trashDir, walk),
  );
}

function openDirectories(root: string, walk: Walk = canHold() ? 'held' : 'checked'): Directories {
  return walk === 'held' ? new HeldDirectories(root) : new CheckedDirectories(root);
}

function openTrash(trashDir: string, walk: Walk | undefined): Directories {
  try {
    mkdirSync(trashDir, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw toTreeError(error, trashDir);
  }
  return openDirectories(trashDir, walk);
}
