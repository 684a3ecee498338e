import { loadHash } from '@lanmirror/engine/tree';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { invariantsIn } from './invariant.ts';
import { namedHistory } from './named-history.ts';
import { search } from './search.ts';
import { SEEDED_BUGS } from './seeded-bug.ts';
import { ignoreDeaths } from './unhandled.ts';

const SEED = Number(process.env.SEED ?? 42);
const MAX_RUNS = 600;

let restore: () => void;

beforeAll(async () => {
  await loadHash();
  restore = ignoreDeaths();
});

afterAll(() => restore());

describe(`the simulation notices a bug within ${MAX_RUNS} histories, by the promise it breaks (SEED=${SEED})`, () => {
  test.each(SEEDED_BUGS)(
    '$breaks: $name',
    async ({ name, breaks, disk, plant }) => {
      const finding = await search({
        seed: SEED,
        runs: MAX_RUNS,
        plant,
        isWanted: (message) => invariantsIn(message).includes(breaks),
        isShrunk: false,
        ...(disk && { histories: namedHistory(disk) }),
      });
      console.log(`${name}: run ${finding?.run}: ${finding?.message.slice(0, 150)}`);
      expect(finding).toBeDefined();
    },
    240_000,
  );
});
