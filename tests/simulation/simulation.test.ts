import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { History } from './command.ts';
import { KNOWN_HISTORIES } from './known-history.ts';
import { namedHistory } from './named-history.ts';
import { play } from './play.ts';
import { randomHistory } from './random-history.ts';
import { describeFinding, search } from './search.ts';
import { simulated } from './simulated.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
/** A history as it was printed, to be played alone; with SIM_TRACE=1 all that happens in it is printed. */
const ONLY = process.env.SIM_HISTORY;
const RUNS = Number(process.env.SIM_RUNS ?? 400);

simulated();

describe('the whole product in one process', () => {
  const title = ONLY === undefined ? `${RUNS} random histories (SEED=${SEED})` : 'the given history';
  test(`keeps its promises through ${title}`, { timeout: 600_000 }, async () => {
    if (ONLY !== undefined) {
      await play(JSON.parse(ONLY) as History);
      return;
    }
    console.log(`SEED=${SEED}`);
    const finding = await search({ seed: SEED, runs: RUNS, isShrunk: true });
    if (finding !== undefined) expect.fail(describeFinding(SEED, finding));
  });

  test.skipIf(ONLY !== undefined).each(['windows', 'macos'] as const)(
    `keeps them on targets like those of %s, by the names of the source (SEED=${SEED})`,
    { timeout: 600_000 },
    async (disk) => {
      const runs = Math.ceil(RUNS / 4);
      const finding = await search({ seed: SEED, runs, isShrunk: true, histories: namedHistory(disk) });
      if (finding !== undefined) expect.fail(describeFinding(SEED, finding));
    },
  );

  // One by one, because a table of tests cuts their names.
  for (const { rule, history } of KNOWN_HISTORIES)
    test(rule, async () => {
      await play(history);
    });

  test('I13: the same history happens the same way again', async () => {
    const samples = fc.sample(randomHistory(), { seed: SEED, numRuns: 5 });
    for (const history of samples) expect(await play(history)).toBe(await play(history));
  });
});
