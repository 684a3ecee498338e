/** Whether something failed because somebody took a folder of the mirror away: the whole has to be looked at then. */
import { TreeError } from '@lanmirror/engine/tree';
import type { TargetFolder } from './target-folder.ts';

/**
 * Whether a folder that the baseline has is proved absent: the entry itself, the folder that it is in, or the one that
 * it belongs in.
 */
export function isFolderMissing(target: TargetFolder, id: number): boolean {
  const standing = target.state.baseline.get(id);
  const folders = [standing?.kind === 'directory' ? id : undefined, standing?.parentId];
  return [...folders, target.wanted(id)?.parentId].some(
    (folderId) => folderId !== undefined && isAbsent(target, folderId),
  );
}

function isAbsent({ state, tree }: TargetFolder, folderId: number): boolean {
  const path = state.baseline.pathOf(folderId);
  // The folder of the mirror itself is waited for.
  if (path === undefined || path === '') return false;
  try {
    return tree.stat(path) === undefined;
  } catch (error) {
    // What cannot be looked at is not absent.
    if (error instanceof TreeError) return false;
    throw error;
  }
}
