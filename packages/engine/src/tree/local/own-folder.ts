/** The one folder that is ours in a target: its layout, and the refusal of a planted one. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { isReservedAtTop, parentOf, RESERVED_NAME } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import { type Directories, type Spot, systemPath } from './directories.ts';
import { errnoOf, toTreeError } from './fs-error.ts';

export const STAGING = `${RESERVED_NAME}/tmp`;
export const TRASH = `${RESERVED_NAME}/trash`;

/** Only the owner of the mirror looks in here: it holds files of every mode. */
const OWN_MODE = 0o700;

/** What media servers, indexers and search tools read as "leave this folder alone". */
const IGNORE_FILES: Readonly<Record<string, string>> = {
  '.nomedia': '',
  '.plexignore': '*\n',
  '.ignore': '*\n',
  '.stignore': '*\n',
  '.gitignore': '*\n',
  '.trackerignore': '',
  '.metadata_never_index': '',
};

/**
 * Makes sure that a folder of ours stands at `path`, one of the above, made anew if need be, but never
 * `RESERVED_NAME` itself: it came with the marker, so without it the disk of the mirror is not there, and what
 * stands here is a bare mount point. A link or file in its place is refused: writing through it would write
 * wherever its owner pleases.
 */
export function requireOwnFolder(directories: Directories, path: string): void {
  try {
    directories.folder(path);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOTDIR' || code === 'ELOOP') throw planted(path, error);
    if (code !== 'ENOENT' || path === '') throw toTreeError(error, path);
    if (path === RESERVED_NAME) throw notMounted(error);
    requireOwnFolder(directories, parentOf(path));
    makeFolder({ directories, path });
    if (parentOf(path) === RESERVED_NAME) writeIgnoreFiles({ directories, path: RESERVED_NAME });
    requireOwnFolder(directories, path);
  }
}

/** Throws for the root, which cannot be made or moved, and for our own folder, which is no part of the tree. */
export function requireVisible(path: string): void {
  const top = path.split('/', 1)[0] ?? '';
  if (path === '' || isReservedAtTop(top)) {
    throw new TreeError(
      'DENIED',
      path,
      path === '' ? 'this is the root of the mirror' : 'this belongs to lanmirror itself',
    );
  }
}

/** Makes a private folder; one that stands there already is fine. */
export function makeFolder(spot: Spot): void {
  try {
    mkdirSync(systemPath(spot), { mode: OWN_MODE });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw toTreeError(error, spot.path);
  }
}

/** Puts the ignore files into `folder`; those that are there stay as they are. */
export function writeIgnoreFiles(folder: Spot): void {
  for (const [name, text] of Object.entries(IGNORE_FILES)) {
    const path = folder.path === '' ? name : `${folder.path}/${name}`;
    try {
      writeFileSync(folder.directories.at(path), text, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw toTreeError(error, path);
    }
  }
}

function notMounted(cause: unknown): TreeError {
  const text = `the mirror has no ${RESERVED_NAME}: it is not mounted, or was wiped`;
  return new TreeError('ABSENT', RESERVED_NAME, text, { cause });
}

function planted(path: string, cause: unknown): TreeError {
  return new TreeError(
    'NOT_A_FILE',
    path,
    `${path} in the mirror is not a folder but a link or file; remove it`,
    {
      cause,
    },
  );
}
