/** What waits for a person in the state of a client that does not run. */
import { mayExist } from '../plan/opaque.ts';
import type { MirrorState } from '../state/mirror-state.ts';

/** Ids of the tops of what the source does not have any more and a hold keeps; none without a hold. */
export function heldTops(state: MirrorState): number[] {
  const { view, baseline, meta } = state;
  if (!meta.isHeld) return [];
  const gone = (id: number): boolean => baseline.get(id) !== undefined && view.get(id) === undefined;
  return state
    .dirtyIds()
    .filter((id) => gone(id) && !gone(baseline.get(id)?.parentId ?? 0) && !mayExist(state, id));
}
