/** The way to walk the folders of a tree. */
import { CheckedDirectories } from './checked-directories.ts';
import { canHold, type Directories, type Walk } from './directories.ts';
import { HeldDirectories } from './held-directories.ts';

/** The best that the system has. */
export function defaultWalk(): Walk {
  return canHold() ? 'held' : 'checked';
}

export function openDirectories(root: string, walk: Walk): Directories {
  return walk === 'held' ? new HeldDirectories(root) : new CheckedDirectories(root);
}
