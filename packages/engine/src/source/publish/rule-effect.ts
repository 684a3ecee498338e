/** What other rules would change of what a share publishes. Reads the index only, in slices: everything else goes on beside it. */
import { joinPath, ROOT_ID } from '@lanmirror/protocol';
import type { Clock } from '../../core/index.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { SourceFilter } from './source-filter.ts';

const SLICE_MS = 10;

/** Paths that a filter leaves out; of a folder, which ends with a slash, only its top. */
export interface LeftOutPaths {
  readonly count: number;
  /** The first of them. */
  readonly first: readonly string[];
}

/**
 * What is published now and would not be under another filter. Asked with the filter of before, it is what came with the
 * one of now.
 * @param most how many paths are named
 * @param isStopped true ends the search early
 */
export async function leftOutBy(
  index: TreeIndex,
  filter: SourceFilter,
  clock: Clock,
  most: number,
  isStopped: () => boolean = () => false,
): Promise<LeftOutPaths> {
  const first: string[] = [];
  let count = 0;
  let endMs = clock.nowMs() + SLICE_MS;
  const folders: [id: number, path: string][] = filter.isEmpty ? [] : [[ROOT_ID, '']];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const [folderId, folderPath] = folder;
    for (const entry of [...index.children(folderId)]) {
      const path = joinPath(folderPath, entry.name);
      const isFolder = entry.kind === 'directory';
      if (filter.isLeftOut(path, entry)) {
        if (entry.isExcluded === true) continue;
        count += 1;
        if (first.length < most) first.push(isFolder ? `${path}/` : path);
      } else if (isFolder) folders.push([entry.id, path]);
    }
    if (clock.nowMs() < endMs) continue;
    await clock.turn();
    if (isStopped()) break;
    endMs = clock.nowMs() + SLICE_MS;
  }
  return { count, first };
}
