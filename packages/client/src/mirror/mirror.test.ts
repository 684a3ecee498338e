import { createMemoryStore } from '@lanmirror/engine/store';
import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { Mirror } from './mirror.ts';
import type { MirrorReport } from './mirror-options.ts';

const SILENT = new Proxy({} as MirrorReport, { get: () => () => undefined });

/** One run that sees no server. Returns whether the state counts as cleanly left afterwards. */
async function run(state: MirrorState, isDryRun: boolean): Promise<boolean> {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const mirror = new Mirror(
    {
      ...{ tree: createMemoryTree(), state, clock: new ProcessClock(scheduler), random: Math.random },
      ...{
        report: SILENT,
        policy: { holdPercent: 50, holdMin: 100 },
        maxWorkers: 5,
        historyDays: 30,
        isDryRun,
      },
      checkIntervalMs: 0,
      ...{ mode: 'incremental', isCheckedFirst: true, isAdoption: false },
      isTargetThere: async () => true,
    },
    (error) => {
      throw error;
    },
  );
  await mirror.start();
  await mirror.stop();
  return state.meta.isClean;
}

test('a dry run leaves the check after an unclean stop to a run that can mend what it finds', async () => {
  const state = new MirrorState(createMemoryStore());
  state.setMeta({ isClean: false });
  expect(await run(state, true)).toBe(false);
  expect(await run(state, false)).toBe(true);
});
