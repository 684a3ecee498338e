import { loadHash } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { history } from './command.ts';
import { play } from './play.ts';
import { SEEDED_BUGS } from './seeded-bug.ts';
import { ignoreDeaths } from './unhandled.ts';

const SEED = Number(process.env.SEED ?? 42);
const MAX_RUNS = 300;

let restore: () => void;

beforeAll(async () => {
  await loadHash();
  restore = ignoreDeaths();
});

afterAll(() => restore());

describe(`the simulation notices a bug within ${MAX_RUNS} histories (SEED=${SEED})`, () => {
  for (const [name, plant] of Object.entries(SEEDED_BUGS)) {
    test(name, async () => {
      const property = fc.asyncProperty(fc.nat(0xffff), history(40), async (seed, steps) => {
        await play(seed, steps, plant());
      });
      const result = await fc.check(property, { seed: SEED, numRuns: MAX_RUNS, endOnFailure: true });
      const why = result.errorInstance instanceof Error ? result.errorInstance.message : '';
      console.log(`${name}: run ${result.numRuns}: ${why.slice(0, 150)}`);
      expect(result.failed).toBe(true);
    });
  }
});
