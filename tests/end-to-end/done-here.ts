/**
 * What a client does in one go, a pass or a question, done by the process of the test: for a program the start takes
 * several times as long as that. It is the same from the arguments to the exit code, but for the jobs of an INI and `join`.
 */
import { join } from 'node:path';
import {
  CLIENT_SETTINGS,
  type ConfigurationInput,
  displayName,
  EXIT,
  parseCommandLine,
  plainProgress,
  readConfiguration,
  readStanding,
  UserError,
} from '@lanmirror/engine/host';
import { VERBS } from '../../packages/client/src/command-table.ts';
import { followIni } from '../../packages/client/src/control/settings-feed.ts';
import { doneElsewhere, mirrorHere } from '../../packages/client/src/one-mirror.ts';
import { PROGRAM, VERSION } from '../../packages/client/src/program-name.ts';
import { foldersOf } from '../../packages/client/src/wanted.ts';

const SHAPE = { program: PROGRAM, version: VERSION, verbs: VERBS, settings: CLIENT_SETTINGS };
/** Nobody ends it: it comes to its own end. */
const NEVER = new Promise<never>(() => undefined);

export interface Done {
  readonly exit: number;
  /** Everything that it printed. */
  readonly output: string;
}

/**
 * @param args as they are typed, with `--config /dev/null`
 * @param aheadMs by how much its clock is ahead
 * @throws Error of a fault of ours, which a program would report as one
 */
export async function doneHere(cwd: string, args: readonly string[], aheadMs = 0): Promise<Done> {
  let output = '';
  const add = (text: string): void => {
    output += text;
  };
  const restore = replaceSurroundings(add, aheadMs, join(cwd, 'xdg-state'));
  try {
    return { exit: await clientHere(cwd, args), output };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const said = [`${PROGRAM}: ${displayName(error.message)}`, displayName(error.nextStep)];
    return { exit: error.exitCode, output: `${output}${said.filter((line) => line !== '').join('\n')}\n` };
  } finally {
    restore();
  }
}

async function clientHere(cwd: string, args: readonly string[]): Promise<number> {
  const command = await parseCommandLine(SHAPE, args);
  if (command === undefined) return EXIT.done;
  const { verb, flags } = command;
  const input: ConfigurationInput = {
    ...{ section: 'Client', config: String(flags.config), flags, env: process.env, cwd },
  };
  const warn = (text: string): void => void process.stderr.write(`${text}\n`);
  const configuration = verb === 'status' ? readStanding(input, warn) : readConfiguration(input);
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
