/**
 * The settings by which files go from a source of this machine once a mirror has them. Each mirror has its own: none is
 * inherited, because what they do is to a folder that only one mirror names.
 */
import type { Configuration } from './configuration.ts';
import type { Resolved, Setting } from './setting.ts';
import { UserError } from './user-error.ts';

/** What is asked for, as data. */
export interface CleanSettings {
  readonly afterMs: number;
  readonly from: 'synced' | 'created';
  readonly folderLevels: number;
  /** Those folders go although something is left in them that the rules leave out. */
  readonly takesLeftOut: boolean;
  /** How it is written down, for people. */
  readonly text: string;
}

const AFTER = /^after\s+(\d{1,5})\s+days?$/i;
const DAY_MS = 24 * 3_600_000;
const MAX_DAYS = 36_500;

export const CLEAN_SETTINGS: readonly Setting[] = [
  {
    key: 'CleanSource',
    flag: 'clean-source',
    kind: { type: 'phrase', says: 'no, 0 or after N days', check: (found) => void parseAfter(found) },
    default: 'no',
    help: 'files of Source go to its trash when they were verified here: never, at once, or after some days',
    isLive: true,
    isOwn: true,
  },
  {
    key: 'CleanSourceFrom',
    flag: 'clean-source-from',
    kind: { type: 'choice', of: ['synced', 'created'] },
    default: 'synced',
    help: 'what these days are counted from: the verified sync, or the creation of the file',
    isLive: true,
    isOwn: true,
  },
  {
    key: 'CleanSourceFolders',
    flag: 'clean-source-folders',
    kind: { type: 'number', min: 0, max: 100 },
    default: '0',
    help: 'so many folders above a file that went go with it when nothing is left in them',
    isLive: true,
    isOwn: true,
  },
  {
    key: 'CleanSourceNonEmpty',
    flag: 'clean-source-non-empty',
    kind: { type: 'choice', of: ['no', 'yes'] },
    default: 'no',
    help: 'those folders go, to the trash, although something is left in them that the rules leave out',
    isLive: true,
    isOwn: true,
  },
];

/**
 * The rule that a configuration asks for; undefined when nothing is to be cleaned.
 * @throws UserError with the place of what cannot be
 */
export function readCleanSettings(get: Configuration['get']): CleanSettings | undefined {
  const [when, from, folders] = [get('CleanSource'), get('CleanSourceFrom'), get('CleanSourceFolders')];
  const nonEmpty = get('CleanSourceNonEmpty');
  const afterMs = parseAfter(when);
  // Whoever writes "no" is not refused for anything: a client that runs would go on by what stood there before.
  if (afterMs === undefined) return undefined;
  requireSource(when, get('Source'));
  requireFolders(nonEmpty, Number(folders.text));
  const durability = get('Durability');
  if (durability.text === 'none')
    throw new UserError(
      'CLEAN_NOT_DURABLE',
      `${when.source} deletes at the source, and ${durability.source} says that nothing here is flushed to the disk.`,
      'Leave out one of them.',
    );
  const byDays = from.isDefault ? '' : `, CleanSourceFrom = ${from.text}`;
  const levels = folders.text === '0' ? '' : `, CleanSourceFolders = ${folders.text}`;
  const takesLeftOut = nonEmpty.text === 'yes';
  const more = takesLeftOut ? ', CleanSourceNonEmpty = yes' : '';
  return {
    ...{ afterMs, from: from.text === 'created' ? 'created' : 'synced', folderLevels: Number(folders.text) },
    ...{ takesLeftOut, text: `CleanSource = ${when.text}${byDays}${levels}${more}` },
  };
}

/** What a configuration says of how files are cleaned although none are: a line for a person each, with its place. */
export function idleCleanSettings(get: Configuration['get']): string[] {
  const when = get('CleanSource');
  if (parseAfter(when) !== undefined) return [];
  const why = when.isDefault ? 'no CleanSource is given' : `${when.source} is "no"`;
  return ['CleanSourceFrom', 'CleanSourceFolders', 'CleanSourceNonEmpty']
    .map((key) => get(key))
    .filter(({ isDefault }) => !isDefault)
    .map(({ source }) => `${source} does nothing: ${why}.`);
}

function requireFolders({ text, source }: Resolved, folderLevels: number): void {
  if (text !== 'yes' || folderLevels > 0) return;
  throw new UserError(
    'CLEAN_NO_FOLDERS',
    `${source} is about folders that go with their files, and CleanSourceFolders is 0.`,
    'Say with CleanSourceFolders how many folders above a file may go, for example 1; or leave it out.',
  );
}

function requireSource(given: Resolved, source: Resolved): void {
  if (source.text !== '') return;
  throw new UserError(
    'CLEAN_WITHOUT_SOURCE',
    `${given.source} is about a folder of this machine, and no Source is given here.`,
    'Leave it out: what a server publishes is only read.',
  );
}

function parseAfter({ text, source }: Pick<Resolved, 'text' | 'source'>): number | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'no') return undefined;
  if (word === '0') return 0;
  const days = Number(AFTER.exec(word)?.[1] ?? -1);
  if (days >= 0 && days <= MAX_DAYS) return days * DAY_MS;
  throw new UserError(
    'BAD_CLEAN_SOURCE',
    `${source}: "${text}" is none of no, 0 and after N days.`,
    'For example: CleanSource = after 30 days.',
  );
}
