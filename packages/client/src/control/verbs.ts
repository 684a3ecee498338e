/**
 * What can be asked of a running client. Each verb reads or wakes the mirror; none keeps state but the
 * list that was shown last for `accept`, which takes exactly that.
 */
import {
  type ControlCall,
  type ControlResult,
  type ControlVerb,
  EXIT,
  UserError,
} from '@lanmirror/engine/host';
import type { Problem } from '../apply/problem-list.ts';
import type { RunningClient } from '../client.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import type { SyncExceptions } from '../mirror/sync-text.ts';
import { type ClientStatus, conditionOf } from './status.ts';

const MAX_LISTED = 20;
/** Problems in a status: as many as fit into one answer with long paths. */
const MAX_PROBLEMS = 1000;
/** Paths that a verdict names. */
const MAX_NAMED = 10;

export interface ClientControl {
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly program: string;
  readonly source: string;
  readonly targetDir: string;
  /** Ends the program as SIGTERM does. */
  stop(): void;
  /** The settings by which a pass is done, as they are in effect. */
  settings(): Readonly<Record<string, string>>;
  /** Reads the INI again. Throws UserError when it is wrong. */
  reload(): { readonly live: readonly string[]; readonly later: readonly string[] };
}

/** How a pass ended. */
export interface PassVerdict extends SyncExceptions {
  /** The head up to which everything is here, but for exceptions. */
  readonly head: number;
  /** All exceptions. */
  readonly problems: number;
  readonly isHeld: boolean;
  /** Why everything waits; '' when it does not. */
  readonly halt: string;
}

/** The verbs of a running client. */
export function clientVerbs(control: ClientControl): Readonly<Record<string, ControlVerb>> {
  const since = new Date().toISOString();
  const offers = new Map<number, readonly number[]>();
  let lastToken = 0;
  const { mirror } = control.client;
  return {
    status: async () => ({ exit: EXIT.done, result: statusOf(control, since) }),
    wait: (call) => pass(control, call, false),
    sync: (call) => pass(control, call, true),
    held: async () => {
      const ids = mirror.heldIds;
      // Never twice in one run: an old yes must not take a newer list.
      lastToken += 1;
      const token = lastToken;
      offers.set(token, ids);
      const paths = mirror.heldPaths.slice(0, MAX_LISTED);
      return { exit: EXIT.done, result: { token, count: ids.length, paths } };
    },
    accept: async ({ flags }) => {
      const ids = offers.get(Number(flags.token));
      if (ids === undefined)
        throw new UserError('NOT_SHOWN', 'That list was never shown.', 'Run accept again.');
      offers.clear();
      mirror.accept(ids);
      return { exit: EXIT.done, result: { count: ids.length } };
    },
    settings: async () => ({ exit: EXIT.done, result: control.settings() }),
    reload: async () => ({ exit: EXIT.done, result: control.reload() }),
    stop: async () => {
      control.stop();
      return { exit: EXIT.done };
    },
  };
}

function statusOf(control: ClientControl, since: string): ClientStatus {
  const { client, report, program, source, targetDir } = control;
  const { mirror } = client;
  const { problems } = mirror;
  const unread = report.unreadAtSource;
  const facts = {
    isConnected: client.link !== undefined,
    targetHalt: mirror.haltReason,
    serverHalt: report.sourceHalt,
    isHeld: mirror.isHeld,
    syncedAt: mirror.syncedAt,
    head: mirror.head,
  };
  return {
    ...facts,
    ...{ program, pid: process.pid, since, source, targetDir, condition: conditionOf(facts) },
    entries: client.state.meta.baselineEntries,
    pending: mirror.pendingCount,
    contentBytes: client.contentBytes,
    heldCount: mirror.heldIds.length,
    heldPaths: mirror.isHeld ? mirror.heldPaths.slice(0, MAX_LISTED) : [],
    problemCount: problems.length,
    problems: problems.slice(0, MAX_PROBLEMS).map(({ path, code, message }) => ({ path, code, message })),
    unreadCount: unread.count,
    unread: unread.problems,
    lastFault: client.link === undefined ? report.lastFault : '',
  };
}

/** Until everything that had happened on the server when it was asked is here, or a guard or the clock says no. */
async function pass(
  control: ClientControl,
  { flags, signal }: ControlCall,
  isTargetChecked: boolean,
): Promise<ControlResult> {
  const seconds = Number(flags.timeout ?? 30);
  const { client } = control;
  const timer = new Promise<never>((_resolve, reject) => {
    const timeout = setTimeout(() => reject(tooLate(seconds)), seconds * 1000);
    signal.addEventListener('abort', () => clearTimeout(timeout));
    timeout.unref();
  });
  timer.catch(() => undefined);
  if (isTargetChecked) await Promise.race([client.mirror.check(), timer]);
  const head = await Promise.race([drained(control), timer]);
  const isTriedAgain = await Promise.race([client.mirror.retryNow(), timer]);
  if (isTriedAgain) await Promise.race([client.mirror.untilRest(), timer]);
  while (!isThere(control, head)) await Promise.race([client.mirror.untilRest(), timer]);
  return verdict(control, head);
}

function drained({ client }: ClientControl): Promise<number> {
  return new Promise((resolve, reject) => {
    const { link } = client;
    if (link === undefined) {
      const next = 'Look at "lanmirror-client status".';
      reject(new UserError('NO_SERVER', 'There is no connection to the server.', next, EXIT.noConnection));
    } else link.drain(resolve);
  });
}

function isThere({ client, report }: ClientControl, head: number): boolean {
  const { mirror } = client;
  return mirror.isHeld || mirror.haltReason !== '' || report.sourceHalt !== '' || mirror.syncedAt >= head;
}

function verdict({ client, report }: ClientControl, head: number): ControlResult {
  const { mirror } = client;
  const { failed, unread } = exceptions(mirror.problems, report);
  const problems = failed.count + unread.count;
  const halt = mirror.haltReason || report.sourceHalt;
  const result: PassVerdict = { head, problems, failed, unread, isHeld: mirror.isHeld, halt };
  if (result.isHeld || result.halt !== '') return { exit: EXIT.held, result };
  return { exit: problems > 0 ? EXIT.someFailed : EXIT.done, result };
}

function exceptions(problems: readonly Problem[], { unreadAtSource }: ConsoleReport): SyncExceptions {
  const failed = problems.slice(0, MAX_NAMED).map(({ path }) => path);
  const unread = unreadAtSource.problems.slice(0, MAX_NAMED).map(({ path }) => path);
  return {
    failed: { count: problems.length, paths: failed },
    unread: { count: unreadAtSource.count, paths: unread },
  };
}

function tooLate(seconds: number): UserError {
  return new UserError(
    'TIMEOUT',
    `It took longer than ${seconds} seconds.`,
    'Look at "lanmirror-client status", or wait longer with --timeout.',
    EXIT.noConnection,
  );
}
