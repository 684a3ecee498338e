/** Asks the target's disk what it keeps, and plans by the answer from then on. */
import { assumedTraits } from '@lanmirror/engine/core';
import { probeTraits, TreeError } from '@lanmirror/engine/tree';
import { useTraits } from '../state/placement.ts';
import type { MirrorOptions } from './mirror-options.ts';

/**
 * Takes up what the target is. Before it is joined nothing is written there, and when its disk is full or
 * read-only nothing can be found out: then what was found last counts, or what is usual on this system.
 */
export function learnTraits(options: Pick<MirrorOptions, 'tree' | 'state' | 'report' | 'isDryRun'>): void {
  const { tree, state, report, isDryRun } = options;
  const known = state.meta.areTraitsProbed ? state.meta.traits : assumedTraits(process.platform);
  if (isDryRun || state.meta.targetId === '') return useTraits(state, known);
  try {
    useTraits(state, probeTraits(tree));
    if (!state.meta.areTraitsProbed) state.setMeta({ areTraitsProbed: true });
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    useTraits(state, known);
    report.warn(
      `What names this target can hold could not be found out (${error.message}); ${state.meta.areTraitsProbed ? 'what was found last' : 'what is usual on this system'} is assumed until the next start`,
    );
  }
  report.traits(state.meta.traits);
}
