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
import type { RunningClient } from '../client.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import { type ClientStatus, conditionOf } from './status.ts';

const MAX_LISTED = 20;

export interface ClientControl {
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly program: string;
  readonly source: string;
  readonly targetDir: string;
  /** Ends the program as SIGTERM does. */
  stop(): void;
  /** Reads the INI again. Throws UserError when it is wrong. */
  reload(): { readonly live: readonly string[]; readonly later: readonly string[] };
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
    fingerprint: client.state.fingerprint ?? null,
    serverFingerprint: mirror.fingerprints.server ?? null,
    // While something is on its way, what was compared last is of the past.
    comparison: conditionOf(facts) === 'in-sync' ? mirror.fingerprints.comparison : 'unknown',
    skippedLinks: mirror.skippedLinks,
    contentBytes: client.contentBytes,
    heldCount: mirror.heldIds.length,
    heldPaths: mirror.isHeld ? mirror.heldPaths.slice(0, MAX_LISTED) : [],
    problems: mirror.problems
      .slice(0, MAX_LISTED)
      .map(({ path, code, message }) => ({ path, code, message })),
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
  const problems = mirror.problems.length + report.unreadAtSource;
  const result = { head, problems, isHeld: mirror.isHeld, halt: mirror.haltReason || report.sourceHalt };
  if (result.isHeld || result.halt !== '') return { exit: EXIT.held, result };
  return { exit: problems > 0 ? EXIT.someFailed : EXIT.done, result };
}

function tooLate(seconds: number): UserError {
  return new UserError(
    'TIMEOUT',
    `It took longer than ${seconds} seconds.`,
    'Look at "lanmirror-client status", or wait longer with --timeout.',
    EXIT.noConnection,
  );
}
