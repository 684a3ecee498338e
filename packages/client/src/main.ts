/**
 * lanmirror-client: keeps a folder identical to what a server publishes.
 *
 *   lanmirror-client [start]     stay live
 *   lanmirror-client join HOST[:PORT] DIR    make DIR a mirror, and stay live
 *   lanmirror-client sync        one pass, then exit
 *   lanmirror-client status, wait, accept, reload, stop      ask the one that runs
 *   lanmirror-client trash, undo      what was deleted or replaced here
 *   lanmirror-client history     what happened here
 *   lanmirror-client excluded    what stands here although the rules leave it out
 *   lanmirror-client cleaned     what went from the source because it is here
 *   lanmirror-client explain     which rule decides about a path
 *
 * A client with sections [Job NAME] has many mirrors; then `start` runs all of them, and commands take names.
 */
import {
  barProgress,
  type Circumstances,
  CLIENT_SETTINGS,
  type Command,
  type Configuration,
  type ConfigurationInput,
  configCommand,
  EXIT,
  type ExitCode,
  faultIn,
  JOB_SETTINGS,
  keepHeapSmall,
  type Progress,
  parseCommandLine,
  plainProgress,
  readConfiguration,
  rememberConfig,
  runProgram,
  type UserError,
  untilSignal,
  yieldToOthers,
} from '@lanmirror/engine/host';
import { VERBS } from './command-table.ts';
import { followIni } from './control/settings-feed.ts';
import { jobsOf, requireJob } from './job/configured-job.ts';
import { doneElsewhere, mirrorHere, type Running } from './one-mirror.ts';
import { PROGRAM, VERSION } from './program-name.ts';
import { foldersOf, required, type Wanted } from './wanted.ts';

/** Commands whose words are names of jobs. */
const WITH_JOB_WORDS: ReadonlySet<string> = new Set(['sync', 'status', 'stop', 'add', 'pause', 'resume']);

/** They are about what runs, whatever its INI says by now. */
const ABOUT_RUNNING: ReadonlySet<string> = new Set(['status', 'stop', 'pause', 'resume', 'reload']);

void runProgram(PROGRAM, main);

async function main(circumstances: Circumstances): Promise<ExitCode> {
  const sections = [{ head: '[Job NAME]', settings: JOB_SETTINGS }];
  const shape = { program: PROGRAM, version: VERSION, verbs: VERBS, settings: CLIENT_SETTINGS, sections };
  const command = await parseCommandLine(shape, process.argv.slice(2));
  if (command === undefined) return EXIT.done;
  const config = command.flags.config;
  rememberConfig(config, process.cwd());
  const given: ConfigurationInput = {
    section: 'Client',
    config: typeof config === 'string' ? config : undefined,
    flags: command.flags,
    env: process.env,
    cwd: process.cwd(),
  };
  if (command.verb === 'config') return configOf(command, given);
  const input = command.verb === 'join' ? await joined(command, given) : given;
  const configuration = await settingsFor(command.verb, input);
  const jobs = jobsOf(configuration);
  if (jobs.length > 0) {
    const { commandOnJobs } = await import('./job/many-mirrors.ts');
    return commandOnJobs(command, input, configuration, jobs);
  }
  refuseJobNames(command);
  const wanted = await foldersOf('', command, input, configuration);
  circumstances.stateDir = wanted.stateDir;
  return (await doneElsewhere(wanted)) ?? mirrorHere(wanted, runningAlone(wanted));
}

async function configOf({ words, flags }: Command, input: ConfigurationInput): Promise<ExitCode> {
  const { jobFaults } = await import('./job/job-check.ts');
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const { folderFaults } = await import('./folder-fault.ts');
  const { requireCleanable } = await import('./clean/require-cleanable.ts');
  const { sourceDirOf } = await import('./source/source-folder.ts');
  const cleanFaults = (one: Pick<Configuration, 'get' | 'text'>): readonly UserError[] =>
    faultIn(() => requireCleanable(one, sourceDirOf(one)));
  const faultsOf = (configuration: Configuration): readonly UserError[] => {
    const { parts } = configuration;
    if (parts.length === 0)
      return [
        ...faultIn(() => required(configuration, 'TargetDir')),
        ...folderFaults(configuration, input.env),
        ...cleanFaults(configuration),
      ];
    return [
      ...jobFaults(configuration),
      ...parts.flatMap((part) => [...folderFaults(part, input.env), ...cleanFaults(part)]),
    ];
  };
  return configCommand({ input, what: words[0] ?? '', isJson: flags.json === true, faultsOf, say });
}

async function settingsFor(verb: string, input: ConfigurationInput): Promise<Configuration> {
  if (!ABOUT_RUNNING.has(verb)) return readConfiguration(input);
  const { settingsOfRunning } = await import('./control/settings-of-running.ts');
  return settingsOfRunning(verb, input, warn);
}

/** A client without sections has one mirror, and that has no name. */
function refuseJobNames({ verb, words, flags }: Command): void {
  const [word] = WITH_JOB_WORDS.has(verb) ? words : [];
  const name = typeof flags.job === 'string' ? flags.job : word;
  if (name !== undefined) requireJob([], name);
}

function runningAlone({ command, configuration, input }: Wanted): Running {
  const progress = progressOnScreen();
  if (configuration.text('IoPriority') === 'low') yieldToOthers((text) => progress.write('warn', text));
  keepHeapSmall();
  return {
    verb: command.verb === 'join' ? 'start' : command.verb,
    isDryRun: command.flags['dry-run'] === true,
    progress,
    follow: followIni(input, progress),
    // A single pass can be asked nothing.
    iniPath: command.verb === 'sync' ? '' : configuration.iniPath,
    ended: untilSignal(),
  };
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

function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}
