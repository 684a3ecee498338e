/** `history [PATTERN] [--since 2h] [--limit N] [--json]`: what happened to the paths of a mirror, the newest last. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { displayName, EXIT, type ExitCode, parseAge, UserError } from '@lanmirror/engine/host';
import { lineLimit } from '../control/line-limit.ts';
import { localTime, sizeText } from '../control/plain-text.ts';
import type { ClientPlace } from '../control/running-client.ts';
import type { HistoryRow } from './history-row.ts';
import { readHistory } from './read-history.ts';

const DAY_MS = 24 * 3_600_000;

export interface HistoryAsking extends ClientPlace {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  /** HistoryDays. */
  readonly days: number;
}

export async function historyCommand(asking: HistoryAsking): Promise<ExitCode> {
  const { words, flags, days } = asking;
  if (days === 0) {
    throw new UserError(
      'NO_HISTORY',
      'HistoryDays is 0: nothing is written down.',
      'Set it to 30, for example.',
    );
  }
  const limit = lineLimit(flags.limit);
  const sinceMs =
    Date.now() - (typeof flags.since === 'string' ? parseAge(flags.since, '--since') : days * DAY_MS);
  const { rows, isMore } = await readHistory(asking, { pattern: words[0] ?? '', sinceMs, limit });
  for (const row of rows) {
    const isKept = row.trash !== '' && existsSync(resolve(asking.targetDir, row.trash));
    say(flags.json === true ? jsonLine(row, isKept) : historyLine(row, isKept));
  }
  if (flags.json === true) return EXIT.done;
  if (rows.length === 0) say('Nothing of that is in the history.');
  if (isMore) say(`These are the newest ${limit}; --limit shows more.`);
  return EXIT.done;
}

/** One row for a person. `isKept`: what it says to be in the trash is there now. */
function historyLine(row: HistoryRow, isKept: boolean): string {
  const { atMs, operation, kind, path, from, sizeBytes, code } = row;
  const size = kind === 'file' ? sizeText(sizeBytes) : kind === 'directory' ? 'folder' : 'link';
  const name =
    operation === 'renamed'
      ? `${from === '' ? '…' : displayName(from)} -> ${displayName(path)}`
      : displayName(path);
  const failed = code === '' ? '' : ` FAILED (${code})`;
  return `${localTime(atMs)}  ${operation.padEnd(10)}  ${size.padStart(9)}  ${name}${failed}${pastText(row, isKept)}`;
}

/** What became of what was there before. */
function pastText({ operation, trash, isVersionLost }: HistoryRow, isKept: boolean): string {
  if (isVersionLost)
    return '  (the version before was not kept: of an hour one is, and with Trash = no none)';
  if (trash === '') return '';
  const isWhole = operation === 'deleted' || operation === 'put-away';
  return `  (${isWhole ? 'in the trash' : 'before'}: ${displayName(trash)}${isKept ? '' : ', not there now'})`;
}

function jsonLine(row: HistoryRow, isKept: boolean): string {
  const { atMs, operation, kind, path, from, sizeBytes, trash, isVersionLost, code } = row;
  return JSON.stringify({
    ...{ time: new Date(atMs).toISOString(), operation, kind, path },
    ...(from === '' ? {} : { from }),
    ...(kind === 'file' ? { sizeBytes } : {}),
    result: code === '' ? 'done' : 'failed',
    ...(code === '' ? {} : { code }),
    ...(trash === '' ? {} : { trash, isKept }),
    ...(isVersionLost ? { isVersionLost } : {}),
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
