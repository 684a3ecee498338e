import { closeSync, constants, openSync, readSync } from 'node:fs';

/** O_NONBLOCK: a FIFO in the place of a file of ours would block the program for ever; one that a user names is his way to give it. */
const OWN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** More than this is not a file of ours. The longest holds a path of 4096 bytes, which JSON may write six times as long. */
const MAX_BYTES = 65_536;

/**
 * The beginning of a file as UTF-8, at most {@link MAX_BYTES}: a film that was named by mistake is not read.
 * @param isLinkFollowed false for files of our own, which never are links
 * @returns undefined when it is absent
 * @throws errors of the file system; ELOOP for a link that is not followed
 */
export function readSmallFile(path: string, isLinkFollowed: boolean): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (isLinkFollowed ? 0 : OWN));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(MAX_BYTES);
    let length = 0;
    for (let read = -1; read !== 0 && length < MAX_BYTES; length += read) {
      read = readSync(file, bytes, length, MAX_BYTES - length, null);
    }
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
