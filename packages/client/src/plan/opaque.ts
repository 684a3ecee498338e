/**
 * What the source does not name below an opaque folder may exist all the same: the server could not look.
 * Nothing below such a folder is removed for its absence alone. Pure.
 */
import { MAX_PATH_DEPTH, type SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from '../state/baseline-entry.ts';

/** The two trees of a mirror, as far as they are needed here. */
export interface OpaqueState {
  readonly view: { get(id: number): Pick<SourceEntry, 'isOpaque'> | undefined };
  readonly baseline: { get(id: number): Pick<BaselineEntry, 'parentId' | 'isGone'> | undefined };
}

/**
 * Whether this entry of the target may exist at the source although the source does not name it: it stands
 * below a folder that is opaque there, and neither it nor a folder in between was said to be gone.
 */
export function mayExist({ view, baseline }: OpaqueState, id: number): boolean {
  let at = baseline.get(id);
  for (let depth = 0; at !== undefined && at.isGone !== true && depth <= MAX_PATH_DEPTH; depth += 1) {
    if (view.get(at.parentId)?.isOpaque === true) return true;
    at = baseline.get(at.parentId);
  }
  return false;
}
