/**
 * Targets of other mirrors that lie in this one: what is in them is theirs, and neither an addition nor in the way. Such a
 * folder has a marker that is not of the source: a source may have folders of that name, and those are mirrored.
 */
import { type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath, nameOf, RESERVED_NAME } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';

interface Mirrored {
  readonly tree: WritableTree;
  readonly state: MirrorState;
}

const WITHIN = 'TARGET_WITHIN';

/**
 * Why a node that the baseline does not have is not this mirror's: it is the target of another one, or that one's own
 * folder in a folder of this one. Undefined for every other node.
 * @param parentId of the folder that it is in
 */
export function targetOfAnother(
  { tree, state }: Mirrored,
  parentId: number,
  path: string,
  { kind }: Stat,
): TreeError | undefined {
  if (kind !== 'directory' || !isMarked(tree, path)) return undefined;
  const name = nameOf(path);
  const twinId = state.view.childId(parentId, name);
  if (isReservedAtTop(name)) return twinId === undefined ? within(path, path) : undefined;
  const isOfSource = twinId !== undefined && state.view.childId(twinId, RESERVED_NAME) !== undefined;
  return isOfSource ? undefined : within(path, path);
}

/**
 * Throws TreeError TARGET_WITHIN for what holds, or is, the target of another mirror. What was noted by the last looks says
 * where; that it stands there still is seen now.
 */
export function refuseTargetWithin({ tree, state }: Mirrored, path: string): void {
  const place = targetIn({ tree, state }, path);
  if (place !== undefined) throw within(path, place);
}

/** The first noted place of that kind at or below a path. */
export function targetIn({ tree, state }: Mirrored, path: string): string | undefined {
  return state.problems
    .all()
    .filter(({ kind, code }) => kind === 'unchecked' && code === WITHIN)
    .map((problem) => problem.path)
    .find((place) => (place === path || place.startsWith(`${path}/`)) && isMarked(tree, place));
}

/** Whether a place that was met so is one still. */
export function isStillTarget(tree: WritableTree, { code, path }: { code: string; path: string }): boolean {
  return code === WITHIN && isMarked(tree, path);
}

/** `path`: a folder with our own folder in it, or that folder itself. */
function isMarked(tree: WritableTree, path: string): boolean {
  const isOwn = isReservedAtTop(nameOf(path));
  try {
    return tree.stat(joinPath(isOwn ? path : joinPath(path, RESERVED_NAME), 'marker'))?.kind === 'file';
  } catch (error) {
    // It is gone, or cannot be looked at: whoever goes on meets that.
    if (error instanceof TreeError) return false;
    throw error;
  }
}

function within(path: string, place: string): TreeError {
  const text = `${place} is the target of another mirror, and what is in it is neither moved nor deleted`;
  return new TreeError('TARGET_WITHIN', path, text);
}
