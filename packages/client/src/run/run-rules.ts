/** What the settings about times mean for the runs of one mirror. Pure. */
import { type NextAfter, type RunRules, spread } from '@lanmirror/engine/core';
import type { ScheduleRules } from '@lanmirror/engine/host';

/** Runs that make the mirror equal to the source. `seed` names the mirror: each begins at its own time. `isHalted`: source or target are not there. */
export function syncRules(rules: ScheduleRules, seed: string, isHalted: boolean): RunRules {
  const { windows, isMissedRun } = rules;
  return { ...timesOf(rules, 'sync', seed), windows, isMissedRun, isHalted };
}

/** Runs that compare every content here. They transfer nothing, so no window is about them. */
export function verifyRules(rules: ScheduleRules, seed: string): RunRules {
  return { ...timesOf(rules, 'verify', seed), windows: [], isMissedRun: rules.isMissedRun, isHalted: false };
}

function timesOf(
  { jitterMs, ...rules }: ScheduleRules,
  kind: 'sync' | 'verify',
  seed: string,
): { id: string; dueAfter: NextAfter | undefined } {
  const times = rules[kind];
  if (times === undefined) return { id: '', dueAfter: undefined };
  return { id: `${times.id} +${jitterMs}`, dueAfter: spread(times.after, jitterMs, `${kind} ${seed}`) };
}
