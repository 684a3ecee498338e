/** What a person is told of files that go from the source. Pure. */
import { join } from 'node:path';
import { displayName, statusLine } from '@lanmirror/engine/host';
import { TRASH } from '@lanmirror/engine/tree';
import { lineFor } from '../job/job-line.ts';
import type { CleanFacts } from './clean-desk.ts';

/** The lines of `status`; none where nothing goes. */
export function cleanLines(facts: CleanFacts | null): string[] {
  if (facts === null) return [];
  const { rule, sourceDir, isHeld, cleaned, refused, refusedCount } = facts;
  if (isHeld) return [statusLine('Cleaning', heldUntilStart(rule, sourceDir))];
  const more = refusedCount - refused.length;
  return [
    `Cleaning: files GO FROM THE SOURCE ${displayName(sourceDir)} (${rule}); ${cleaned} in this run`,
    ...refused.map(({ path, message }) => `  stays: ${displayName(path)} (${displayName(message)})`),
    ...(more > 0 ? [`  ... and ${more} more stay`] : []),
  ];
}

/** The line about what went from the source in any run, `count` files; none without any. `job`: '' for the only mirror. */
export function cleanedLines(count: number, job: string): string[] {
  if (count === 0) return [];
  const files = count === 1 ? '1 file that' : `${count} files that`;
  return [
    statusLine(
      'Cleaned',
      `${files} went from the source; "${lineFor(job, 'cleaned')}" shows what of it is here`,
    ),
  ];
}

/** What is done to the source at `dir`, by this rule. `days`: TrashDays. */
export function announcement(rule: string, dir: string, days: number): string {
  const howLong = days === 0 ? 'where it stays' : `where they stay for ${days} days (TrashDays)`;
  return `${rule}: files GO FROM THE SOURCE ${displayName(dir)} when they were verified here, to ${displayName(join(dir, TRASH))}, ${howLong}. Other mirrors of that folder take this for a deletion, and to those of a folder above it that trash is an ordinary folder, unless they have Exclude = .lanmirror/.`;
}

/** The same for a target that was opened without durability. */
export function heldUntilStart(rule: string, dir: string): string {
  return `${rule}: nothing goes from the source ${displayName(dir)} before the next start, because this mirror was started with Durability = none, and that holds until then.`;
}

/** What was left in a folder that went. */
export function leftText(files: number): string {
  return `${files === 1 ? '1 file was' : `${files} files were`} left in it, all of it left out by the rules`;
}

/**
 * The lines about what one pass leaves at the source that would go.
 * @param left `due`: files of which it did not come to the end; `young`: files that have just changed; `folders`: such
 *   in which something has just changed, or is open
 */
export function leftOfPass(left: {
  readonly due: number;
  readonly young: number;
  readonly folders: number;
}): string[] {
  const files = (count: number): string => (count === 1 ? '1 file' : `${count} files`);
  return [
    ...(left.due === 0
      ? []
      : [
          `Not cleaned from the source yet: ${files(left.due)}, because something else went on happening. A later pass takes them.`,
        ]),
    ...(left.young === 0
      ? []
      : [
          `Not cleaned from the source yet: ${files(left.young)} that changed less than a minute ago. A later pass takes them.`,
        ]),
    ...(left.folders === 0
      ? []
      : [
          `Left at the source: ${left.folders === 1 ? '1 folder' : `${left.folders} folders`} with something in it that changed less than a minute ago, or that a program has open for writing. It goes when another file of it does.`,
        ]),
  ];
}
