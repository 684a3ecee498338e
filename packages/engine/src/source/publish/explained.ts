/**
 * Entries that somebody in this process took from the source, and wrote down before: that they are gone is no loss a
 * person has to be asked about. Of a folder all that was in it has to be accounted for.
 */
import { joinPath, ROOT_ID } from '@lanmirror/protocol';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';

/** Whether it is proved, in the root that stands there now, that this file was taken away by us. */
export type IsExplained = (path: string, entry: IndexEntry) => boolean;

/** Whether an entry and all below it are explained; a folder in which nothing was never is. */
export function isExplainedWhole(
  index: TreeIndex,
  path: string,
  entry: IndexEntry,
  isExplained: IsExplained,
): boolean {
  if (entry.kind !== 'directory') return isExplained(path, entry);
  return areExplained(index, entry.id, path, isExplained);
}

/** Whether everything in the index is: a root in which nothing is was emptied by us, and is the one that we know. */
export function isAllExplained(index: TreeIndex, isExplained: IsExplained): boolean {
  return areExplained(index, ROOT_ID, '', isExplained);
}

/** Ends at the first one that is not: of a disk that is not mounted that is the first one. */
function areExplained(index: TreeIndex, folderId: number, path: string, isExplained: IsExplained): boolean {
  let hasAny = false;
  for (const child of index.children(folderId)) {
    if (!isExplainedWhole(index, joinPath(path, child.name), child, isExplained)) return false;
    hasAny = true;
  }
  return hasAny;
}
