/** What a command is about: one mirror, with the settings that are in effect for it and the folders that they name. */
import {
  CLIENT_SETTINGS,
  type Command,
  type Configuration,
  type ConfigurationInput,
  findKey,
  openStateDir,
  requireSetting,
  stateDirFor,
  UserError,
} from '@lanmirror/engine/host';
import { PROGRAM } from './program-name.ts';

/** A command with what it is about: the settings that are in effect, and the folders they name. */
export interface Wanted {
  /** '' for the only mirror of a client without jobs. */
  readonly name: string;
  readonly command: Command;
  readonly input: ConfigurationInput;
  readonly configuration: Configuration;
  readonly targetDir: string;
  readonly stateDir: string;
  /** '' for the one in the target. */
  readonly trashDir: string;
}

/** Finds the folders that a command is about, and refuses those that it must not be about. */
export async function foldersOf(
  name: string,
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
): Promise<Wanted> {
  const targetDir = required(configuration, 'TargetDir');
  const { refuseDangerous, refuseNested } = await import('./mirror/prepare-target.ts');
  refuseDangerous(targetDir);
  const given = configuration.text('StateDir');
  const place = { program: 'client', root: targetDir, given, env: process.env } as const;
  // Where it must not be nothing is made: a source is only read.
  const stateDir = stateDirFor(place);
  refuseNested(targetDir, stateDir, 'the state folder');
  const trashDir = configuration.text('TrashDir');
  if (trashDir !== '') refuseNested(targetDir, trashDir, 'TrashDir');
  await refuseInSource(configuration, targetDir, trashDir === '' ? [stateDir] : [stateDir, trashDir]);
  openStateDir(place);
  return { name, command, input, configuration, targetDir, stateDir, trashDir };
}

/** Whoever names a source of this machine is told at once what lies in it; `others` are folders that we write to. */
async function refuseInSource(
  configuration: Configuration,
  targetDir: string,
  others: readonly string[],
): Promise<void> {
  const { placeOfSource, sourceDirOf } = await import('./source/source-folder.ts');
  const dir = sourceDirOf(configuration);
  if (dir === '') return;
  const { refuseNested, refuseOwnSource } = await import('./mirror/prepare-target.ts');
  refuseNested(targetDir, dir, 'Source');
  refuseOwnSource(targetDir, others, placeOfSource(dir));
}

/** What `--only` says; '' for everything. */
export function onlyOf({ flags }: Command): string {
  const { only = '', adopt } = flags;
  if (flags.only === '' || (typeof only === 'string' && /^[!./]+$/.test(only)))
    throw new UserError('USAGE', '--only needs a pattern.', `See ${PROGRAM} --help.`);
  if (only !== '' && adopt === true)
    throw new UserError(
      'USAGE',
      '--adopt takes over all of a target, and --only a part.',
      'Give one of them.',
    );
  return String(only);
}

export function requireKey({ configuration, stateDir }: Wanted): Uint8Array {
  const key = findKey(configuration, process.env, stateDir);
  if (key !== undefined) return key;
  throw new UserError(
    'NO_KEY',
    'There is no key yet.',
    'Print it on the server with "lanmirror-server key", and give it as --key-file FILE, KeyFile in the INI, or in LANMIRROR_KEY.',
  );
}

export function required(configuration: Configuration, key: string): string {
  const setting = CLIENT_SETTINGS.find((one) => one.key === key);
  if (setting === undefined) throw new Error(`no setting ${key}`);
  return requireSetting(configuration, setting, 'client');
}
