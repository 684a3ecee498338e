/**
 * Folders that could not leave their place: their new one fails, or they can neither be moved nor removed. Nothing takes
 * the place of one of them: what belongs there waits, with all that belongs into it, and so does what needs that.
 *
 * Owns which folders these are, for as long as this process lives: the first plan of the next one tries them all.
 */
import { PARKED_PARENT, type Plan } from '@lanmirror/engine/core';
import { besideStaying, type PlanBesideHeld } from '../plan/held-place.ts';
import { wanted } from '../state/placement.ts';
import type { TargetFolder } from './target-folder.ts';

export class StuckFolders {
  readonly #target: TargetFolder;
  readonly #ids = new Set<number>();

  constructor(target: TargetFolder) {
    this.#target = target;
  }

  /** A step of a plan failed for this entry. */
  failed(id: number): void {
    if (this.#target.state.baseline.get(id)?.kind === 'directory') this.#ids.add(id);
  }

  /**
   * What of a plan can be done beside them.
   * @param removals the removals of the plan that are still to be done
   * @param parks what is still to be parked
   */
  beside(plan: Plan, removals: readonly number[], parks: readonly number[]): PlanBesideHeld {
    const leaving = new Set([...parks, ...removals]);
    for (const id of this.#ids) if (!this.#isInTheWay(id)) this.#ids.delete(id);
    const stuck = new Set([...this.#ids].filter((id) => !leaving.has(id)));
    for (const id of parks) {
      const occupantId = this.#stuckAtPlaceOf(id, leaving);
      if (occupantId !== undefined) stuck.add(occupantId);
    }
    return besideStaying(this.#target.state, plan, removals, stuck);
  }

  /** It stands where the source does not have it. The mirrored folder itself never does. */
  #isInTheWay(id: number): boolean {
    const { state } = this.#target;
    if (id === state.meta.rootId) return false;
    const before = state.baseline.get(id);
    if (before?.kind !== 'directory' || before.parentId === PARKED_PARENT) return false;
    const after = wanted(state, id);
    const isAtPlace = after?.parentId === before.parentId && after.name === before.name;
    return !isAtPlace || after.kind !== 'directory';
  }

  /** A folder that the source has elsewhere and that this plan does not move. A file makes room. */
  #stuckAtPlaceOf(id: number, leaving: ReadonlySet<number>): number | undefined {
    const { state } = this.#target;
    const after = wanted(state, id);
    const occupant = after && this.#target.occupantOf(after);
    const isStuck =
      occupant?.kind === 'directory' && !leaving.has(occupant.id) && wanted(state, occupant.id) !== undefined;
    return isStuck ? occupant.id : undefined;
  }
}
