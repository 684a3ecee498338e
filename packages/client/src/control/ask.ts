/** The commands that ask the client which runs on a target, and what they print. */
import { createInterface } from 'node:readline/promises';
import {
  acquireLock,
  CLIENT_SETTINGS,
  type Configuration,
  displayName,
  EXIT,
  type ExitCode,
  UserError,
} from '@lanmirror/engine/host';
import { openState } from '../client.ts';
import { heldTops } from '../mirror/held-tops.ts';
import { syncText } from '../mirror/sync-text.ts';
import { sourcePathOf } from '../state/placement.ts';
import { askClient, type ClientPlace } from './running-client.ts';
import { settingConflicts } from './setting-conflict.ts';
import { type ClientStatus, statusText } from './status.ts';
import type { PassVerdict } from './verbs.ts';

export interface Asking extends ClientPlace {
  /** What the person who asks has set. */
  readonly configuration: Configuration;
  readonly isJson: boolean;
  /** `accept` without a question. */
  readonly isAgreed: boolean;
  readonly timeoutSeconds: number;
}

/** Commands of this kind, by name. */
export const ASKING: Readonly<Record<string, (asking: Asking) => Promise<ExitCode>>> = {
  status,
  wait: (asking) => pass('wait', asking),
  accept,
  reload,
  stop,
};

interface Held {
  readonly token?: number;
  readonly count: number;
  readonly paths: readonly string[];
}

/**
 * One pass done by the running client; undefined when none runs.
 * @throws UserError with exit code 5 when that client mirrors something else, or in another way
 */
export async function syncBeside(asking: Asking): Promise<ExitCode | undefined> {
  const inEffect = await askClient(asking, 'settings', {});
  if (inEffect === undefined) return undefined;
  refuseConflict(asking, inEffect.result as Readonly<Record<string, unknown>>);
  const answer = await askClient(asking, 'sync', { timeout: asking.timeoutSeconds });
  if (answer === undefined) return undefined;
  say('Done by the client that runs here.');
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
    'Run it with the settings of the running client, or stop that one first ("lanmirror-client stop").',
    EXIT.alreadyRunning,
  );
}

async function status(asking: Asking): Promise<ExitCode> {
  const { exit, result } = await askRunning(asking, 'status', {});
  if (asking.isJson) say(JSON.stringify(result));
  else for (const line of statusText(result as ClientStatus)) say(line);
  return exit;
}

async function pass(verb: string, asking: Asking): Promise<ExitCode> {
  const { exit, result } = await askRunning(asking, verb, { timeout: asking.timeoutSeconds });
  return tellPass(asking, exit, result as PassVerdict);
}

function tellPass({ isJson }: Asking, exit: ExitCode, result: PassVerdict): ExitCode {
  if (isJson) say(JSON.stringify(result));
  else if (result.halt !== '') say(`HALTED: ${displayName(result.halt)}`);
  else if (result.isHeld) say('HELD: deletions wait for you; see "lanmirror-client status".');
  else say(syncText('in sync', result, '"lanmirror-client status" names them'));
  return exit;
}

async function reload(asking: Asking): Promise<ExitCode> {
  const { exit, result } = await askRunning(asking, 'reload', {});
  const { live, later } = result as { live: readonly string[]; later: readonly string[] };
  if (asking.isJson) say(JSON.stringify(result));
  else if (live.length + later.length === 0) say('Nothing changed.');
  else {
    for (const text of live) say(`In effect: ${displayName(text)}`);
    for (const text of later) say(`At the next start: ${displayName(text)}`);
  }
  return exit;
}

async function stop(asking: Asking): Promise<ExitCode> {
  const answer = await askClient(asking, 'stop', {});
  say(answer === undefined ? 'It does not run.' : 'Stopping.');
  return EXIT.done;
}

/** Shows what waits and agrees to exactly that, with or without a running client. */
async function accept(asking: Asking): Promise<ExitCode> {
  const running = await askClient(asking, 'held', {});
  if (running === undefined) return acceptOffline(asking);
  const held = running.result as Held;
  if (!(await isAgreedTo(asking, held))) return held.count === 0 ? EXIT.done : EXIT.held;
  await askRunning(asking, 'accept', { token: held.token ?? 0 });
  say(`Agreed: ${held.count} are moved to the trash now.`);
  return EXIT.done;
}

async function acceptOffline(asking: Asking): Promise<ExitCode> {
  const lock = acquireLock(`${asking.stateDir}/lock`, `A lanmirror-client for ${asking.targetDir}`);
  const state = await openState(asking.stateDir);
  try {
    const ids = heldTops(state);
    const paths = ids.slice(0, 20).map((id) => sourcePathOf(state, id) ?? String(id));
    if (!(await isAgreedTo(asking, { count: ids.length, paths })))
      return ids.length === 0 ? EXIT.done : EXIT.held;
    state.agree(ids);
    await state.flushed();
    say(`Agreed: ${ids.length} are moved to the trash at the next start or sync.`);
    return EXIT.done;
  } finally {
    await state.close();
    lock.release();
  }
}

async function isAgreedTo({ isAgreed }: Asking, { count, paths }: Held): Promise<boolean> {
  if (count === 0) {
    say('Nothing waits.');
    return false;
  }
  say('Gone at the source, and kept here until now:');
  for (const path of paths) say(`  ${displayName(path)}`);
  if (count > paths.length) say(`  ... and ${count - paths.length} more`);
  if (isAgreed) return true;
  if (!process.stdin.isTTY) {
    const next = 'Look at the list, then run "lanmirror-client accept --yes".';
    throw new UserError('NOT_AGREED', 'Nothing was deleted: nobody agreed.', next, EXIT.held);
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question('Move all of this to the trash? [y/N] ')).trim());
  } finally {
    reader.close();
  }
}

async function askRunning(
  asking: Asking,
  verb: string,
  flags: Readonly<Record<string, number>>,
): Promise<{ exit: ExitCode; result?: unknown }> {
  const answer = await askClient(asking, verb, flags);
  if (answer !== undefined) return answer;
  throw new UserError(
    'NOT_RUNNING',
    `No lanmirror-client runs for ${displayName(asking.targetDir)}.`,
    'Start it with "lanmirror-client start".',
    EXIT.noConnection,
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
