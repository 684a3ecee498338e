/** Reads the history of a mirror: the running client is asked, or its state is read while none runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, type ControlCall, type ControlResult, EXIT } from '@lanmirror/engine/host';
import { askClient, type ClientPlace } from '../control/running-client.ts';
import { findRows, type HistoryQuery } from './find-rows.ts';
import type { HistoryLog } from './history-log.ts';
import type { HistoryRow } from './history-row.ts';

export interface FoundRows {
  /** The oldest first. */
  readonly rows: readonly HistoryRow[];
  /** There are older ones. */
  readonly isMore: boolean;
}

/**
 * What happened, the oldest first. A state folder in which no mirror is remembered has no history.
 * @throws UserError when another program holds the mirror and cannot be asked
 */
export async function readHistory(place: ClientPlace, query: HistoryQuery): Promise<FoundRows> {
  const rows: HistoryRow[] = [];
  const take = (row: unknown): void => void rows.push(row as HistoryRow);
  // One more tells whether there are more.
  const asked = { ...query, limit: query.limit + 1 };
  const listener = { line: () => undefined, record: take };
  const answer = await askClient(place, 'history', asked, listener);
  if (answer === undefined) await readState(place, asked, take);
  const isMore = rows.length > query.limit;
  return { rows: (isMore ? rows.slice(0, -1) : rows).reverse(), isMore };
}

/** Answers the verb `history` of a running client: a record for each row, the newest first. */
export async function giveHistory(log: HistoryLog, { flags, give }: ControlCall): Promise<ControlResult> {
  const query = {
    pattern: String(flags.pattern ?? ''),
    sinceMs: Number(flags.sinceMs ?? 0),
    limit: Number(flags.limit ?? 0),
    isLostOnly: flags.isLostOnly === true,
    isKeptOnly: flags.isKeptOnly === true,
  };
  for await (const row of findRows(log, query)) await give(row);
  return { exit: EXIT.done };
}

async function readState(
  { stateDir, targetDir }: ClientPlace,
  query: HistoryQuery,
  take: (row: HistoryRow) => void,
): Promise<void> {
  if (!existsSync(join(stateDir, 'mirror'))) return;
  const { openState } = await import('../client.ts');
  const lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`);
  const state = await openState(stateDir);
  try {
    for await (const row of findRows(state.history, query)) take(row);
  } finally {
    await state.close();
    lock.release();
  }
}
