/**
 * A disk that came over a mirrored folder, with other things on it: they are no additions to the mirror, and nothing of
 * the folder is missing. So nothing is concluded about what is in it.
 */
import { isForeignMount } from '@lanmirror/engine/core';
import { type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { isExtra } from '../apply/trash-reason.ts';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';

interface Mirrored {
  readonly tree: WritableTree;
  readonly state: MirrorState;
}

/** Why the folder at `path` is not judged now; undefined when it is. Throws TreeError. */
export function foreignMountAt(
  { tree, state }: Mirrored,
  known: BaselineEntry | undefined,
  path: string,
  stat: Stat,
): TreeError | undefined {
  // What was mounted when the baseline met the folder is a part of the mirror, and is the same node still.
  if (known?.kind !== 'directory' || stat.kind !== 'directory' || stat.ino === known.disk.ino)
    return undefined;
  if (isExtra(known) || !isMountPoint(tree, path)) return undefined;
  const expected = new Set([...state.baseline.children(known.id)].map(({ name }) => name));
  if (!isForeignMount(expected, tree.list(path).names)) return undefined;
  return foreign(path);
}

function foreign(path: string): TreeError {
  const text = 'another disk was mounted here, with other things on it, and is left alone';
  return new TreeError('MOUNTED', path, text);
}

/**
 * Throws TreeError MOUNTED when a folder that the source has, and the baseline has not, would be what is mounted at `path`,
 * and that is somebody's own.
 */
export function refuseForeignMount({ tree, state }: Mirrored, id: number, path: string): void {
  if (path === '' || state.baseline.get(id) !== undefined || !isMountPoint(tree, path)) return;
  const expected = new Set([...state.view.children(id)].map(({ name }) => name));
  if (isForeignMount(expected, tree.list(path).names)) throw foreign(path);
}

/** Whether a disk is mounted at a folder that the source never had: what is on it is nobody's business here, one by one. */
export function isOwnDisk({ tree, state }: Mirrored, id: number, path: string): boolean {
  const known = state.baseline.get(id);
  return path !== '' && known !== undefined && isExtra(known) && isMountPoint(tree, path);
}

/** Whether what is mounted at a place that was met so is still mounted there. */
export function isStillMounted(tree: WritableTree, { code, path }: { code: string; path: string }): boolean {
  return code === 'MOUNTED' && isMountPoint(tree, path);
}

/** Whether something is mounted right at a path of the target. */
export function isMountPoint(tree: WritableTree, path: string): boolean {
  try {
    return tree.mountedIn?.(path).includes(path) === true;
  } catch (error) {
    // It is gone, or cannot be looked at: whoever goes on meets that.
    if (error instanceof TreeError) return false;
    throw error;
  }
}
