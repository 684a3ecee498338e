/** Marks what belongs to a folder of the source for the next plan. */
import type { MirrorState } from '../state/mirror-state.ts';

/** An entry of the view and all below it. */
export function markTreeDirty(state: MirrorState, id: number): void {
  state.transact(() => {
    state.markDirty(id);
    markChildrenDirty(state, id);
  });
}

/** All below an entry of the view. */
export function markChildrenDirty(state: MirrorState, id: number): void {
  state.transact(() => {
    for (const child of [...state.view.children(id)]) markTreeDirty(state, child.id);
  });
}
