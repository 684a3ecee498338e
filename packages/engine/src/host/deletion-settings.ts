/** The settings that say what a deletion at the source means for a mirror. */
import type { Configuration } from './configuration.ts';
import { type RuleLine, splitPatterns } from './rule-lines.ts';
import { type Resolved, type Setting, YES_OR_NO } from './setting.ts';
import { UserError } from './user-error.ts';

/** What is asked for, as data. */
export interface DeletionSettings {
  /** What is gone at the source goes, stays, or stays for so long. */
  readonly choice: 'mirror' | 'never' | { readonly afterMs: number };
  /** What matches these stays for ever. */
  readonly never: readonly RuleLine[];
  /** How it is written down, for people. */
  readonly text: string;
}

const AFTER = /^after\s+(\d{1,5})\s+days?$/i;
const DAY_MS = 24 * 3_600_000;

export const DELETION_SETTINGS: readonly Setting[] = [
  {
    key: 'Delete',
    flag: 'delete',
    kind: {
      type: 'phrase',
      says: 'mirror, never or after N days',
      check: (found) => void parseDelete(found),
    },
    default: 'mirror',
    help: 'what is deleted at the source goes here, too, stays for ever, or stays for some days',
    isLive: true,
  },
  {
    key: 'DeleteNever',
    flag: 'delete-never',
    kind: { type: 'patterns' },
    default: '',
    help: 'what of that stays for ever: gitignore patterns, with commas between them',
    isLive: true,
  },
  {
    key: 'Trash',
    flag: 'trash',
    kind: YES_OR_NO,
    default: 'yes',
    help: 'no deletes at once what goes or is replaced; what was edited here goes to the trash all the same',
    isLive: true,
  },
];

/**
 * The rule that a configuration asks for.
 * @throws UserError with the place for a pattern that is none
 */
export function readDeleteRule(get: Configuration['get']): DeletionSettings {
  const [how, never] = [get('Delete'), get('DeleteNever')];
  const lines = splitPatterns(never.text).map((line) => {
    if (!line.startsWith('#')) return { line, origin: never.source };
    throw new UserError(
      'COMMENT_AS_RULE',
      `${never.source}: "${line}" is a comment, not a pattern.`,
      'Write \\# for a name that begins with #.',
    );
  });
  const choice = parseDelete(how);
  const isByPattern = choice !== 'never' && lines.length > 0;
  const text = `Delete = ${how.text}${isByPattern ? `, DeleteNever = ${never.text}` : ''}`;
  return { choice, never: lines, text };
}

function parseDelete({ text, source }: Pick<Resolved, 'text' | 'source'>): DeletionSettings['choice'] {
  const word = text.trim().toLowerCase();
  if (word === 'mirror' || word === 'never') return word;
  const days = Number(AFTER.exec(word)?.[1] ?? 0);
  if (days >= 1 && days <= 36_500) return { afterMs: days * DAY_MS };
  throw new UserError(
    'BAD_DELETE',
    `${source}: "${text}" is none of mirror, never and after N days.`,
    'For example: Delete = after 30 days.',
  );
}
