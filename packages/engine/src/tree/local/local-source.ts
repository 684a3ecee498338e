/** A directory tree of this machine, to be read. */

import { isUtf8 } from 'node:buffer';
import { constants, openSync, readlinkSync } from 'node:fs';
import { isReservedAtTop } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import type { Listing, ReadableTree, ReadHandle, Stat } from '../port.ts';
import type { Directories } from './directories.ts';
import { errnoOf, guard, guardAbsence, toTreeError } from './fs-error.ts';
import { listNames } from './name-list.ts';
import { lstatNode, lstatNodeIfAny } from './node-stat.ts';
import { OpenFile } from './open-file.ts';

const REPLACEMENT = '\ufffd';

/** O_NONBLOCK: a FIFO without a writer would block the thread for ever. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export class LocalSource implements ReadableTree {
  protected readonly directories: Directories;

  constructor(directories: Directories) {
    this.directories = directories;
  }

  rootStat(): Stat | undefined {
    return guardAbsence('', () => lstatNodeIfAny(this.directories.rootPath()));
  }

  stat(path: string): Stat | undefined {
    if (path === '') return this.rootStat();
    return guardAbsence(path, () => lstatNodeIfAny(this.directories.at(path)));
  }

  /** One walk by the system from the root, instead of one through the descriptor of a folder. */
  glance(path: string): Stat | undefined {
    return guardAbsence(path, () => lstatNodeIfAny(`${this.directories.rootPath()}/${path}`));
  }

  /** Our own folder at the top is no part of the tree and is left out. */
  list(path: string): Listing {
    const listing = guard(path, () => listNames(this.directories.folder(path)));
    if (path !== '' || !listing.names.some(isReservedAtTop)) return listing;
    return { ...listing, names: listing.names.filter((name) => !isReservedAtTop(name)) };
  }

  readLink(path: string): string | undefined {
    return guard(path, () => {
      const systemPath = this.directories.at(path);
      try {
        return readTarget(systemPath);
      } catch (error) {
        if (errnoOf(error) !== 'EINVAL') throw error;
        throw new TreeError('NOT_A_FILE', path, `not a symbolic link but a ${lstatNode(systemPath).kind}`);
      }
    });
  }

  open(path: string): ReadHandle {
    return this.openFile(path);
  }

  protected openFile(path: string): OpenFile {
    return guard(path, () => openRegular(this.directories.at(path), path, READ_FLAGS));
  }

  release(): void {
    this.directories.release();
  }
}

/** Only where a replacement character shows that the text may be mangled are the bytes read to see. */
function readTarget(systemPath: string): string | undefined {
  const text = readlinkSync(systemPath);
  if (!text.includes(REPLACEMENT)) return text;
  const bytes = readlinkSync(systemPath, { encoding: 'buffer' });
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** Opens a regular file for `path` of a tree; anything else is NOT_A_FILE and is not waited for. */
export function openRegular(systemPath: string, path: string, flags: number, mode?: number): OpenFile {
  let descriptor: number;
  try {
    descriptor = openSync(systemPath, flags, mode);
  } catch (error) {
    throw toTreeError(error, path);
  }
  const file = new OpenFile(path, descriptor);
  const { kind } = file.opened;
  if (kind === 'file') return file;
  file.close();
  throw new TreeError(
    'NOT_A_FILE',
    path,
    `not a regular file but a ${kind === 'other' ? 'FIFO, socket or device' : kind}`,
  );
}
