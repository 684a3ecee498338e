/** Takes up other rules of this mirror itself: what they leave out is forgotten, what they let in comes back. */
import type { MirrorState } from '../state/mirror-state.ts';
import type { OwnRuleSet } from '../state/own-rules.ts';
import { forgetExcluded } from './left-alone.ts';
import { siftAll } from './sift.ts';

/** Paths at the source; a folder ends with a slash. */
export interface RuleEffect {
  /** What stands here and is left alone from now on; of a folder only its top. */
  readonly left: readonly string[];
  /** What the source has and is mirrored again, each path of it. */
  readonly back: readonly string[];
}

/**
 * Returns what that changes; undefined when the rules say what they said before, in other lines perhaps.
 * @param nowMs by the wall clock
 */
export function useOwnRules(state: MirrorState, set: OwnRuleSet, nowMs: number): RuleEffect | undefined {
  if (!state.ownRules.isOther(set)) {
    state.transact(() => state.ownRules.takeOrigins(set));
    return undefined;
  }
  return state.transact(() => {
    state.ownRules.replace(set);
    state.ownRules.aging.moveTo(nowMs);
    state.rolls.clear();
    const left = forgetExcluded(state);
    const sized: string[] = [];
    const back = siftAll(state, { ids: [], left: sized, revealed: [] });
    tellAges(state);
    return { left: [...left, ...sized], back };
  });
}

function tellAges({ ownRules, view, unwanted }: MirrorState): void {
  if (ownRules.aging.isEmpty) return;
  for (const tree of [view, unwanted])
    for (const entry of tree.all()) ownRules.aging.changed(undefined, entry);
}
