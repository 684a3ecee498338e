/** A look at a whole folder, as a thread does it for others. */
import { TreeError } from './error.ts';
import type { FolderLook, ReadableTree } from './port.ts';
import type { RollCall } from './roll-call.ts';

/**
 * What is in the folder at `path` now; undefined for one that cannot be listed, or that something left or cannot be
 * looked at in meanwhile: that is no absence of anything, and whoever looks for itself meets it.
 */
export function lookAtFolder(tree: ReadableTree, call: RollCall, path: string): FolderLook | undefined {
  try {
    const { names } = tree.list(path);
    call.begin();
    for (const name of names) {
      const stat = tree.glance(path === '' ? name : `${path}/${name}`);
      if (stat === undefined) return undefined;
      call.note(name, stat);
    }
    return { names, digest: call.digest() };
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}
