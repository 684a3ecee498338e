/** What `status` says of files that go from the source. Pure. */
import { displayName } from '@lanmirror/engine/host';
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
