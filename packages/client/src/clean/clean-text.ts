/** What `status` says of files that go from the source. Pure. */
import { displayName, statusLine } from '@lanmirror/engine/host';
import { lineFor } from '../job/job-line.ts';
import type { CleanFacts } from './clean-desk.ts';

/** The lines of `status`; none where nothing goes. */
export function cleanLines(facts: CleanFacts | null): string[] {
  if (facts === null) return [];
  const { rule, sourceDir, cleaned, refused, refusedCount } = facts;
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
