/** The question of `lanmirror-client wait`, asked by the test itself: a program for it takes longer than the answer. */
import { join } from 'node:path';
import { askProgram, EXIT } from '@lanmirror/engine/host';
import type { Place } from './programs.ts';

const TIMEOUT_S = 60;
const SILENT = { line: () => undefined, record: () => undefined };

/**
 * Resolves when the running client has everything that has happened at the source until now.
 * @throws Error with its answer when it does not come to that, or when no client runs
 */
export async function settle({ dir }: Pick<Place, 'dir'>): Promise<void> {
  const answer = await askProgram(join(dir, 'client-state'), 'wait', { timeout: TIMEOUT_S }, SILENT);
  if (answer?.exit !== EXIT.done) throw new Error(`not in sync: ${JSON.stringify(answer)}`);
}
