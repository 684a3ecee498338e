/** Takes up a rule for comparing: what another one passed over is planned again. */
import { type CompareRule, compareText } from '@lanmirror/engine/core';
import type { Meta, MirrorState } from '../state/mirror-state.ts';
import { standingElsewhere } from './out-of-reach.ts';

/**
 * Also where only what the rule goes by is another: which times are the same, and which links are left out. Undefined for
 * the rule of before. Returns all ids that are to be planned then; none when nothing is another.
 */
export function useCompareRule(state: MirrorState, rule: CompareRule | undefined): readonly number[] {
  const compare = rule ?? state.meta.compare;
  const compareBasis = basisOf(state.meta, compare);
  if (compareBasis === state.meta.compareBasis) return [];
  return state.transact(() => {
    state.setMeta({ compare, compareBasis });
    for (const id of state.judgeAnew()) state.markDirty(id);
    for (const id of [...standingElsewhere(state)]) state.markDirty(id);
    // What stands where something of another kind is missing waits for the rule, too.
    return state.dirtyIds();
  });
}

function basisOf({ modifyWindowUs, links, traits }: Meta, compare: CompareRule): string {
  return JSON.stringify([compareText(compare), modifyWindowUs, links, traits.hasLinks, traits.mtimeStepUs]);
}
