/** What of a plan can be done beside all that stays or waits for some reason. Reads the state only. */
import type { Plan } from '@lanmirror/engine/core';
import type { MirrorState } from '../state/mirror-state.ts';
import { besideHeld, besideStaying, type PlanBesideHeld } from './held-place.ts';
import { standAside } from './standing-aside.ts';

/** Ids of what keeps its place. */
export interface Others {
  /** Because the source cannot tell, or there may be no other copy. */
  readonly kept: ReadonlySet<number>;
  /** By a rule, where the source has something of another kind. */
  readonly standing: ReadonlySet<number>;
  /** Removals that wait, of an earlier plan. */
  readonly waiting: ReadonlySet<number>;
  /** Because its new folder has no place here. */
  readonly outOfReach: ReadonlySet<number>;
}

export interface PlanBesideOthers {
  readonly plan: Plan;
  readonly removals: readonly number[];
  /** What would only take the name of something whose removal waits. */
  readonly aside: ReadonlySet<number>;
  /** What needs the place of something kept, standing or waiting. */
  readonly besideKept: ReadonlySet<number>;
  readonly besideStanding: ReadonlySet<number>;
  readonly behind: ReadonlySet<number>;
  /** What is out of reach, and what needs the place of that. */
  readonly outOfReach: ReadonlySet<number>;
}

/** @param removals those of the plan that a guard lets go: the others wait, too */
export function besideOthers(
  state: MirrorState,
  plan: Plan,
  removals: readonly number[],
  { kept, standing, waiting, outOfReach }: Others,
): PlanBesideOthers {
  const allowed = new Set(removals);
  const held = plan.removals.filter((id) => !allowed.has(id));
  const patient = standAside(state, plan, new Set([...held, ...kept, ...standing]));
  const beside = besideHeld(state, patient.plan, removals, kept);
  const apart = besideHeld(state, beside.plan, beside.removals, standing);
  const due = besideHeld(state, apart.plan, apart.removals, new Set([...held, ...waiting]));
  const near = besideStaying(state, due.plan, due.removals, outOfReach);
  return {
    ...{ plan: near.plan, removals: near.removals, aside: patient.aside },
    ...{ besideKept: beside.behind, besideStanding: apart.behind, behind: due.behind },
    outOfReach: new Set([...outOfReach, ...near.behind]),
  };
}

/** The same before a guard was asked: beside what stays in any case. */
export function besideStayers(
  state: MirrorState,
  plan: Plan,
  staying: ReadonlySet<number>,
  outOfReach: ReadonlySet<number>,
): PlanBesideHeld {
  const apart = besideHeld(state, plan, plan.removals, staying);
  const near = besideStaying(state, apart.plan, apart.removals, outOfReach);
  return { ...near, behind: new Set([...apart.behind, ...near.behind]) };
}
