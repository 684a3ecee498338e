/** What a person is told of a hold, and of a target that is not what it was. Pure. */
import { displayName, listedLines } from '@lanmirror/engine/host';
import { sizeText } from '../control/plain-text.ts';
import { lineFor } from '../job/job-line.ts';
import type { SourceWord } from '../source/source-word.ts';
import type { GuardCounts } from './delete-guard.ts';
import type { HeldList, HeldTop } from './held-list.ts';

export interface HoldCounts extends GuardCounts {
  /** The index of the server is a new one: everything else waits, too. */
  readonly isSourceNew: boolean;
  /** Some never were at the source. */
  readonly hasExtras: boolean;
}

/** That there is a hold. */
export function holdText(counts: HoldCounts, word: SourceWord): string {
  if (!counts.isSourceNew)
    return `HELD: ${goneText(counts)} What is still here of that is not deleted; everything else goes on.`;
  const { missing, existed } = counts;
  const other = word === 'server' ? 'another server, or another folder' : 'another folder';
  return `HELD: ${missing} of ${existed} entries ${areText(missing)} not at the ${word}, and its index is a new one: it may be ${other}. Nothing is changed here.`;
}

/** `120 of 200 entries are gone at the source.`, and what was not counted. */
export function goneText({ missing, existed, young, hasExtras }: Omit<HoldCounts, 'isSourceNew'>): string {
  const gone = `${missing} of ${existed} entries ${areText(missing)} ${hasExtras ? 'not' : 'gone'} at the source.`;
  return young === 0 ? gone : `${gone} Not counted ${areText(young)} ${young} that came within ten minutes.`;
}

/** Behind it: the first of what would be deleted, and what to do. `job`: '' for the only mirror. */
export function holdAdvice(list: HeldList, job: string): string[] {
  return [
    ...heldLines(list),
    'If the source is wrong, put it right, and this ends by itself.',
    `If it is meant: ${lineFor(job, 'accept')}. What is deleted goes to the trash.`,
  ];
}

/** A line for each top that is named, then how many more there are. */
export function heldLines({ tops, topCount }: HeldList): string[] {
  return listedLines(tops.map(topLine), topCount);
}

function topLine({ path, inside, sizeBytes }: HeldTop): string {
  const what = inside === null ? '' : ` (${inside === 0 ? 'nothing' : amountText(inside, sizeBytes)} in it)`;
  return `  ${displayName(path)}${what}`;
}

/** `51600 entries, 1.2 GB` */
export function amountText(entries: number, sizeBytes: number): string {
  return `${entries === 1 ? '1 entry' : `${entries} entries`}, ${sizeText(sizeBytes)}`;
}

/** What stands above the lines of a hold, up to the colon. */
export function heldHeading({ hasExtras }: HeldList): string {
  return `${hasExtras ? 'Not' : 'Gone'} at the source, and kept here`;
}

/** `is` or `are`, for so many. */
export function areText(count: number): string {
  return count === 1 ? 'is' : 'are';
}

/** Why nothing is written to the target, and what to do. */
export function targetHaltText(reason: string, job: string): string {
  return `HALTED: ${reason}. Nothing is written until it is back; mount it again and this goes on by itself. If it is a new disk, or is to be filled again: ${lineFor(job, 'accept')}.`;
}
