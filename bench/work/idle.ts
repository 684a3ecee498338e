/** Nothing is done: what that costs. */
import { cpSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import type { Work } from './bench.ts';
import { smallTree } from './measure-pass.ts';
import { liveTools, openLive } from './open-live.ts';

/** What follows a first copy (flushing, looking back) is not idleness. */
const CALM_MS = 3000;

export const IDLE: Work = {
  name: 'idle',
  about: 'processor time while nothing is done, over many small files',
  run: async (bench) => {
    const small = smallTree(bench);
    const fill = (source: string): void =>
      cpSync(small, source, { recursive: true, preserveTimestamps: true });
    const live = await openLive(bench, liveTools(bench), { fill });
    await pass(CALM_MS);
    return bench.inRounds(
      live,
      async ({ stage }) => {
        const sides = ['server', 'client'] as const;
        const before = sides.map((side) => stage.crew.cpuMs(side));
        const start = performance.now();
        await pass(bench.scale.idleMs);
        const wall = performance.now() - start;
        const share = sides.map((side, at) => ((stage.crew.cpuMs(side) - (before[at] ?? 0)) / wall) * 100);
        return {
          'processor of the server': share[0] ?? Number.NaN,
          'processor of the client': share[1] ?? Number.NaN,
        };
      },
      1,
    );
  },
};
