/** Small files are created one after the other: how long until each is on the mirror. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { percentile } from '../measure/statistics.ts';
import { Arrivals } from '../process/arrival.ts';
import { SeededBytes } from '../tree/seeded-bytes.ts';
import type { OpenStage, Work } from './bench.ts';
import type { Measured } from './finding.ts';
import { liveTools, makeWorkFolder, openLive, workFolder } from './open-live.ts';

const FILE_BYTES = 4096;

export const LIVE: Work = {
  name: 'live',
  about: 'a file of 4 KiB is created, while nothing else is done',
  run: async (bench) => {
    const live = await openLive(bench, liveTools(bench), { fill: makeWorkFolder });
    return bench.inRounds(live, async ({ stage }, round) => {
      const delays: number[] = [];
      for (let count = 0; count < bench.scale.creates; count += 1)
        delays.push(await create(stage, `created-${round}-${count}`));
      return quantiles(delays);
    });
  },
};

/** Creates a small file; milliseconds until it is on the mirror. */
export async function create({ source, target }: OpenStage, name: string): Promise<number> {
  const arrivals = new Arrivals(join(target, workFolder));
  try {
    const content = new SeededBytes(name).next(FILE_BYTES);
    const start = performance.now();
    writeFileSync(join(source, workFolder, name), content);
    return (await arrivals.file(name, FILE_BYTES)) - start;
  } finally {
    arrivals.close();
  }
}

/** The two figures of many delays. */
export function quantiles(delays: readonly number[]): Measured {
  return { 'create p50': percentile(delays, 50), 'create p99': percentile(delays, 99) };
}
