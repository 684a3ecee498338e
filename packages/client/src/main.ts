/**
 * lanmirror-client: keeps a folder identical to what a server publishes.
 *
 *   lanmirror-client [start]     stay live
 *   lanmirror-client join HOST[:PORT] DIR    make DIR a mirror, and stay live
 *   lanmirror-client sync        one pass, then exit
 *   lanmirror-client status, wait, accept, reload, stop      ask the one that runs
 *   lanmirror-client trash, undo      what was deleted or replaced here
 *   lanmirror-client history     what happened here
 *   lanmirror-client explain     which rule decides about a path
 */
import { join as joinPaths } from 'node:path';
import {
  acquireLock,
  barProgress,
  type Circumstances,
  CLIENT_SETTINGS,
  type Command,
  type Configuration,
  type ConfigurationInput,
  displayName,
  EXIT,
  type ExitCode,
  findKey,
  openStateDir,
  type Progress,
  parseCommandLine,
  plainProgress,
  readConfiguration,
  realPath,
  requireSetting,
  runProgram,
  UserError,
  untilSignal,
} from '@lanmirror/engine/host';
import { VERBS } from './command-table.ts';
import type { Job } from './mirror-command.ts';

const PROGRAM = 'lanmirror-client';
const VERSION = '0.1.0';

/** A command with what it is about: the settings that are in effect, and the folders they name. */
interface Wanted {
  readonly command: Command;
  readonly input: ConfigurationInput;
  readonly configuration: Configuration;
  readonly targetDir: string;
  readonly stateDir: string;
  /** '' for the one in the target. */
  readonly trashDir: string;
}

await runProgram(PROGRAM, main);

async function main(circumstances: Circumstances): Promise<ExitCode> {
  const shape = { program: PROGRAM, version: VERSION, verbs: VERBS, settings: CLIENT_SETTINGS };
  const command = await parseCommandLine(shape, process.argv.slice(2));
  if (command === undefined) return EXIT.done;
  const config = command.flags.config;
  const given: ConfigurationInput = {
    section: 'Client',
    config: typeof config === 'string' ? config : undefined,
    flags: command.flags,
    env: process.env,
    cwd: process.cwd(),
  };
  const input = command.verb === 'join' ? await joined(command, given) : given;
  const configuration = readConfiguration(input);
  const wanted = await foldersOf(command, input, configuration, circumstances);
  return (await doneElsewhere(wanted)) ?? mirrorHere(wanted);
}

/** Finds the folders that a command is about, and refuses those that it must not be about. */
async function foldersOf(
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
  circumstances: Circumstances,
): Promise<Wanted> {
  const targetDir = required(configuration, 'TargetDir');
  const { refuseDangerous, refuseNested } = await import('./mirror/prepare-target.ts');
  refuseDangerous(targetDir);
  const stateDir = openStateDir({
    program: 'client',
    root: targetDir,
    given: configuration.text('StateDir'),
    env: process.env,
  });
  circumstances.stateDir = stateDir;
  refuseNested(targetDir, stateDir, 'the state folder');
  const trashDir = configuration.text('TrashDir');
  if (trashDir !== '') refuseNested(targetDir, trashDir, 'TrashDir');
  await refuseInSource(configuration, targetDir, trashDir === '' ? [stateDir] : [stateDir, trashDir]);
  return { command, input, configuration, targetDir, stateDir, trashDir };
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

/** What needs no mirroring by this process; undefined for what does. */
async function doneElsewhere(wanted: Wanted): Promise<ExitCode | undefined> {
  const { words, flags, verb } = wanted.command;
  if (verb === 'trash' || verb === 'undo') {
    const { TRASH_COMMANDS } = await import('./trash/trash-command.ts');
    const days = wanted.configuration.number('TrashDays');
    return TRASH_COMMANDS[verb]({ ...wanted, words, flags, days, cwd: wanted.input.cwd });
  }
  if (verb === 'history') {
    const { historyCommand } = await import('./history/history-command.ts');
    return historyCommand({ ...wanted, words, flags, days: wanted.configuration.number('HistoryDays') });
  }
  if (verb === 'explain') {
    const { explainCommand } = await import('./control/explain-command.ts');
    return explainCommand({ ...wanted, typed: words[0] ?? '', isJson: flags.json === true });
  }
  if (verb === 'verify') {
    const { verifyCommand } = await import('./verify/verify-command.ts');
    const { stateDir, targetDir } = wanted;
    const options = { pattern: words[0] ?? '', isRepair: flags.repair === true, isJson: flags.json === true };
    return verifyCommand({ stateDir, targetDir, ...options });
  }
  return askInstead(wanted);
}

async function mirrorHere(wanted: Wanted): Promise<ExitCode> {
  const { command, input, configuration, targetDir, stateDir } = wanted;
  const key = configuration.text('Source') === '' ? requireKey(wanted) : undefined;
  const { runMirror } = await import('./mirror-command.ts');
  void untilSignal();
  const progress = progressOnScreen();
  const locks = [acquireLock(joinPaths(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`)];
  try {
    const job: Job = {
      program: `${PROGRAM} ${VERSION}`,
      verb: command.verb === 'join' ? 'start' : command.verb,
      input,
      configuration,
      settings: { configuration },
      targetDir: realPath(targetDir),
      stateDir,
      key,
      isAdopted: command.flags.adopt === true || (command.verb === 'join' && command.flags.yes === true),
      isDryRun: command.flags['dry-run'] === true,
      only: onlyOf(command),
      progress,
      locks,
    };
    const { runWithRoom } = await import('./state-room.ts');
    return await runWithRoom({
      stateDir,
      isLive: job.verb === 'start' && !job.isDryRun,
      ended: untilSignal(),
      warn: (text) => progress.write('warn', displayName(text)),
      run: () => runMirror(job),
    });
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** What `--only` says; '' for everything. */
function onlyOf({ flags }: Command): string {
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

function requireKey({ configuration, stateDir }: Wanted): Uint8Array {
  const key = findKey(configuration, process.env, stateDir);
  if (key !== undefined) return key;
  throw new UserError(
    'NO_KEY',
    'There is no key yet.',
    'Print it on the server with "lanmirror-server key", and give it as --key-file FILE, KeyFile in the INI, or in LANMIRROR_KEY.',
  );
}

function progressOnScreen(): Progress {
  const nowMs = (): number => performance.now();
  if (process.stderr.isTTY) return barProgress(nowMs);
  return plainProgress(nowMs, (text) => void process.stdout.write(`${text}\n`));
}

/** After the server was called and the settings were written: what the start is to read. */
async function joined({ words }: Command, input: ConfigurationInput): Promise<ConfigurationInput> {
  const { prepareJoin } = await import('./join/join.ts');
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  return prepareJoin({ words, input, program: `${PROGRAM} ${VERSION}`, say });
}

/** What a client that runs already does; undefined when this process has to do it. */
async function askInstead(wanted: Wanted): Promise<ExitCode | undefined> {
  const { configuration, targetDir, stateDir } = wanted;
  const { verb, flags } = wanted.command;
  const isPlainSync = verb === 'sync' && flags['dry-run'] !== true && flags.adopt !== true;
  if (verb === 'start' || (verb === 'sync' && !isPlainSync)) return undefined;
  const { ASKING, syncBeside } = await import('./control/ask.ts');
  const asking = {
    configuration,
    stateDir,
    targetDir,
    only: onlyOf(wanted.command),
    isJson: flags.json === true,
    isAgreed: flags.yes === true,
    timeoutSeconds: configuration.number('Timeout'),
  };
  return isPlainSync && configuration.text('SyncMode') !== 'full'
    ? syncBeside(asking)
    : ASKING[verb]?.(asking);
}

function required(configuration: Configuration, key: string): string {
  const setting = CLIENT_SETTINGS.find((one) => one.key === key);
  if (setting === undefined) throw new Error(`no setting ${key}`);
  return requireSetting(configuration, setting, 'client');
}
