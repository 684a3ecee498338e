/**
 * Deletes for good what came from the server, where the settings want no trash for that. What a person wrote here is
 * found on the way, as everywhere by how it was left, and goes to the trash.
 */
import { mountedError, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { joinPath } from '@lanmirror/protocol';
import { targetIn } from '../plan/target-within.ts';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { TargetFolder } from './target-folder.ts';
import { belongsElsewhere, isInTrashAnyway, trashReason } from './trash-reason.ts';

/** Deletes what stands at `path` and is `known`, as it was left. Throws TreeError, MOUNTED before anything of it went. */
export function discard(target: TargetFolder, path: string, known: BaselineEntry): void {
  const { tree } = target;
  if (known.kind === 'directory') {
    const point = mountIn(tree, path);
    if (point !== undefined) throw mountedError(path, point);
    for (const name of tree.list(path).names) discardIn(target, path, known, name);
  }
  try {
    tree.remove(path);
  } catch (error) {
    // A name that is no text cannot be looked at: with its folder it can be kept.
    if (!(error instanceof TreeError) || error.code !== 'NOT_EMPTY') throw error;
    tree.putAway(path, 'extra');
  }
}

function discardIn(target: TargetFolder, folderPath: string, folder: BaselineEntry, name: string): void {
  const { tree, state } = target;
  const path = joinPath(folderPath, name);
  const there = tree.stat(path);
  if (there === undefined) return;
  const id = state.baseline.childId(folder.id, name);
  const known = id === undefined ? undefined : state.baseline.get(id);
  const reason = trashReason(known, there, 'deleted');
  const isSpared = known !== undefined && (isInTrashAnyway(state, known) || belongsElsewhere(state, known));
  if (known !== undefined && reason === 'deleted' && !isSpared) discard(target, path, known);
  else tree.putAway(path, reason);
}

/** The first place in a folder at which something is mounted. */
function mountIn(tree: WritableTree, path: string): string | undefined {
  return tree.mountedIn?.(path)[0];
}

/**
 * These entries and all below them, each before the folder that it is in: so each is a step of its own. What a person
 * let go is one step, and goes to the trash as a whole; a folder in which something is mounted, or another mirror has its target, is one, and stays so.
 */
export function bottomUp(target: TargetFolder, ids: readonly number[]): number[] {
  const { state, tree } = target;
  const isHeld = (id: number): boolean => {
    const path = state.baseline.pathOf(id);
    if (path === undefined) return false;
    return mountIn(tree, path) !== undefined || targetIn(target, path) !== undefined;
  };
  const order: number[] = [];
  const stack = [...ids].reverse().map((id) => ({ id, isOpen: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { id, isOpen } = top;
    const isFolder = state.baseline.get(id)?.kind === 'directory';
    if (isOpen || state.isAgreed(id) || !isFolder || isHeld(id)) {
      order.push(id);
      continue;
    }
    stack.push({ id, isOpen: true });
    for (const child of state.baseline.children(id)) stack.push({ id: child.id, isOpen: false });
  }
  return order;
}
