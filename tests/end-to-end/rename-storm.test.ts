/** Renames as fast as they can be made: everything arrives, nothing is left for later, and all that is told is true. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { expect, test } from 'vitest';
import { seededRandom } from '../simulation/scheduler.ts';
import { done, withPlace } from './disturbed-run.ts';
import { untilEqual } from './programs.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = 60;
const ROUND_RENAMES = 25;
const FILES = 60;
/** Far below the minute after which what was forgotten is tried again. */
const DEADLINE_MS = 40_000;

/** One edit: a rename over another file, a swap, a folder that moves, a file that is made anew. */
function disturb(dir: string, random: () => number, at: number): void {
  const paths = (readdirSync(dir, { recursive: true }) as string[]).sort();
  const files = paths.filter((path) => path.includes('f'));
  const pick = (from: readonly string[]): string =>
    join(dir, from[Math.floor(random() * from.length)] ?? 'f');
  const [one, other] = [pick(files), pick(files)];
  const dice = random();
  if (dice < 0.3) renameSync(one, other);
  else if (dice < 0.6 && one !== other) {
    renameSync(one, `${dir}/f-aside`);
    renameSync(other, one);
    renameSync(`${dir}/f-aside`, other);
  } else if (dice < 0.7) renameSync(one, join(dir, `f${at}`));
  else if (dice < 0.8) {
    rmSync(one);
    writeFileSync(one, `made anew ${at}`);
  } else if (dice < 0.9) {
    renameSync(join(dir, 'd0'), join(dir, 'aside'));
    renameSync(join(dir, 'd1'), join(dir, 'd0'));
    renameSync(join(dir, 'aside'), join(dir, 'd1'));
  } else writeFileSync(`${dir}/f-new-${at}`, `new ${at}`);
}

test(
  `after a storm of renames nothing waits, and nothing that nobody edited is said to be (SEED=${SEED})`,
  () =>
    withPlace(async (place) => {
      const { source, target } = place;
      const random = seededRandom(SEED);
      for (const folder of ['d0', 'd1']) mkdirSync(join(source, folder));
      for (let at = 0; at < FILES; at += 1)
        writeFileSync(join(source, at % 3 === 0 ? '.' : `d${at % 2}`, `f${at}`), `content ${at}`);
      const { port } = await place.server();
      const client = place.client(port, 'start');
      await client.until(/^in sync$/m);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (let at = 0; at < ROUND_RENAMES; at += 1) disturb(source, random, round * ROUND_RENAMES + at);
        // Long enough for some of it to be on its way when the next comes.
        await setTimeout(random() * 40);
      }
      await untilEqual(source, target, DEADLINE_MS);
      const waited = await done(place.client(port, 'wait', '--timeout', '40'));
      expect([waited.code, waited.output]).toEqual([0, expect.stringMatching(/^in sync/)]);
      const status = await done(place.client(port, 'status', '--json'));
      expect(JSON.parse(status.output)).toMatchObject({ condition: 'in-sync', pending: 0, problemCount: 0 });
      const { output } = await done(place.client(port, 'trash', 'list', '--json'));
      const trashed = output.split('\n').filter((line) => line.startsWith('{'));
      const reasons = new Set(trashed.map((line) => (JSON.parse(line) as { reason: string }).reason));
      expect([...reasons].filter((reason) => reason === 'edited' || reason === 'extra')).toEqual([]);
      // A file that was made anew again and again is said to be changing.
      const untrue = /^(?!.*\(CHANGING\)).*(?:on the mirror|…|park-|displaced|Failed:).*/gm;
      expect(client.output().match(untrue) ?? []).toEqual([]);
    }),
  3 * DEADLINE_MS,
);
