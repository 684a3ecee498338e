/** What a person is told of a hold, and of a target that is not what it was. Pure. */
import { displayName, listedLines } from '@lanmirror/engine/host';
import { lineFor } from '../job/job-line.ts';
import type { SourceWord } from '../source/source-word.ts';

const MAX_LISTED = 10;

export interface HoldCounts {
  /** Entries that are gone at the source. */
  readonly missing: number;
  /** Of so many that were there. */
  readonly existed: number;
  /** The index of the server is a new one: everything else waits, too. */
  readonly isSourceNew: boolean;
}

/** That there is a hold. */
export function holdText({ missing, existed, isSourceNew }: HoldCounts, word: SourceWord): string {
  if (!isSourceNew)
    return `HELD: ${missing} of ${existed} entries are gone at the source. What is still here of that is not deleted; everything else goes on.`;
  const other = word === 'server' ? 'another server, or another folder' : 'another folder';
  return `HELD: ${missing} of ${existed} entries are not at the ${word}, and its index is a new one: it may be ${other}. Nothing is changed here.`;
}

/** Behind it: the first of `paths`, the tops of what would be deleted, and what to do. `job`: '' for the only mirror. */
export function holdAdvice(paths: readonly string[], job: string): string[] {
  const first = paths.slice(0, MAX_LISTED).map((path) => `  ${displayName(path)}`);
  return [
    ...listedLines(first, paths.length),
    'If the source is wrong, put it right, and this ends by itself.',
    `If it is meant: ${lineFor(job, 'accept')}. What is deleted goes to the trash.`,
  ];
}

/** Why nothing is written to the target, and what to do. */
export function targetHaltText(reason: string, job: string): string {
  return `HALTED: ${reason}. Nothing is written until it is back; mount it again and this goes on by itself. If it is a new disk, or is to be filled again: ${lineFor(job, 'accept')}.`;
}
