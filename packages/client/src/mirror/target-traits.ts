/** Asks the target's disk what it keeps, and plans by the answer from then on. */
import { assumedTraits, carefulTraits } from '@lanmirror/engine/core';
import { probeTraits, TreeError } from '@lanmirror/engine/tree';
import { useTraits } from '../state/placement.ts';
import type { MirrorOptions } from './mirror-options.ts';

type Learning = Pick<MirrorOptions, 'tree' | 'state' | 'report' | 'isDryRun'>;

/**
 * Takes up what the target is. Before it is joined nothing is written there, and when its disk is full or
 * read-only nothing can be found out: then what was found last counts, or else the careful assumption.
 */
export function learnTraits(options: Learning): void {
  const { tree, state, report, isDryRun } = options;
  const { areTraitsProbed, traits, targetId } = state.meta;
  if (isDryRun || targetId === '')
    return useTraits(state, areTraitsProbed ? traits : assumedTraits(process.platform));
  const fault = probe({ tree, state });
  if (fault === undefined) return report.traits(state.meta.traits);
  useTraits(state, areTraitsProbed ? traits : carefulTraits(process.platform));
  const assumed = areTraitsProbed
    ? 'it is taken for what it was'
    : 'names that differ in case alone are kept apart until it can be asked';
  report.warn(`What names this target can hold could not be found out (${fault}); ${assumed}`);
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
