/**
 * The settings of a client whose source is a folder of this machine. docs/CONFIG.md explains every one; a test holds
 * the two together.
 */
import { IGNORE_SETTINGS } from './ignore-settings.ts';
import { envNameOf, type Resolved, type Setting } from './setting.ts';
import { UserError } from './user-error.ts';
import { WATCH_SETTINGS } from './watch-settings.ts';

export const SOURCE_SETTINGS: readonly Setting[] = [
  {
    key: 'Source',
    flag: 'source',
    kind: { type: 'path' },
    default: '',
    help: 'folder of this machine to mirror, instead of a server',
    isOwn: true,
    isBelowBase: true,
  },
  ...WATCH_SETTINGS,
  ...IGNORE_SETTINGS,
];

/** What belongs to a server. A key in the environment may be there for another mirror. */
const OF_A_SERVER = [
  { key: 'ServerIP' },
  { key: 'ServerPort' },
  { key: 'ServerRoot' },
  { key: 'Share' },
  { key: 'Key', variable: envNameOf({ flag: 'key' }) },
  { key: 'KeyFile', variable: envNameOf({ flag: 'key-file' }) },
  { key: 'KeyName', variable: envNameOf({ flag: 'key-name' }) },
];

/** A key in the environment may be there for a server on this machine. */
const IGNORE_VARIABLE = envNameOf({ flag: 'ignore-files' });

/**
 * Ignore files are read where the files are: by a server, or for a folder of this machine. What a job only inherits, by
 * `inherited` of the program, was not given for it.
 *
 * @throws UserError with its place when they are named for a mirror of a server
 */
export function refuseIdleIgnoreFiles(
  get: (key: string) => Resolved,
  inherited?: (key: string) => Resolved,
): void {
  const { isDefault, source } = get('IgnoreFiles');
  if (isDefault || !get('Source').isDefault) return;
  if (source === IGNORE_VARIABLE || source === inherited?.('IgnoreFiles').source) return;
  throw new UserError(
    'IGNORE_WITHOUT_SOURCE',
    `${source} is about ignore files in the source, and that belongs to a server here: nothing would be left out by them.`,
    "Give IgnoreFiles in the server's INI, in [Server] or in the section of the share.",
  );
}

/**
 * A mirror has one source. What a job only inherits, by `inherited` of the program, was not given for it.
 *
 * @throws UserError with both places when a folder and something of a server are given; a default is not given
 */
export function refuseTwoSources(
  get: (key: string) => Resolved,
  inherited?: (key: string) => Resolved,
): void {
  const folder = get('Source');
  if (folder.isDefault) return;
  for (const { key, variable } of OF_A_SERVER) {
    const { isDefault, source } = get(key);
    if (isDefault || source === variable || source === inherited?.(key).source) continue;
    throw new UserError(
      'TWO_SOURCES',
      `${folder.source} names a folder of this machine as the source, and ${source} belongs to a server.`,
      'Give one of them: a mirror has one source.',
    );
  }
}
