/**
 * Plays new random histories until the time is over. `npm run soak` bundles and runs it; SOAK_SECONDS is
 * how long (600), SEED where to begin (random). Ends with 1 at the first history that breaks a promise.
 */
import { loadHash } from '@lanmirror/engine/tree';
import { describeFinding, search } from './search.ts';
import { ignoreDeaths } from './unhandled.ts';

const MAX_SEED = 0x7fffffff;
/** Histories of one seed. */
const RUNS = 200;
const REPORT_MS = 30_000;

async function soak(seconds: number, firstSeed: number): Promise<number> {
  const startedMs = performance.now();
  let runs = 0;
  let seed = firstSeed;
  let lastSeed = firstSeed;
  let reportedMs = startedMs;
  const report = (): void => {
    const passed = (performance.now() - startedMs) / 1000;
    console.log(
      `${runs} histories in ${passed.toFixed(0)} s, ${(runs / passed).toFixed(1)} a second, last SEED=${lastSeed}`,
    );
  };
  while (performance.now() - startedMs < seconds * 1000) {
    const finding = await search({ seed, runs: RUNS, isShrunk: true });
    if (finding !== undefined) {
      console.error(describeFinding(seed, finding));
      return 1;
    }
    runs += RUNS;
    lastSeed = seed;
    if (performance.now() - reportedMs >= REPORT_MS) {
      report();
      reportedMs = performance.now();
    }
    seed = (seed + 1) % MAX_SEED;
  }
  report();
  return 0;
}

await loadHash();
const restore = ignoreDeaths();
const seconds = Number(process.env.SOAK_SECONDS ?? 600);
process.exitCode = await soak(seconds, Number(process.env.SEED ?? Math.floor(Math.random() * MAX_SEED)));
restore();
