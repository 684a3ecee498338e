/** The setting that says which differences count for a mirror. */
import type { Configuration } from './configuration.ts';
import type { Resolved, Setting } from './setting.ts';
import { UserError } from './user-error.ts';

const WORDS = ['missing', 'size', 'newer', 'mtime', 'hash'] as const;

export type CompareWord = (typeof WORDS)[number];

export const COMPARE_SETTING: Setting = {
  key: 'Compare',
  flag: 'compare',
  kind: {
    type: 'phrase',
    says: 'any of missing, size, newer, mtime and hash',
    check: (found) => void parseCompare(found),
  },
  default: 'missing, size, mtime, hash',
  help: 'what has to differ for a file to be put right; what differs only otherwise stays as it is',
  isLive: true,
};

/** The differences that count, in the order in which they are named. */
export function readCompareRule(get: Configuration['get']): readonly CompareWord[] {
  return parseCompare(get('Compare'));
}

function parseCompare({ text, source }: Pick<Resolved, 'text' | 'source'>): readonly CompareWord[] {
  const words = text
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
  const known: readonly string[] = WORDS;
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined || words.length === 0)
    throw new UserError(
      'BAD_COMPARE',
      unknown === undefined
        ? `${source}: "${text}" names no difference.`
        : `${source}: "${unknown}" is none of ${WORDS.join(', ')}.`,
      'Write one of them or more, with commas between: Compare = missing, size.',
    );
  if (words.includes('newer') && words.includes('mtime'))
    throw new UserError(
      'NEWER_AND_MTIME',
      `${source}: with mtime every other time counts, so newer says nothing, and what is later here would be replaced.`,
      'Leave out mtime to keep what is later here, or leave out newer.',
    );
  return WORDS.filter((word) => words.includes(word));
}
