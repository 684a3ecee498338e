/** Verifies a target on its state, while no client runs on it. */
import { staysHere } from '@lanmirror/engine/core';
import { readPattern } from '@lanmirror/engine/host';
import { openLocalTarget } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { deleteRuleOf } from '../control/attend.ts';
import { isKnownPath } from '../plan/part.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { compareTarget } from './compare-target.ts';
import { distrust } from './distrust.ts';
import { type Finding, WRONG } from './finding.ts';
import type { Verifying } from './verify-command.ts';

/** Tells each finding. With `isRepair` the next plan puts right what is wrong. Rejects for a pattern that is none. */
export async function verifyOffline(
  { targetDir, isRepair, pattern, configuration }: Verifying,
  state: MirrorState,
  tell: (finding: Finding) => void,
): Promise<void> {
  const tree = openLocalTarget(targetDir);
  try {
    const wanted = (await readPattern(pattern))((path) => isKnownPath(state, path));
    const rule = deleteRuleOf(configuration);
    const wrong: number[] = [];
    for await (const finding of compareTarget({
      ...{ tree, state, clock: systemClock, wanted },
      isInFlight: () => false,
      stays: (path, kind) => staysHere(rule, { path, kind }, 0),
      isStopped: () => false,
    })) {
      tell(finding);
      if (WRONG.has(finding.verdict) && finding.id !== undefined) wrong.push(finding.id);
    }
    if (!isRepair) return;
    distrust(state, wrong);
    await state.flushed();
  } finally {
    tree.release();
  }
}
