/**
 * What is written down of everything that goes to the trash: one line of JSON each, in one file a day,
 * beside the folders of the days. The files in the trash are the truth; a line adds where each came from
 * and why. A trash without lines (a power cut, a full disk, an older program) can be listed all the same.
 */
import { checkPath } from '@lanmirror/protocol';

/**
 * `deleted`: the source does not have it any more. `replaced`: another content took its place. `edited`:
 * somebody wrote it on the mirror. `extra`: it was on the mirror alone. `excluded`: the rules leave it out, and a person
 * wanted it gone. `cleaned`: a mirror has it, and this is the trash of its source.
 */
export const TRASH_REASONS = ['deleted', 'replaced', 'edited', 'extra', 'excluded', 'cleaned'] as const;
export type TrashReason = (typeof TRASH_REASONS)[number];

/** A cleaned file, as it came into the trash of its source. */
export interface CleanedLook {
  readonly sizeBytes: number;
  /** Microseconds since 1970. */
  readonly mtimeUs: number;
  /** BLAKE3 of the content that was proved to be on the target, hexadecimal. */
  readonly hash: string;
  /** Milliseconds, by the clock of the mirror that nobody can set ahead. */
  readonly ageMs: number;
}

export interface TrashRecord {
  /** Where it is, relative to the trash: `2025-03-31/films/a.mkv ~104302`. */
  readonly at: string;
  /** Where it was, relative to the target. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly trashedMs: number;
  readonly reason: TrashReason;
  /** Of what was cleaned. */
  readonly look?: CleanedLook | undefined;
  /** Of a folder that was cleaned: when anything in it was written last, microseconds since 1970. */
  readonly writtenUs?: number | undefined;
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
export function recordLine({ at, path, trashedMs, reason, look, writtenUs }: TrashRecord): string {
  const { sizeBytes: size, mtimeUs: us, hash, ageMs: age } = look ?? {};
  const line = { at, path, ms: trashedMs, why: reason, size, us, hash, age, written: writtenUs };
  return `\n${JSON.stringify(line)}`;
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
    const { at, path, ms, why, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const reason = TRASH_REASONS.find((known) => known === why);
    if (typeof at !== 'string' || typeof path !== 'string' || typeof ms !== 'number') return undefined;
    if (reason === undefined || checkPath(at) !== undefined || checkPath(path) !== undefined)
      return undefined;
    const look = readLook(rest);
    const writtenUs = typeof rest.written === 'number' ? rest.written : undefined;
    return {
      at,
      path,
      trashedMs: ms,
      reason,
      ...(look && { look }),
      ...(writtenUs !== undefined && { writtenUs }),
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function readLook({ size, us, hash, age }: Record<string, unknown>): CleanedLook | undefined {
  if (typeof size !== 'number' || typeof us !== 'number') return undefined;
  if (typeof hash !== 'string' || typeof age !== 'number') return undefined;
  return { sizeBytes: size, mtimeUs: us, hash, ageMs: age };
}
