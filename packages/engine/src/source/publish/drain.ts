/** When the index of a published root has everything that happened before a moment. */
import type { Clock } from '../../core/index.ts';
import type { TreeWatcher } from '../../tree/index.ts';
import type { LookLoop } from './look-loop.ts';
import type { OuterNames } from './outer-names.ts';
import type { ScanQueue } from './scan-queue.ts';

/** Events that the kernel holds are delivered in the next turns of the event loop. */
const KERNEL_TURNS = 3;
const ROUND_MS = 10;
/** What keeps changing is not waited for longer than this. */
const MAX_ROUNDS = 4000;

export interface DrainHost {
  /** Not one that is stopped with the root: who waits is told of its end, too. */
  readonly clock: Pick<Clock, 'turn' | 'after'>;
  readonly looks: Pick<LookLoop, 'hurry' | 'hurryAbsent'>;
  readonly scans: Pick<ScanQueue, 'done'>;
  readonly outerNames: Pick<OuterNames, 'lookedAt'>;
  /** Who watches the root; undefined while nobody does. */
  watcher(): Pick<TreeWatcher, 'caughtUp'> | undefined;
  /** Something that was noticed is not in the index yet, and will be. */
  isBusy(): boolean;
}

/**
 * Resolves when everything that had happened before the call was looked at, or has kept changing for some 40 seconds. What
 * waits for quiet, or for a new name of something that is gone, is not waited for: it is looked at now. Nor is a root that has
 * stopped: it is busy no more.
 */
export async function drained(host: DrainHost): Promise<void> {
  const { clock, looks, scans, outerNames, watcher, isBusy } = host;
  for (let turn = 0; turn < KERNEL_TURNS; turn += 1) await clock.turn();
  await outerNames.lookedAt();
  let round = 0;
  do {
    await watcher()?.caughtUp();
    looks.hurry();
    for (; round < MAX_ROUNDS && isBusy(); round += 1) {
      await scans.done();
      looks.hurryAbsent();
      if (isBusy()) await new Promise<void>((resolve) => clock.after(ROUND_MS, resolve));
    }
    // What was looked at may have shown the watcher that it missed something.
    await watcher()?.caughtUp();
  } while (round < MAX_ROUNDS && isBusy());
}
