/**
 * While the removal of a folder waits, for a verdict or for a source that cannot tell, nothing takes its place: all
 * that is in it would go to the trash with it, and nobody would have been asked. What belongs there waits where it
 * stands, and so does whatever needs that to have happened. A mere file or link that waits makes room: its path exists
 * at the source again, and that ends its wait.
 */
import type { Plan } from '@lanmirror/engine/core';
import type { MirrorState } from '../state/mirror-state.ts';
import { wanted } from '../state/placement.ts';

export interface PlanBesideHeld {
  readonly plan: Plan;
  /** The removals that may be done. */
  readonly removals: readonly number[];
  /** What waits with the held ones; it belongs into every plan until it need not. */
  readonly behind: ReadonlySet<number>;
}

/**
 * The plan without what would take a held place.
 * @param allowed the removals of the plan that a guard lets go
 * @param held ids whose removal waits
 */
export function besideHeld(
  state: MirrorState,
  plan: Plan,
  allowed: readonly number[],
  held: ReadonlySet<number>,
): PlanBesideHeld {
  const behind = held.size === 0 ? new Set<number>() : findBehind(state, plan, allowed, { held });
  return without(plan, allowed, behind);
}

/**
 * The plan without what would take the place of something that stays, of whatever kind, although the source has it
 * elsewhere, and without the removals that would take that along.
 * @param staying ids of what stays where it stands; it is no part of what waits
 */
export function besideStaying(
  state: MirrorState,
  plan: Plan,
  allowed: readonly number[],
  staying: ReadonlySet<number>,
): PlanBesideHeld {
  const parts = { held: new Set<number>(), staying };
  const behind = staying.size === 0 ? new Set<number>() : findBehind(state, plan, allowed, parts);
  for (const id of staying) behind.delete(id);
  return without(plan, allowed, behind);
}

function without(plan: Plan, allowed: readonly number[], behind: ReadonlySet<number>): PlanBesideHeld {
  if (behind.size === 0) return { plan, removals: allowed, behind };
  const isFree = (id: number): boolean => !behind.has(id);
  return {
    behind,
    removals: allowed.filter(isFree),
    plan: {
      ...plan,
      moves: plan.moves.filter(({ id }) => isFree(id)),
      parks: plan.parks.filter(isFree),
      places: plan.places.filter(isFree),
      contents: plan.contents.filter(isFree),
      metadata: plan.metadata.filter(isFree),
    },
  };
}

/** Each that waits may keep others waiting: for its place, or because it stands in what is to be removed. */
function findBehind(
  state: MirrorState,
  plan: Plan,
  allowed: readonly number[],
  { held, staying = [] }: { readonly held: ReadonlySet<number>; readonly staying?: Iterable<number> },
): Set<number> {
  const coming = new Set([
    ...plan.moves.map(({ id }) => id),
    ...plan.parks,
    ...plan.places,
    ...plan.contents,
  ]);
  const going = new Set(allowed);
  const behind = new Set(staying);
  for (let before = -1; before < behind.size; ) {
    before = behind.size;
    for (const id of coming) if (!behind.has(id) && isBehind(state, id, held, behind)) behind.add(id);
    for (const id of [...behind])
      for (const folder of foldersAbove(state, id)) if (going.has(folder)) behind.add(folder);
  }
  return behind;
}

function isBehind(
  state: MirrorState,
  id: number,
  held: ReadonlySet<number>,
  behind: ReadonlySet<number>,
): boolean {
  const { baseline } = state;
  const after = wanted(state, id);
  if (after === undefined) return false;
  // A folder that stands already may be filled where it stands, whether it waits or not.
  if (behind.has(after.parentId) && baseline.get(after.parentId)?.kind !== 'directory') return true;
  const occupant = baseline.occupantId(after.parentId, after.name);
  if (occupant === undefined) return false;
  if (occupant !== id && behind.has(occupant)) return true;
  // Also its own old self, when it is another kind of node now.
  return held.has(occupant) && baseline.get(occupant)?.kind === 'directory';
}

/** Ids of the folders of the target that an entry stands in, from the bottom up. */
function* foldersAbove({ baseline }: MirrorState, id: number): Generator<number> {
  for (let at = baseline.get(id); at !== undefined; at = baseline.get(at.parentId))
    if (at.id !== id) yield at.id;
}
