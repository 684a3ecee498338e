/**
 * What was found to be wrong on the target counts as damaged: the normal plan puts it right, whatever differences count.
 */
import { UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';

/** The content of these entries is not what was left there. Those that have gone meanwhile are left out. */
export function distrust(state: MirrorState, ids: readonly number[]): void {
  state.transact(() => {
    for (const id of ids) {
      const entry = state.baseline.get(id);
      if (entry === undefined) continue;
      if (entry.kind === 'file')
        state.baseline.put({ ...entry, version: UNKNOWN_VERSION, hash: null, isDamaged: true });
      state.markDirty(id);
    }
  });
}
