/**
 * On a target that takes several names for one, whoever stands aside gets the name when the sibling that has it
 * goes. While the removal of that one waits, for a person or for the source to tell, nothing takes its place: a
 * mere name is no reason to clear it.
 */
import { isFolding, type Plan } from '@lanmirror/engine/core';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNameOf, wanted } from '../state/placement.ts';

export interface PatientPlan {
  readonly plan: Plan;
  /** What stands aside for longer; it belongs into every plan until it need not. */
  readonly aside: ReadonlySet<number>;
}

/** The plan without the moves that would only take the name of something whose removal is `waiting`. */
export function standAside(state: MirrorState, plan: Plan, waiting: ReadonlySet<number>): PatientPlan {
  if (waiting.size === 0 || !isFolding(state.meta.traits.names)) return { plan, aside: new Set() };
  const moving = [...plan.moves.map(({ id }) => id), ...plan.parks];
  const aside = new Set(moving.filter((id) => isForTheName(state, id, waiting)));
  if (aside.size === 0) return { plan, aside };
  const isDone = (id: number): boolean => !aside.has(id);
  return {
    aside,
    plan: {
      ...plan,
      moves: plan.moves.filter(({ id }) => isDone(id)),
      parks: plan.parks.filter(isDone),
      places: plan.places.filter(isDone),
    },
  };
}

/** At the source it is where it was, and here its place is taken by something that waits. */
function isForTheName(state: MirrorState, id: number, waiting: ReadonlySet<number>): boolean {
  const before = state.baseline.get(id);
  const source = state.view.get(id);
  const after = wanted(state, id);
  if (before === undefined || source === undefined || after === undefined) return false;
  if (before.parentId !== source.parentId || sourceNameOf(before) !== source.name) return false;
  const occupant = state.baseline.occupantId(after.parentId, after.name);
  return occupant !== undefined && occupant !== id && waiting.has(occupant);
}
