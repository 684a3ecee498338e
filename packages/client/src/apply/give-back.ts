/** Gives what is parked, and will get no other place, the one that it had: whether it stays is judged there. */
import { TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { joinPath, nameOf, parentOf } from '@lanmirror/protocol';

const FOLDER_MODE = 0o755;

/**
 * Puts the node that is parked under `name` where it stood, or beside that, where something else stands there by now, or
 * is to stand (`isWanted`); folders on the way are made anew. Returns its path. Throws TreeError; then it is still parked.
 */
export function giveBack(tree: WritableTree, name: string, isWanted = false): string {
  const { path } = tree.parked(name) ?? { path: name };
  const folder = standingFolder(tree, parentOf(path));
  const own = joinPath(folder, nameOf(path));
  const beside = `${own} (${name})`;
  for (const place of isWanted ? [beside] : [own, beside]) {
    if (!isRefused(() => tree.unpark(name, place))) return place;
  }
  const last = joinPath(folder, name);
  tree.unpark(name, last);
  return last;
}

/** Whether another name may do. */
function isRefused(unpark: () => unknown): boolean {
  try {
    unpark();
    return false;
  } catch (error) {
    if (error instanceof TreeError && (error.code === 'EXISTS' || error.code === 'NAME_TOO_LONG'))
      return true;
    throw error;
  }
}

/** The folder, or the lowest above it that can be one: in the place of another something else stands. */
function standingFolder(tree: WritableTree, path: string): string {
  if (path === '') return '';
  const above = standingFolder(tree, parentOf(path));
  if (above !== parentOf(path)) return above;
  const there = tree.stat(path);
  if (there === undefined) tree.makeDirectory(path, FOLDER_MODE);
  return there === undefined || there.kind === 'directory' ? path : above;
}
