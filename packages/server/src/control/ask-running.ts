/**
 * Asks the server that runs on a folder: the one of the state folder, or, when none was given, the one that
 * publishes the folder with another state folder.
 */
import {
  askProgram,
  type ControlResult,
  displayName,
  EXIT,
  findRunning,
  type RunningProgram,
  UserError,
} from '@lanmirror/engine/host';

export interface Asking {
  readonly stateDir: string;
  /** A person named the state folder: no other one is meant. */
  readonly isStateDirGiven: boolean;
  readonly monitorDir: string;
  readonly isJson: boolean;
  /** `accept` without a question. */
  readonly isAgreed: boolean;
}

const SILENT = { line: () => undefined, record: () => undefined };

/** Asks the running server. Throws UserError when there is none, or what it answers. */
export async function askRunning(
  asking: Asking,
  verb: string,
  flags: Readonly<Record<string, string>> = {},
): Promise<ControlResult> {
  const answer = await askIfRunning(asking, verb, flags);
  if (answer !== undefined) return answer;
  const next =
    'Start it with "lanmirror-server start"; of one with another MonitorDir or state folder, give them.';
  throw notRunning(`No lanmirror-server runs for ${displayName(asking.monitorDir)}.`, next);
}

/** The same; undefined when no server runs. Throws UserError when it is not clear which one is meant. */
export async function askIfRunning(
  { stateDir, isStateDirGiven, monitorDir }: Asking,
  verb: string,
  flags: Readonly<Record<string, string>> = {},
): Promise<ControlResult | undefined> {
  const answer = await askProgram(stateDir, verb, flags, SILENT);
  if (answer !== undefined) return answer;
  const running = findRunning('server', monitorDir, process.env);
  const [only] = running;
  if (only === undefined) return undefined;
  if (isStateDirGiven || running.length > 1) throw anotherRuns(monitorDir, running);
  return askProgram(only.stateDir, verb, flags, SILENT);
}

function anotherRuns(monitorDir: string, running: readonly RunningProgram[]): UserError {
  const list = running.map(({ stateDir, pid }) => `${displayName(stateDir)} (process ${pid})`).join(', ');
  return notRunning(
    `The lanmirror-server for ${displayName(monitorDir)} runs with another state folder: ${list}.`,
    'Give that one with --state-dir.',
  );
}

function notRunning(cause: string, next: string): UserError {
  return new UserError('NOT_RUNNING', cause, next, EXIT.noConnection);
}
