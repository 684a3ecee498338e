/** Where a published folder lies, for a client on the same machine. */
import { dirname, parse } from 'node:path';
import { parseMountTable, waysTo } from '../core/index.ts';
import { folderMarks, mountTable } from '../host/index.ts';

/**
 * Marks of the folders above `dir`, nearest first: by its path, and by every other way that leads to it. A folder that
 * is mounted by itself has what it lies in only by the way to the whole file system.
 *
 * @param dir absolute, without links
 */
export function outerMarks(dir: string): string[] {
  const ways = waysTo(dir, parseMountTable(mountTable()));
  return [...new Set(ways.flatMap((way) => folderMarks(dirname(way), parse(way).root)))];
}
