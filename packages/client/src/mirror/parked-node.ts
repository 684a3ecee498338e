/**
 * What becomes of a node that a kill has left parked: the baseline knows it, or it has a second name, or nobody knows of it.
 */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import { isSameFile, type ParkedNode, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { joinPath } from '@lanmirror/protocol';
import { giveBack } from '../apply/give-back.ts';
import { isAsLeft } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourcePathOf, wanted } from '../state/placement.ts';

interface Parked extends ParkedNode {
  readonly id: number;
  readonly name: string;
}

/** A node that is still parked, with why. */
export interface Left {
  /** Where it is. */
  readonly path: string;
  readonly error: TreeError;
}

/**
 * Gives the node that is parked under `name` to the entry `id` of the baseline, or back to its place: what nobody knows of
 * may be all there is of it, and the look at the target, and the rules, say what becomes of it. What cannot be looked at,
 * there or at its place, stays parked; `giveBackUnknown` tries again.
 */
export function tidyParked(tree: WritableTree, state: MirrorState, id: number, name: string): void {
  orLeave(tree, name, (parked) => {
    if (parked === undefined) {
      tree.sweepStaged(name);
      return;
    }
    finishRename(tree, state, name, parked);
    if (!isRecorded(state, name) && !isParked(tree, state, { ...parked, id, name })) giveBack(tree, name);
  });
}

/** Gives back what is parked and unknown, as far as that is possible by now. Returns what is not, or could not be looked for. */
export function giveBackUnknown(tree: WritableTree, state: MirrorState): readonly Left[] {
  let names: readonly string[];
  try {
    names = tree.listStaged();
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return [{ path: error.path, error }];
  }
  const unknown = names.filter((name) => name.startsWith('park-') && !isRecorded(state, name));
  return unknown.flatMap((name) => {
    const left = orLeave(tree, name, (parked) => {
      if (parked === undefined) return;
      finishRename(tree, state, name, parked);
      giveBack(tree, name);
    });
    return left ?? [];
  });
}

function orLeave(
  tree: WritableTree,
  name: string,
  work: (parked: ParkedNode | undefined) => void,
): Left | undefined {
  let path = name;
  try {
    const parked = tree.parked(name);
    path = parked?.at ?? name;
    work(parked);
    return undefined;
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return { path, error };
  }
}

function isRecorded({ baseline }: MirrorState, name: string): boolean {
  return baseline.childId(PARKED_PARENT, name) !== undefined;
}

/**
 * A file gets a new name before it loses the old one. Killed in between, it was on the way into the parking place, or out
 * of it, which was not recorded: it is parked, and has no other name.
 */
function finishRename(tree: WritableTree, state: MirrorState, name: string, parked: ParkedNode): void {
  const id = state.baseline.childId(PARKED_PARENT, name);
  const isFree = (path: string): boolean => id === undefined || state.baseline.idAt(path) === undefined;
  const place = id === undefined ? undefined : placeOf(state, id);
  for (const path of new Set([parked.path, place ?? parked.path]))
    if (isSecondName(tree, parked, path) && isFree(path)) tree.remove(path);
}

function placeOf(state: MirrorState, id: number): string | undefined {
  const after = wanted(state, id);
  const folder = after && state.baseline.pathOf(after.parentId);
  return folder === undefined ? undefined : joinPath(folder, after?.name ?? '');
}

function isSecondName(tree: WritableTree, { at }: ParkedNode, path: string): boolean {
  const node = tree.stat(at);
  return node !== undefined && isSameFile(node, tree.stat(path));
}

/** Killed between parking a node and recording it: the node is where the plan wanted it. */
function isParked(tree: WritableTree, state: MirrorState, { id, name, stat, path: from }: Parked): boolean {
  const entry = state.baseline.get(id);
  const path = state.baseline.pathOf(id);
  if (entry === undefined) return false;
  // Another one may have its place by now, which was not recorded either; or its folder is parked, too.
  const isOpen = path !== undefined && tree.stat(path) === undefined;
  if (!isOpen && !isAsLeft(entry, stat)) return false;
  state.transact(() => {
    const parkedFrom = sourcePathOf(state, id) ?? from;
    state.baseline.put({ ...entry, parentId: PARKED_PARENT, name, parkedFrom });
    state.markDirty(id);
  });
  return true;
}
