/**
 * Asks the server that runs for these settings: the one of its home, or, when no state folder was given, the one that
 * publishes one of the folders with another home.
 */
import {
  askProgram,
  type ControlResult,
  displayName,
  EXIT,
  findRunning,
  type RunningProgram,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import type { Home } from '../share/home.ts';

export interface Asking {
  readonly home: Home;
  /** A person named the state folder: no other one is meant. */
  readonly isStateDirGiven: boolean;
  /** The published folders, absolute and real. */
  readonly monitorDirs: readonly string[];
  readonly isJson: boolean;
  /** `accept` without a question. */
  readonly isAgreed: boolean;
  /** The share that is meant; undefined when none was named. */
  readonly share: string | undefined;
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
  const next = `Start it with "${typedCommand('lanmirror-server start')}"; of one with another MonitorDir or state folder, give them.`;
  throw notRunning(`No lanmirror-server runs for ${foldersText(asking)}.`, next);
}

/** The same; undefined when no server runs. Throws UserError when it is not clear which one is meant. */
export async function askIfRunning(
  asking: Asking,
  verb: string,
  flags: Readonly<Record<string, string>> = {},
): Promise<ControlResult | undefined> {
  const { home, isStateDirGiven, monitorDirs } = asking;
  const answer = await askProgram(home.dir, verb, flags, SILENT);
  if (answer !== undefined) return answer;
  const found = monitorDirs.flatMap((root) => findRunning('server', root, process.env));
  const running = [...new Map(found.map((program) => [program.pid, program])).values()];
  const [only] = running;
  if (only === undefined) return undefined;
  if (isStateDirGiven || running.length > 1) throw anotherRuns(asking, running);
  return askProgram(only.stateDir, verb, flags, SILENT);
}

/** The published folders, as they stand in a sentence. */
export function foldersText({ monitorDirs }: Pick<Asking, 'monitorDirs'>): string {
  return monitorDirs.map((root) => displayName(root)).join(', ');
}

function anotherRuns(asking: Asking, running: readonly RunningProgram[]): UserError {
  const list = running.map(({ stateDir, pid }) => `${displayName(stateDir)} (process ${pid})`).join(', ');
  return notRunning(
    `The lanmirror-server for ${foldersText(asking)} runs with another state folder: ${list}.`,
    'Give that one with --state-dir.',
  );
}

function notRunning(cause: string, next: string): UserError {
  return new UserError('NOT_RUNNING', cause, next, EXIT.noConnection);
}
