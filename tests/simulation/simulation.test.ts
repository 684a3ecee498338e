import { loadHash } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { history, type Step } from './command.ts';
import { play } from './play.ts';
import { ignoreDeaths } from './unhandled.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
/** A counterexample as it was printed, `[seed, steps]`, to be played alone; with SIM_TRACE=1 its history is printed. */
const ONLY = process.env.SIM_HISTORY;
const RUNS = Number(process.env.SIM_RUNS ?? 1000);

let restore: () => void;

beforeAll(async () => {
  await loadHash();
  restore = ignoreDeaths();
});

afterAll(() => restore());

describe('the whole product in one process', () => {
  test(`keeps its promises through ${RUNS} random histories (SEED=${SEED})`, {
    timeout: 600_000,
  }, async () => {
    console.log(`SEED=${SEED}`);
    if (ONLY !== undefined) {
      const [seed, steps] = JSON.parse(ONLY) as [number, Step[]];
      await play(seed, steps);
      return;
    }
    const property = fc.asyncProperty(fc.nat(0xffff), history(40), async (seed, steps) => {
      await play(seed, steps);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  });

  test('the same seed gives the same history', async () => {
    const samples = fc.sample(fc.tuple(fc.nat(0xffff), history(40)), { seed: SEED, numRuns: 5 });
    for (const [seed, steps] of samples) expect(await play(seed, steps)).toBe(await play(seed, steps));
  });
});
