/** Small files are created while a large one travels. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { untilThere } from '../process/arrival.ts';
import { untilTrue } from '../process/deadline.ts';
import { growFile } from '../tree/grow.ts';
import type { OpenStage, Work } from './bench.ts';
import type { Measured } from './finding.ts';
import { create, quantiles } from './live.ts';
import { liveTools, makeWorkFolder, openLive } from './open-live.ts';

/** A large file is left in peace for half a second before it travels; then it does. */
const UNTIL_ON_ITS_WAY_MS = 700;
const BETWEEN_MS = 20;
const LARGE = 'in-flight.bin';

export const IN_FLIGHT: Work = {
  name: 'in-flight',
  about: 'a file of 4 KiB is created, while a large one travels',
  run: async (bench) => {
    const { flightBytes } = bench.scale;
    const live = await openLive(bench, liveTools(bench), { fill: makeWorkFolder });
    return bench.inRounds(live, async ({ stage }, round) => {
      const outside = join(stage.dir, LARGE);
      growFile(outside, flightBytes, `flight ${round}`);
      const arrived = untilThere(stage.target, new Map([[LARGE, flightBytes]]), 600_000);
      renameSync(outside, join(stage.source, LARGE));
      try {
        return await createUntil(stage, round, arrived);
      } finally {
        rmSync(join(stage.source, LARGE));
        await untilTrue(() => !existsSync(join(stage.target, LARGE)), `${LARGE} is gone`);
      }
    });
  },
};

/** Creates files until the large one has arrived. */
async function createUntil(stage: OpenStage, round: number, arrived: Promise<void>): Promise<Measured> {
  let isArrived = false;
  const over = arrived.then(() => {
    isArrived = true;
  });
  await Promise.race([over, pass(UNTIL_ON_ITS_WAY_MS)]);
  const delays: number[] = [];
  while (!isArrived) {
    const delay = await create(stage, `beside-${round}-${delays.length}`);
    delays.push(delay);
    await pass(BETWEEN_MS);
  }
  await over;
  if (delays.length === 0) throw new Error('the large file arrived before anything could be created');
  return quantiles(delays);
}
