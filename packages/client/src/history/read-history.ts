/** Reads the history of a mirror: the running client is asked, or its state is read while none runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, type ControlCall, type ControlResult, EXIT } from '@lanmirror/engine/host';
import { openState } from '../client.ts';
import { askClient, type ClientPlace } from '../control/running-client.ts';
import { type FoundRows, findRows, type HistoryQuery } from './find-rows.ts';
import type { HistoryLog } from './history-log.ts';
import type { HistoryRow } from './history-row.ts';

/**
 * What happened, the oldest first. A state folder in which no mirror is remembered has no history.
 * @throws UserError when another program holds the mirror and cannot be asked
 */
export async function readHistory(place: ClientPlace, query: HistoryQuery): Promise<FoundRows> {
  const rows: HistoryRow[] = [];
  const listener = {
    line: () => undefined,
    record: (value: unknown) => void rows.push(value as HistoryRow),
  };
  const answer = await askClient(place, 'history', { ...query }, listener);
  if (answer === undefined) return readState(place, query);
  return { rows, isMore: (answer.result as { isMore?: boolean } | undefined)?.isMore === true };
}

/** Answers the verb `history` of a running client: a record for each row. */
export async function giveHistory(log: HistoryLog, { flags, give }: ControlCall): Promise<ControlResult> {
  const query = {
    pattern: String(flags.pattern ?? ''),
    sinceMs: Number(flags.sinceMs ?? 0),
    limit: Number(flags.limit ?? 0),
    isLostOnly: flags.isLostOnly === true,
  };
  const { rows, isMore } = await findRows(log, query);
  for (const row of rows) await give(row);
  return { exit: EXIT.done, result: { isMore } };
}

async function readState({ stateDir, targetDir }: ClientPlace, query: HistoryQuery): Promise<FoundRows> {
  if (!existsSync(join(stateDir, 'mirror'))) return { rows: [], isMore: false };
  const lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`);
  const state = await openState(stateDir);
  try {
    return await findRows(state.history, query);
  } finally {
    await state.close();
    lock.release();
  }
}
