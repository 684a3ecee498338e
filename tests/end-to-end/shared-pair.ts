/** A server and its live client for all tests of a file: to start them takes longer than most of what is tested. */
import { afterAll, afterEach, beforeEach } from 'vitest';
import { makePlace, type Place, type Program } from './programs.ts';

export interface Pair {
  readonly place: Place;
  readonly port: number;
  readonly server: Program;
  readonly client: Program;
}

/** What is there before a pair starts, and with which flags it does. */
export interface PairPlan {
  readonly fill?: (source: string) => void;
  readonly serverFlags?: readonly string[];
  readonly clientFlags?: readonly string[];
}

/**
 * Gives the pair of the running test, in sync at the start of the first. The next test gets the same one, unless this
 * test fails or one of the two programs has ended: then another pair in folders of its own. A test works with names
 * that are its own, and leaves the pair in sync.
 */
export function sharedPair(plan: PairPlan = {}): () => Pair {
  let pair: Pair | undefined;
  const end = async (): Promise<void> => {
    const ending = pair?.place;
    pair = undefined;
    await ending?.dispose();
  };
  beforeEach(async () => {
    pair ??= await startPair(plan);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' || hasEnded(pair?.server) || hasEnded(pair?.client)) await end();
  });
  afterAll(end);
  return () => {
    if (pair === undefined) throw new Error('there is a pair only while a test runs');
    return pair;
  };
}

async function startPair({ fill, serverFlags = [], clientFlags = [] }: PairPlan): Promise<Pair> {
  const place = makePlace();
  try {
    fill?.(place.source);
    const { program: server, port } = await place.server(...serverFlags);
    const client = place.client(port, 'start', ...clientFlags);
    await client.until(/^in sync/m);
    return { place, port, server, client };
  } catch (error) {
    await place.dispose();
    throw error;
  }
}

function hasEnded(program: Program | undefined): boolean {
  return program === undefined || program.process.exitCode !== null || program.process.signalCode !== null;
}
