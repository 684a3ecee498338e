/** A large file, and a folder of many files, get another name. */
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { untilRenamed } from '../process/arrival.ts';
import { untilTrue } from '../process/deadline.ts';
import { firstDifference, listTree } from '../tree/compare.ts';
import type { OpenStage, Work } from './bench.ts';
import type { Measured } from './finding.ts';
import { LARGE_NAME, largeTree, smallTree } from './measure-pass.ts';
import { liveTools, openLive } from './open-live.ts';

export const RENAME: Work = {
  name: 'rename',
  about: 'a large file and a folder of many files get another name',
  run: async (bench) => {
    const [large, small] = [largeTree(bench), smallTree(bench)];
    const fill = (source: string): void => {
      cpSync(join(large, LARGE_NAME), join(source, 'large-0'), { preserveTimestamps: true });
      mkdirSync(join(source, 'many-0'));
      cpSync(small, join(source, 'many-0'), { recursive: true, preserveTimestamps: true });
    };
    const live = await openLive(bench, liveTools(bench), { fill, isCounted: true });
    return bench.inRounds(live, async ({ stage }, round) => {
      const before = stage.line.bytes();
      const file = await rename(stage, `large-${round}`, `large-${round + 1}`);
      const folder = await rename(stage, `many-${round}`, `many-${round + 1}`);
      const after = stage.line.bytes();
      const measured: Measured = { 'a large file': file, 'a folder of many files': folder };
      return before === undefined || after === undefined
        ? measured
        : { ...measured, 'bytes on the wire': after - before };
    });
  },
};

async function rename({ source, target }: OpenStage, from: string, to: string): Promise<number> {
  const start = performance.now();
  renameSync(join(source, from), join(source, to));
  await untilRenamed(target, from, to);
  // A tool that deletes and sends again has the name long before it has the rest.
  let time = performance.now() - start;
  const isEqual = (): boolean => {
    time = performance.now() - start;
    return firstDifference(listTree(source), listTree(target)) === '';
  };
  await untilTrue(isEqual, 'the target is equal', 600_000);
  return time;
}
