/** A file that grows all the time, like a log: how far behind the mirror is, and what that costs. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { Arrivals } from '../process/arrival.ts';
import { growFile } from '../tree/grow.ts';
import { SeededBytes } from '../tree/seeded-bytes.ts';
import type { Work } from './bench.ts';
import { liveTools, makeWorkFolder, openLive, workFolder } from './open-live.ts';

const FIRST_BYTES = 32 << 20;
const STEP_BYTES = 64 << 10;
const STEP_MS = 50;

export const APPEND: Work = {
  name: 'append',
  about: 'a file of 32 MiB to which 64 KiB are appended 20 times a second',
  run: async (bench) => {
    const live = await openLive(bench, liveTools(bench), { fill: makeWorkFolder, isCounted: true });
    return bench.inRounds(live, async ({ stage }, round) => {
      const name = `log-${round}`;
      const path = join(stage.source, workFolder, name);
      const arrivals = new Arrivals(join(stage.target, workFolder));
      try {
        growFile(path, FIRST_BYTES, name);
        await arrivals.file(name, FIRST_BYTES);
        const before = stage.line.bytes();
        // Not the bytes that it begins with: some tools would find them there.
        const bytes = new SeededBytes(`${name}, appended`);
        const end = performance.now() + bench.scale.appendMs;
        let appended = 0;
        while (performance.now() < end) {
          appendFileSync(path, bytes.next(STEP_BYTES));
          appended += STEP_BYTES;
          await pass(STEP_MS);
        }
        const last = performance.now();
        const lag = (await arrivals.file(name, FIRST_BYTES + appended)) - last;
        const after = stage.line.bytes();
        const behind = { 'from the last write until equal': lag };
        return before === undefined || after === undefined
          ? behind
          : { ...behind, 'wire per content': (after - before) / appended };
      } finally {
        arrivals.close();
      }
    });
  },
};
