/** The commands that ask the client which runs on a target, and what they print. */
import {
  CLIENT_SETTINGS,
  type Configuration,
  displayName,
  EXIT,
  type ExitCode,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import { lineWith } from '../job/job-line.ts';
import { labelled } from '../job/job-progress.ts';
import type { PassVerdict } from './asked-pass.ts';
import { differenceLines } from './difference-text.ts';
import { passText } from './pass-text.ts';
import { askClient, type ClientPlace } from './running-client.ts';
import { settingConflicts } from './setting-conflict.ts';
import type { ReloadResult } from './settings-feed.ts';
import { type ClientStatus, statusText } from './status.ts';
import { NOT_RUNNING, RESTING, untilStarted } from './until-started.ts';

export interface Asking extends ClientPlace {
  /** The job that is asked about; '' for the only mirror of a client. */
  readonly name: string;
  /** What the person who asks has set. */
  readonly configuration: Configuration;
  readonly isJson: boolean;
  /** `sync`: the only part to be looked at; '' for all. */
  readonly only: string;
  /** `accept` without a question. */
  readonly isAgreed: boolean;
  readonly timeoutSeconds: number;
}

/** Commands of this kind, by name. */
export const ASKING: Readonly<Record<string, (asking: Asking) => Promise<ExitCode>>> = {
  status,
  wait,
  accept,
  reload,
  stop,
};

/**
 * One pass done by the running client; undefined when none runs.
 * @throws UserError with exit code 5 when that client mirrors something else, or in another way
 */
export async function syncBeside(asking: Asking): Promise<ExitCode | undefined> {
  const inEffect = await askClient(asking, 'settings', {});
  if (inEffect === undefined) return undefined;
  refuseConflict(asking, inEffect.result as Readonly<Record<string, unknown>>);
  const answer = await askClient(asking, 'sync', {
    timeout: asking.timeoutSeconds,
    only: asking.only,
  });
  if (answer === undefined) return undefined;
  say(labelled(asking.name, 'Done by the client that runs here.'));
  return tellPass(asking, answer.exit, answer.result as PassVerdict);
}

function refuseConflict(
  { configuration, targetDir }: Asking,
  running: Readonly<Record<string, unknown>>,
): void {
  const conflicts = settingConflicts(CLIENT_SETTINGS, configuration, running);
  if (conflicts.length === 0) return;
  throw new UserError(
    'OTHER_SETTINGS',
    `A lanmirror-client with other settings runs for ${displayName(targetDir)}: ${conflicts.map(displayName).join(', ')}.`,
    `Run it with the settings of the running client, or stop that one first ("${typedCommand('lanmirror-client stop')}").`,
    EXIT.alreadyRunning,
  );
}

async function status(asking: Asking): Promise<ExitCode> {
  const { exit, result } = await askRunning(asking, 'status', {});
  if (asking.isJson) say(JSON.stringify(result));
  else for (const line of statusText(result as ClientStatus)) say(line);
  return exit;
}

/** A client that starts just now is waited for, too. */
async function wait(asking: Asking): Promise<ExitCode> {
  const { exit, result } = await untilStarted(asking.timeoutSeconds * 1000, (leftMs) =>
    askRunning(asking, 'wait', { timeout: Math.max(1, Math.ceil(leftMs / 1000)) }),
  ).catch((error: unknown) => {
    throw error instanceof UserError && error.code === RESTING ? resting(error, asking.name) : error;
  });
  return tellPass(asking, exit, result as PassVerdict);
}

/** With the pass of the one mirror that was asked about: of several jobs the others may rest on. */
function resting({ code, message, exitCode }: UserError, name: string): UserError {
  return new UserError(code, message, `"${lineWith('sync', name)}" does a pass at once.`, exitCode);
}

const where = (): string => `"${typedCommand('lanmirror-client status')}" names them`;

function tellPass({ isJson, name }: Asking, exit: ExitCode, result: PassVerdict): ExitCode {
  const tell = (text: string): void => say(labelled(name, text));
  if (isJson) say(JSON.stringify(result));
  else {
    if (result.exception !== undefined && result.exception !== '') tell(result.exception);
    if (result.differing.length > 0 && !result.isHeld && result.halt === '')
      for (const line of differenceLines(result.differing, true, name)) tell(line);
    else tell(passText(result, where()));
  }
  return exit;
}

/** It may have to read the whole state: the other commands have no need to load what that takes. */
async function accept(asking: Asking): Promise<ExitCode> {
  return (await import('./accept.ts')).accept(asking);
}

async function reload(asking: Asking): Promise<ExitCode> {
  const { exit, result } = await askRunning(asking, 'reload', {});
  if (asking.isJson) say(JSON.stringify(result));
  else for (const line of reloadLines(result as ReloadResult)) say(line);
  return exit;
}

/** What a reload did, for a person. */
export function reloadLines({ live, later }: ReloadResult): string[] {
  if (live.length + later.length === 0) return ['Nothing changed.'];
  return [
    ...live.map((text) => `In effect: ${displayName(text)}`),
    ...later.map((text) => `At the next start: ${displayName(text)}`),
  ];
}

async function stop(asking: Asking): Promise<ExitCode> {
  const answer = await askClient(asking, 'stop', {});
  say(
    answer === undefined
      ? `Nothing to stop: no lanmirror-client runs for ${displayName(asking.targetDir)}.`
      : 'Stopping.',
  );
  return EXIT.done;
}

async function askRunning(
  asking: Asking,
  verb: string,
  flags: Readonly<Record<string, number>>,
): Promise<{ exit: ExitCode; result?: unknown }> {
  const answer = await askClient(asking, verb, flags);
  if (answer !== undefined) return answer;
  throw new UserError(
    NOT_RUNNING,
    `No lanmirror-client runs for ${displayName(asking.targetDir)}.`,
    `Start it with "${typedCommand('lanmirror-client start')}".`,
    EXIT.noConnection,
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
