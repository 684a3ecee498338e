/** Looks for a history that breaks a promise, and makes it as short as it can. */
import fc from 'fast-check';
import type { History } from './command.ts';
import type { Plants } from './plants.ts';
import { play } from './play.ts';
import { randomHistory } from './random-history.ts';

export interface Search {
  readonly seed: number;
  readonly runs: number;
  /** Makes the plants of one world; none by default. */
  readonly plant?: () => Plants;
  /** Whether this failure is the one that is looked for; by default every one is. */
  isWanted?(message: string): boolean;
  /** Whether the history that failed is made shorter. */
  readonly isShrunk: boolean;
  /** What histories are played; any, by default. */
  readonly histories?: fc.Arbitrary<History>;
  /** The history of the seed that is played first; those before it are passed over. */
  readonly first?: number;
}

export interface Finding {
  /** Which history of the seed failed, counted from 1. */
  readonly run: number;
  readonly history: History;
  readonly message: string;
}

/** Undefined when all went well. */
export async function search({
  seed,
  runs,
  plant,
  isWanted,
  isShrunk,
  histories = randomHistory(),
  first = 0,
}: Search): Promise<Finding | undefined> {
  const property = fc.asyncProperty(histories, async (history) => {
    try {
      await play(history, plant?.());
    } catch (error) {
      if (isWanted === undefined || isWanted(messageOf(error))) throw error;
    }
  });
  const start = first === 0 ? {} : { path: String(first) };
  const result = await fc.check(property, { seed, numRuns: runs, endOnFailure: !isShrunk, ...start });
  const history = result.counterexample?.[0];
  if (!result.failed || history === undefined) return undefined;
  return { run: first + result.numRuns, history, message: messageOf(result.errorInstance) };
}

/** What a person needs: what was broken, the shortest history, and the line that plays it again. */
export function describeFinding(seed: number, { run, history, message }: Finding): string {
  const steps = history.steps.map(
    ({ command, pauseMs }) => `  ${JSON.stringify(command)} then ${pauseMs} ms`,
  );
  return [
    message,
    `SEED=${seed}, world ${run}. The shortest history that still fails (${steps.length} steps):`,
    `  ${JSON.stringify(history.scene)}`,
    ...steps,
    'Play it again, SIM_TRACE=1 before it shows everything that happens:',
    `SIM_HISTORY='${JSON.stringify(history)}' npx vitest run tests/simulation/simulation.test.ts`,
  ].join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
