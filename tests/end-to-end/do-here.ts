/**
 * What a client does in one go, a pass or a question, and a question to a server, done by the process of the test: for a
 * program the start takes several times as long as that. It is the same from the arguments to the exit code; what goes on,
 * `join`, and a pass of several jobs are left to programs.
 */
import { join } from 'node:path';
import {
  CLIENT_SETTINGS,
  type ConfigurationInput,
  displayName,
  EXIT,
  JOB_SETTINGS,
  parseCommandLine,
  plainProgress,
  readConfiguration,
  rememberConfig,
  UserError,
} from '@lanmirror/engine/host';
import { VERBS } from '../../packages/client/src/command-table.ts';
import { followIni } from '../../packages/client/src/control/settings-feed.ts';
import { settingsOfRunning } from '../../packages/client/src/control/settings-of-running.ts';
import { jobsOf } from '../../packages/client/src/job/configured-job.ts';
import { commandOnJobs } from '../../packages/client/src/job/many-mirrors.ts';
import { doneElsewhere, mirrorHere } from '../../packages/client/src/one-mirror.ts';
import { PROGRAM, VERSION } from '../../packages/client/src/program-name.ts';
import { foldersOf } from '../../packages/client/src/wanted.ts';
import { PROGRAM as SERVER, serverCommand } from '../../packages/server/src/command.ts';

const SHAPE = {
  ...{ program: PROGRAM, version: VERSION, verbs: VERBS, settings: CLIENT_SETTINGS },
  sections: [{ head: '[Job NAME]', settings: JOB_SETTINGS }],
};
/** They are about what runs, whatever its INI says by now. */
const ABOUT_RUNNING: ReadonlySet<string> = new Set(['status', 'stop', 'pause', 'resume', 'reload']);
/** Much is done by threads, whose scripts only a built program has. */
const NO_THREAD = /the thread that .* failed/;
/** Nobody ends it: it comes to its own end. */
const NEVER = new Promise<never>(() => undefined);

/** What is done, was, or has its turn soon. */
export interface Doing {
  /** Everything printed so far. */
  output(): string;
  /** Resolves with the exit code. Rejects with a fault of ours, which a program would report as one. */
  ended(): Promise<number>;
}

/** When what was begun last is over. */
let last: Promise<unknown> = Promise.resolve();

/**
 * One at a time, in the order of the calls: what this process prints meanwhile is taken for what the client says. So what
 * ends only by another one that begins later is to be a program.
 *
 * @param cwd the folder of the test
 * @param args as they are typed
 * @param aheadMs by how much its clock is ahead
 */
export function doHere(cwd: string, args: readonly string[], aheadMs = 0): Doing {
  return inTurn(cwd, PROGRAM, () => clientHere(cwd, args), aheadMs);
}

/** The same for what is asked about a server. */
export function askServerHere(cwd: string, args: readonly string[]): Doing {
  return inTurn(cwd, SERVER, () => serverCommand({ stateDir: '' }, args, cwd));
}

function inTurn(cwd: string, program: string, work: () => Promise<number>, aheadMs = 0): Doing {
  let text = '';
  const add = (more: string): void => {
    text += more;
  };
  const ended = last.then(async () => {
    const restore = replaceSurroundings(add, aheadMs, join(cwd, 'xdg-state'));
    try {
      return await exitOf(program, work, add);
    } finally {
      restore();
    }
  });
  last = ended.catch(() => undefined);
  return {
    output: () => text,
    ended: async () => {
      const exit = await ended;
      if (NO_THREAD.test(text)) throw new Error(`too much to be done without a program: ${text}`);
      return exit;
    },
  };
}

async function exitOf(
  program: string,
  work: () => Promise<number>,
  add: (text: string) => void,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    add(`${program}: ${displayName(error.message)}\n`);
    if (error.nextStep !== '') add(`${displayName(error.nextStep)}\n`);
    return error.exitCode;
  }
}

async function clientHere(cwd: string, args: readonly string[]): Promise<number> {
  const command = await parseCommandLine(SHAPE, args);
  if (command === undefined) return EXIT.done;
  const { verb, flags } = command;
  const config = typeof flags.config === 'string' ? flags.config : undefined;
  rememberConfig(config, cwd);
  const input: ConfigurationInput = { section: 'Client', config, flags, env: process.env, cwd };
  const warn = (text: string): void => void process.stderr.write(`${text}\n`);
  const configuration = ABOUT_RUNNING.has(verb)
    ? await settingsOfRunning(verb, input, warn)
    : readConfiguration(input);
  const jobs = jobsOf(configuration);
  if (jobs.length > 0) return commandOnJobs(command, input, configuration, jobs);
  const wanted = await foldersOf('', command, input, configuration);
  const progress = plainProgress(
    () => performance.now(),
    (text) => void process.stdout.write(`${text}\n`),
  );
  const running = { verb, isDryRun: flags['dry-run'] === true, progress, ended: NEVER };
  return (
    (await doneElsewhere(wanted)) ?? mirrorHere(wanted, { ...running, follow: followIni(input, progress) })
  );
}

/** Both streams of this process, its clock, and where it notes things about itself, until the returned function puts them back. */
function replaceSurroundings(add: (text: string) => void, aheadMs: number, stateHome: string): () => void {
  const { stdout, stderr, env } = process;
  const [toOut, toError, now, home] = [stdout.write, stderr.write, Date.now, env.XDG_STATE_HOME];
  const write = (text: string | Uint8Array): boolean => {
    add(String(text));
    return true;
  };
  stdout.write = write;
  stderr.write = write;
  Date.now = () => now() + aheadMs;
  env.XDG_STATE_HOME = stateHome;
  return () => {
    if (home === undefined) delete env.XDG_STATE_HOME;
    else env.XDG_STATE_HOME = home;
    stdout.write = toOut;
    stderr.write = toError;
    Date.now = now;
  };
}
