import { describe, expect, test } from 'vitest';
import { invariantsIn } from './invariant.ts';
import { namedHistory } from './named-history.ts';
import { type Finding, search } from './search.ts';
import { BUG_SEED, CAUGHT_BY, SEEDED_BUGS, type SeededBug } from './seeded-bug.ts';
import { simulated } from './simulated.ts';

const SEED = Number(process.env.SEED ?? BUG_SEED);
const MAX_RUNS = 600;

simulated();

/** The history that is known to catch the bug comes first, whatever the seed is, and is enough if it still does. */
async function catchBug({ name, breaks, disk, plant }: SeededBug): Promise<Finding | undefined> {
  const wanted = {
    seed: SEED,
    plant,
    isWanted: (message: string) => invariantsIn(message).includes(breaks),
    isShrunk: false,
    ...(disk && { histories: namedHistory(disk) }),
  };
  const known = CAUGHT_BY.get(name);
  const caught =
    known === undefined ? undefined : await search({ ...wanted, seed: BUG_SEED, runs: 1, first: known - 1 });
  return caught ?? (await search({ ...wanted, runs: MAX_RUNS }));
}

describe(`the simulation notices a bug within ${MAX_RUNS} histories, by the promise it breaks (SEED=${SEED})`, () => {
  test.each(SEEDED_BUGS)(
    '$breaks: $name',
    async (bug) => {
      const finding = await catchBug(bug);
      console.log(`${bug.name}: run ${finding?.run}: ${finding?.message.slice(0, 150)}`);
      expect(finding).toBeDefined();
    },
    240_000,
  );

  test('the histories that are known to catch a bug are of bugs that there are, and within the search', () => {
    const names = new Set(SEEDED_BUGS.map(({ name }) => name));
    for (const [name, history] of CAUGHT_BY) {
      expect(names).toContain(name);
      expect(history).toBeLessThanOrEqual(MAX_RUNS);
    }
  });
});
