/** What a person is asked about a source before anything is concluded from it, as both programs show it. Pure. */
import { displayName } from './display-name.ts';
import { listedLines } from './status-line.ts';

/** Entries at whose paths nothing stands; of a folder that is missing as a whole, the folder. */
export interface MissingEntries {
  /** How many, and of how many that there were. */
  readonly missing: number;
  readonly indexed: number;
  /** Number of tops, and the first of them. */
  readonly topCount: number;
  readonly tops: readonly { readonly path: string; readonly isFolder: boolean; readonly entries: number }[];
}

/** A folder in the place of the one that is known: how many names are in it, and the first of them. */
export interface StandingFolder {
  readonly nameCount: number;
  readonly names: readonly string[];
}

/** What stands at `path`, in the place of the known folder. */
export function standingText(path: string, { nameCount, names }: StandingFolder): string[] {
  const what =
    nameCount === 0 ? 'It is empty.' : `In it are ${nameCount === 1 ? '1 name' : `${nameCount} names`}:`;
  return [
    `Another folder stands at ${displayName(path)} than the one that was published. ${what}`,
    ...listedLines(
      names.map((name) => `  ${displayName(name)}`),
      nameCount,
    ),
  ];
}

/** The list of what is missing. */
export function missingText({ missing, indexed, topCount, tops }: MissingEntries): string[] {
  return [
    `${missing} of ${entriesText(indexed)} are missing:`,
    ...listedLines(
      tops.map(
        ({ path, isFolder, entries }) =>
          `  ${displayName(path)}${isFolder ? `/ (whole folder, ${entriesText(entries)})` : ''}`,
      ),
      topCount,
    ),
  ];
}

/** What became of that when a person agreed, `removed` being the entries that were removed; `next` says what mirrors do. */
export function removedText(removed: number, missing: number, next: string): string {
  const rest = missing - removed;
  const back = rest > 0 ? ` ${entriesText(rest)} not: they are there again, or cannot be looked at.` : '';
  return `Agreed: ${entriesText(removed)} removed; ${next}.${back}`;
}

function entriesText(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}
