/** The setting that names the ignore files of a source, whoever publishes it. docs/CONFIG.md explains it. */
import type { Resolved, Setting } from './setting.ts';
import { UserError } from './user-error.ts';

/** Each is looked for in every folder. */
const MAX_NAMES = 4;
const MAX_NAME_BYTES = 255;

export const IGNORE_SETTINGS: readonly Setting[] = [
  {
    key: 'IgnoreFiles',
    flag: 'ignore-files',
    kind: {
      type: 'phrase',
      says: 'file names',
      check: (found) => void readIgnoreNames(found),
    },
    default: '',
    help: 'names of files in the source that say what of their folder is left out, like a .gitignore',
  },
];

/**
 * The names in the order in which they count: later ones win over earlier ones.
 * @throws UserError with the place for what can be no name of a file
 */
export function readIgnoreNames({ text, source }: Pick<Resolved, 'text' | 'source'>): string[] {
  const names = text.split(',').map((name) => name.trim());
  const given = [...new Set(names.filter((name) => name !== ''))];
  const wrong = given.find((name) => !isFileName(name));
  if (wrong !== undefined)
    throw new UserError(
      'BAD_IGNORE_NAME',
      `${source}: "${wrong}" is no name of an ignore file.`,
      'Write the name alone, without a folder or wildcards, like IgnoreFiles = .mirrorignore.',
    );
  if (given.length > MAX_NAMES)
    throw new UserError(
      'MANY_IGNORE_NAMES',
      `${source}: there are ${given.length} names of ignore files; at most ${MAX_NAMES} are possible.`,
      'Leave out those that no folder needs.',
    );
  return given;
}

function isFileName(name: string): boolean {
  if (name === '.' || name === '..' || name.toLowerCase() === '.lanmirror') return false;
  return !/[/\\*?[\]\0]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}
