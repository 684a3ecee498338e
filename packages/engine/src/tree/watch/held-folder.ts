/**
 * A folder held open by descriptor for a moment (Linux), so that what is looked at and what is watched
 * are the same folder, never the target of a symbolic link, and at any path length.
 */
import fs from 'node:fs';
import type { NodeIdentity } from '../../core/index.ts';

/**
 * Linux only and missing in Node's constants: a descriptor that names a folder without the right to
 * read it. The value is the same on every architecture Node is released for.
 */
const O_PATH = 0x200000;
const FOLDER_FLAGS = O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/** The kernel takes paths of fewer than 4,096 bytes in one call. */
const MAX_CALL_BYTES = 4000;
/** UTF-16 code units never take more bytes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

export interface HeldFolder {
  readonly identity: NodeIdentity;
  /** A short path of the folder, ending in '/.'; valid only while it is held. */
  readonly heldPath: string;
}

/**
 * Opens the folder at `absolute`, gives it to `work` and closes it again, whatever happens. Throws the
 * system's error: ENOENT or ENOTDIR when no folder stands there (a link is none), others as they come.
 */
export function withFolder<T>(absolute: string, work: (folder: HeldFolder) => T): T {
  const fd = openFolder(absolute);
  try {
    const { dev, ino, birthtimeNs } = fs.fstatSync(fd, { bigint: true });
    return work({ identity: { dev, ino, birthtimeNs }, heldPath: `/proc/self/fd/${fd}/.` });
  } finally {
    fs.closeSync(fd);
  }
}

function openFolder(absolute: string): number {
  if (isShort(absolute)) return fs.openSync(absolute, FOLDER_FLAGS);
  let held: number | undefined;
  let step = '';
  const advance = () => {
    const next = fs.openSync(step, FOLDER_FLAGS);
    if (held !== undefined) fs.closeSync(held);
    held = next;
    step = `/proc/self/fd/${next}`;
  };
  try {
    for (const name of absolute.split('/').slice(1)) {
      if (!isShort(`${step}/${name}`)) advance();
      step = `${step}/${name}`;
    }
    return fs.openSync(step, FOLDER_FLAGS);
  } finally {
    if (held !== undefined) fs.closeSync(held);
  }
}

function isShort(path: string): boolean {
  return path.length * MAX_BYTES_PER_UNIT <= MAX_CALL_BYTES || Buffer.byteLength(path) <= MAX_CALL_BYTES;
}
