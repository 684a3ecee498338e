/** Finds in the trash of a source what was cleaned from it. */
import type { ReadableTree, Stat } from '../port.ts';
import { TRASH } from './own-folder.ts';
import { dayName } from './trash-name.ts';

/**
 * What lies in the trash of this source, in the folder of that day, under the path that it had.
 * @param wallMs of when it was cleaned, in milliseconds since 1970
 * @returns undefined for one that had to get another name there. Throws TreeError
 */
export function cleanedCopy(source: ReadableTree, path: string, wallMs: number): Stat | undefined {
  return source.stat(`${TRASH}/${dayName(wallMs)}/${path}`);
}
