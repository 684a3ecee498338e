/**
 * Where nothing new is made, what stands at a place of which the source has something of another kind stays there, with
 * all that is in it: it is passed over as a whole, and is nothing that was deleted at the source.
 */
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';

/** Whether an entry of the target, or a folder that it stands in, is such a thing. */
export function standsForOther(state: MirrorState, id: number): boolean {
  if (state.meta.compare.includes('missing')) return false;
  for (let at = state.baseline.get(id); at !== undefined; at = state.baseline.get(at.parentId))
    if (isOfAnotherKind(state, at)) return true;
  return false;
}

function isOfAnotherKind(state: MirrorState, { id, parentId, name, kind }: BaselineEntry): boolean {
  const mirrored = mirroredView(state);
  const wantedId = mirrored.get(id) === undefined ? mirrored.childId(parentId, name) : id;
  const wanted = wantedId === undefined ? undefined : mirrored.get(wantedId);
  return wanted !== undefined && wanted.kind !== kind;
}
