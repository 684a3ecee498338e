/** What `trash` says of what it found, for a person. Pure. */
import { asWord } from '@lanmirror/engine/host';
import { sizeText } from '../control/plain-text.ts';
import { lineFor } from '../job/job-line.ts';

/** What `trash prune` was asked for, when nothing of it was old enough. */
export interface YoungTrash {
  readonly files: number;
  readonly sizeBytes: number;
  /** The age that was asked for, and who asked: `30 days (TrashDays)`. */
  readonly age: string;
  /** '' for all. */
  readonly pattern: string;
  /** `--since` as it was typed; '' without it. */
  readonly since: string;
  /** The job; '' for the only mirror. */
  readonly job: string;
}

/** `3 files`. */
export function countText(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}

/** What is there although nothing is pruned, and the command that would delete exactly that. */
export function youngText({ files, sizeBytes, age, pattern, since, job }: YoungTrash): string {
  const words = ['trash prune', ...(pattern === '' ? [] : [asWord(pattern)])];
  if (since !== '') words.push(`--since ${asWord(since)}`);
  const command = lineFor(job, [...words, '--older-than 0s'].join(' '));
  const there = `${countText(files)}, ${sizeText(sizeBytes)}`;
  return files === 1
    ? `${there}, is in the trash, and is not older than ${age}: "${command}" deletes it.`
    : `${there}, are in the trash, none older than ${age}: "${command}" deletes them all.`;
}

/** Behind a list of which only the newest `shown` are lines. */
export function cutText(shown: number): string {
  return `These are the newest ${shown}; --limit shows more.`;
}
