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
 *
 * A client with sections [Job NAME] has many mirrors; then `start` runs all of them, and commands take names.
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
  configCommand,
  displayName,
  EXIT,
  type ExitCode,
  faultIn,
  findKey,
  JOB_SETTINGS,
  keepHeapSmall,
  openStateDir,
  type ProcessLimit,
  type Progress,
  parseCommandLine,
  plainProgress,
  processLimit,
  readConfiguration,
  realPath,
  requireSetting,
  runProgram,
  UserError,
  untilSignal,
  writeLine,
  yieldToOthers,
} from '@lanmirror/engine/host';
import { VERBS } from './command-table.ts';
import { type FollowSettings, followIni } from './control/settings-feed.ts';
import { type ConfiguredJob, chooseJob, chooseJobs, jobsOf, requireJob } from './job/configured-job.ts';
import { checkJobs, jobFaults } from './job/job-check.ts';
import { jobProgress } from './job/job-progress.ts';
import type { Job } from './mirror-command.ts';

const PROGRAM = 'lanmirror-client';
const VERSION = '0.1.0';
/** Commands whose words are names of jobs. */
const WITH_JOB_WORDS: ReadonlySet<string> = new Set(['sync', 'status', 'stop', 'add', 'pause', 'resume']);

/** A command with what it is about: the settings that are in effect, and the folders they name. */
interface Wanted {
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

/** How a mirror runs in this process. */
interface Running {
  /** `start` or `sync`. */
  readonly verb: string;
  readonly isDryRun: boolean;
  readonly progress: Progress;
  readonly follow: FollowSettings;
  /** To which the process is held with all its mirrors; without it, to what the settings of this one say. */
  readonly limit?: ProcessLimit;
  /** Resolves when a person wants it to end. */
  readonly ended: Promise<unknown>;
}

await runProgram(PROGRAM, main);

async function main(circumstances: Circumstances): Promise<ExitCode> {
  const sections = [{ head: '[Job NAME]', settings: JOB_SETTINGS }];
  const shape = { program: PROGRAM, version: VERSION, verbs: VERBS, settings: CLIENT_SETTINGS, sections };
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
  if (command.verb === 'config') return configOf(command, given);
  const input = command.verb === 'join' ? await joined(command, given) : given;
  const configuration = readConfiguration(input);
  const jobs = jobsOf(configuration);
  if (jobs.length > 0) return commandOnJobs(command, input, configuration, jobs);
  refuseJobNames(command);
  const wanted = await foldersOf('', command, input, configuration);
  circumstances.stateDir = wanted.stateDir;
  return (await doneElsewhere(wanted)) ?? mirrorHere(wanted, runningAlone(wanted));
}

function configOf({ words, flags }: Command, input: ConfigurationInput): ExitCode {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const faultsOf = (configuration: Configuration): readonly UserError[] =>
    configuration.parts.length > 0
      ? jobFaults(configuration)
      : faultIn(() => required(configuration, 'TargetDir'));
  return configCommand({ input, what: words[0] ?? '', isJson: flags.json === true, faultsOf, say });
}

/** A client without sections has one mirror, and that has no name. */
function refuseJobNames({ verb, words, flags }: Command): void {
  const [word] = WITH_JOB_WORDS.has(verb) ? words : [];
  const name = typeof flags.job === 'string' ? flags.job : word;
  if (name !== undefined) requireJob([], name);
}

async function commandOnJobs(
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
  jobs: readonly ConfiguredJob[],
): Promise<ExitCode> {
  const { verb, words, flags } = command;
  if (verb === 'start') return startAll(command, input, configuration);
  if (verb === 'sync') {
    checkJobs(configuration);
    return syncSome(command, input, configuration, chooseJobs(jobs, words));
  }
  const { JOB_COMMANDS } = await import('./job/job-command.ts');
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const asking = { configuration, env: input.env, words, isJson: flags.json === true, say };
  const answered = await JOB_COMMANDS[verb]?.(asking);
  if (answered !== undefined) return answered;
  const job = chooseJob(jobs, typeof flags.job === 'string' ? flags.job : undefined);
  const wanted = await foldersOf(job.name, command, input, job.configuration);
  const exit = await doneElsewhere(wanted);
  if (exit === undefined) throw new Error(`"${verb}" of a job was done by nobody`);
  return exit;
}

async function startAll(
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
): Promise<ExitCode> {
  const ended = untilSignal();
  if (configuration.text('IoPriority') === 'low') yieldToOthers((text) => writeLine('warn', text));
  keepHeapSmall();
  const { startJobs } = await import('./job/job-client.ts');
  const { systemClock } = await import('@lanmirror/engine/wire');
  const now = { configuration };
  const limit = processLimit(systemClock, () => now.configuration);
  return startJobs({
    changed: (changed) => void Object.assign(now, { configuration: changed }),
    ...{ input, configuration, ended, program: `${PROGRAM} ${VERSION}`, write: writeLine },
    run: async (job, follow, asked) => {
      const over = new Promise<void>((resolve) => {
        asked.addEventListener('abort', () => resolve());
        if (asked.aborted) resolve();
      });
      const wanted = await foldersOf(job.name, command, input, job.configuration);
      // A dry run is one pass: to look is all that it does.
      const verb = job.isDryRun ? 'sync' : 'start';
      const progress = jobProgress(job.name, () => performance.now(), writeLine);
      return mirrorHere(wanted, { verb, isDryRun: job.isDryRun, progress, follow, limit, ended: over });
    },
  });
}

async function syncSome(
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
  jobs: readonly ConfiguredJob[],
): Promise<ExitCode> {
  for (const warning of configuration.warnings) writeLine('warn', warning);
  let isEnding = false;
  const ended = untilSignal().then(() => {
    isEnding = true;
  });
  const { syncJobs } = await import('./job/sync-jobs.ts');
  const { systemClock } = await import('@lanmirror/engine/wire');
  const limit = processLimit(systemClock, () => configuration);
  return syncJobs({
    ...{ jobs, env: input.env, write: writeLine, isEnding: () => isEnding },
    isNamed: command.words.length > 0,
    run: async (job) => {
      const isDryRun = job.isDryRun || command.flags['dry-run'] === true;
      const flags = { ...command.flags, 'dry-run': isDryRun };
      const wanted = await foldersOf(job.name, { ...command, flags }, input, job.configuration);
      const progress = jobProgress(job.name, () => performance.now(), writeLine);
      const follow = followIni(input, progress);
      const running = { verb: 'sync', isDryRun, progress, follow, limit, ended };
      return (await doneElsewhere(wanted)) ?? mirrorHere(wanted, running);
    },
  });
}

function runningAlone({ command, input }: Wanted): Running {
  const progress = progressOnScreen();
  return {
    verb: command.verb === 'join' ? 'start' : command.verb,
    isDryRun: command.flags['dry-run'] === true,
    progress,
    follow: followIni(input, progress),
    ended: untilSignal(),
  };
}

/** Finds the folders that a command is about, and refuses those that it must not be about. */
async function foldersOf(
  name: string,
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
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
  refuseNested(targetDir, stateDir, 'the state folder');
  const trashDir = configuration.text('TrashDir');
  if (trashDir !== '') refuseNested(targetDir, trashDir, 'TrashDir');
  await refuseInSource(configuration, targetDir, trashDir === '' ? [stateDir] : [stateDir, trashDir]);
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

async function mirrorHere(wanted: Wanted, running: Running): Promise<ExitCode> {
  const { name, command, configuration, targetDir, stateDir } = wanted;
  const { verb, isDryRun, progress, follow, ended } = running;
  const key = configuration.text('Source') === '' ? requireKey(wanted) : undefined;
  const { runMirror } = await import('./mirror-command.ts');
  const { systemClock } = await import('@lanmirror/engine/wire');
  const settings = { configuration };
  const { limit = processLimit(systemClock, () => settings.configuration) } = running;
  if (configuration.text('IoPriority') === 'low') yieldToOthers((text) => progress.write('warn', text));
  keepHeapSmall();
  const locks = [acquireLock(joinPaths(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`)];
  try {
    const job: Job = {
      ...{ name, verb, configuration, stateDir, key, isDryRun, progress, follow, ended, locks },
      program: `${PROGRAM} ${VERSION}`,
      ...{ settings, limit },
      targetDir: realPath(targetDir),
      isAdopted: command.flags.adopt === true || (command.verb === 'join' && command.flags.yes === true),
      only: onlyOf(command),
    };
    const { runWithRoom } = await import('./state-room.ts');
    return await runWithRoom({
      ...{ stateDir, ended },
      isLive: verb === 'start' && !isDryRun,
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
  const { name, configuration, targetDir, stateDir } = wanted;
  const { verb, flags } = wanted.command;
  const isPlainSync = verb === 'sync' && flags['dry-run'] !== true && flags.adopt !== true;
  if (verb === 'start' || (verb === 'sync' && !isPlainSync)) return undefined;
  const { ASKING, syncBeside } = await import('./control/ask.ts');
  const asking = {
    name,
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
