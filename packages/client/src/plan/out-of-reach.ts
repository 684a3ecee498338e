/**
 * Where nothing new is made, a renamed entry whose new folder has no place here stays where it stands, until that can be
 * made: what is in the way may go, and so may the rule. Nothing tells of the entry itself then. Reads the state only.
 */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import { aimOf } from '../state/aim.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { wanted } from '../state/placement.ts';

/** Those of these ids that stay where they stand. They belong into every plan. */
export function outOfReach(state: MirrorState, ids: Iterable<number>): ReadonlySet<number> {
  const found = new Set<number>();
  if (state.meta.compare.includes('missing')) return found;
  for (const id of ids) {
    const aim = aimOf(state, id);
    const there = aim && wanted(state, id);
    if (there !== undefined && (aim?.parentId !== there.parentId || aim.name !== there.name)) found.add(id);
  }
  return found;
}

/** Ids of what stands somewhere else than the source has it, so that it may have been out of reach. */
export function* standingElsewhere(state: MirrorState): Generator<number> {
  for (const { id, parentId, name } of state.baseline.all()) {
    const there = parentId === PARKED_PARENT ? undefined : wanted(state, id);
    if (there !== undefined && (there.parentId !== parentId || there.name !== name)) yield id;
  }
}
