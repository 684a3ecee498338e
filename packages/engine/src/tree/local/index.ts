/** Directory trees of this machine. */

import { mkdirSync } from 'node:fs';
import type { ReadableTree, WritableTree } from '../port.ts';
import type { ThreadOptions, ThreadSetting } from './asked-thread.ts';
import type { Directories, Walk } from './directories.ts';
import { errnoOf, toTreeError } from './fs-error.ts';
import { type Durability, LocalTarget } from './local-target.ts';
import { LookThread } from './look-thread.ts';
import { defaultWalk, openDirectories } from './open-directories.ts';
import { PlacingThread } from './placing-thread.ts';
import { PublishedSource } from './published-source.ts';

export type { ThreadOptions } from './asked-thread.ts';
export { BESIDE_PREFIX } from './beside.ts';
export type { CleanableTree, TakenFile } from './cleanable-source.ts';
export { openCleanableSource } from './cleanable-source.ts';
export { cleanedCopy } from './cleaned-copy.ts';
export { type CleanedFile, listCleaned } from './cleaned-trash.ts';
export type { Walk } from './directories.ts';
export type { Durability } from './local-target.ts';
export { targetAround } from './marker-search.ts';
export { openWriters, type WriterCheck } from './open-writer.ts';
export { STAGING, TRASH } from './own-folder.ts';
export { gatherAppends, type OwnJournal, openOwnJournal } from './own-journal.ts';

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
  /** The thread that places small new files where they are many; without it they are placed here. */
  readonly placing?: ThreadOptions;
  /** The thread that looks at folders where they are many; without it they are looked at here. */
  readonly looking?: ThreadOptions;
}

/** A tree to read. `root` need not exist yet: `rootStat` tells. */
export function openLocalSource(root: string, options: SourceOptions = {}): ReadableTree {
  return new PublishedSource(openDirectories(root, options.walk ?? defaultWalk()));
}

/**
 * A tree to write. Nothing is written before the first change.
 * @throws TreeError when the folder `trashDir` cannot be made
 */
export function openLocalTarget(root: string, options: TargetOptions = {}): WritableTree {
  const { durability = 'checkpoint', trashDir, walk = defaultWalk(), wallMs = Date.now } = options;
  const { placing, looking } = options;
  const isStrict = durability === 'checkpoint' && process.platform === 'win32';
  const directories = openDirectories(root, walk);
  const setting = (): ThreadSetting => ({ root: directories.rootPath(), walk });
  return new LocalTarget(
    directories,
    {
      durability: isStrict ? 'strict' : durability,
      wallMs,
      thread: placing && new PlacingThread(placing, setting),
      lookThread: looking && new LookThread(looking, setting),
    },
    trashDir === undefined ? undefined : openTrash(trashDir, walk),
  );
}

function openTrash(trashDir: string, walk: Walk): Directories {
  try {
    mkdirSync(trashDir, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw toTreeError(error, trashDir);
  }
  return openDirectories(trashDir, walk);
}
