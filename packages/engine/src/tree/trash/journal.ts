/**
 * What is written down of everything that goes to the trash: one line of JSON each, in one file a day,
 * beside the folders of the days. The files in the trash are the truth; a line adds where each came from
 * and why. A trash without lines (a power cut, a full disk, an older program) can be listed all the same.
 */
import { checkPath } from '@lanmirror/protocol';

/**
 * `deleted`: the source does not have it any more. `replaced`: another content took its place. `edited`:
 * somebody wrote it on the mirror. `extra`: it was on the mirror alone.
 */
export const TRASH_REASONS = ['deleted', 'replaced', 'edited', 'extra'] as const;
export type TrashReason = (typeof TRASH_REASONS)[number];

export interface TrashRecord {
  /** Where it is, relative to the trash: `2025-03-31/films/a.mkv ~104302`. */
  readonly at: string;
  /** Where it was, relative to the target. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly trashedMs: number;
  readonly reason: TrashReason;
}

/** The folder of the journal, beside those of the days. */
export const JOURNAL = 'journal';

/** The name of the file for a day folder. */
export function journalName(day: string): string {
  return `${day}.jsonl`;
}

/** The file for a day folder, relative to the trash. */
export function journalOf(day: string): string {
  return `${JOURNAL}/${journalName(day)}`;
}

/** One line, with the end of the one before: that may have been written in part. */
export function recordLine({ at, path, trashedMs, reason }: TrashRecord): string {
  return `\n${JSON.stringify({ at, path, ms: trashedMs, why: reason })}`;
}

/** The records of a journal, by `at`. A line that was not written whole, or that is not ours, is left out. */
export function readRecords(text: string): Map<string, TrashRecord> {
  const records = new Map<string, TrashRecord>();
  for (const line of text.split('\n')) {
    const record = readRecord(line);
    if (record !== undefined) records.set(record.at, record);
  }
  return records;
}

function readRecord(line: string): TrashRecord | undefined {
  try {
    const { at, path, ms, why } = JSON.parse(line) as Record<string, unknown>;
    const reason = TRASH_REASONS.find((known) => known === why);
    if (typeof at !== 'string' || typeof path !== 'string' || typeof ms !== 'number') return undefined;
    if (reason === undefined || checkPath(at) !== undefined || checkPath(path) !== undefined)
      return undefined;
    return { at, path, trashedMs: ms, reason };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
