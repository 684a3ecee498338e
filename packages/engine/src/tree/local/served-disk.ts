/**
 * Disks that a program serves (FUSE), and what has to be done otherwise on them:
 *
 * - A flush of the whole file system ends in the kernel: the program hears nothing of it. Only a flush of a file
 *   reaches it.
 * - A file may have another number and another change time under its final name, and once it is closed.
 */
import { statfsSync } from 'node:fs';

const FUSE = 0x65735546;

/** Whether the folder at `systemPath` is on one. Throws errors of the file system. */
export function isServedDisk(systemPath: string): boolean {
  return process.platform === 'linux' && statfsSync(systemPath).type >>> 0 === FUSE;
}
