/** Asks the target's disk what it keeps, and plans by the answer from then on. */
import { assumedTraits } from '@lanmirror/engine/core';
import { probeTraits, TreeError } from '@lanmirror/engine/tree';
import { useTraits } from '../state/placement.ts';
import type { MirrorOptions } from './mirror-options.ts';

type Learning = Pick<MirrorOptions, 'tree' | 'state' | 'report' | 'isDryRun'>;

/**
 * Takes up what the target is. Before it is joined nothing is written there, and when its disk is full or
 * read-only nothing can be found out: then what was found last counts, or what is usual on this system.
 */
export function learnTraits(options: Learning): void {
  const { tree, state, report, isDryRun } = options;
  const known = state.meta.areTraitsProbed ? state.meta.traits : assumedTraits(process.platform);
  if (isDryRun || state.meta.targetId === '') return useTraits(state, known);
  const fault = probe({ tree, state });
  if (fault === undefined) return report.traits(state.meta.traits);
  useTraits(state, known);
  const assumed = state.meta.areTraitsProbed ? 'what was found last' : 'what is usual on this system';
  report.warn(`What names this target can hold could not be found out (${fault}): ${assumed} is assumed`);
}

/** A disk that could not be asked at the start is asked before each plan. */
export function learnTraitsLate({ tree, state, report, isDryRun }: Learning): void {
  if (state.meta.areTraitsProbed || isDryRun || state.meta.targetId === '') return;
  if (probe({ tree, state }) === undefined) report.traits(state.meta.traits);
}

/** Returns why nothing could be found out; undefined when it could. */
function probe({ tree, state }: Pick<Learning, 'tree' | 'state'>): string | undefined {
  try {
    useTraits(state, probeTraits(tree));
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return error.message;
  }
  if (!state.meta.areTraitsProbed) state.setMeta({ areTraitsProbed: true });
  return undefined;
}
