/**
 * What can be asked of a running client. Each verb reads or wakes the mirror; none keeps state but the
 * list that was shown last for `accept`, which takes exactly that.
 */
import { setTimeout } from 'node:timers/promises';
import { adviceFor } from '@lanmirror/engine/core';
import {
  bandwidthReport,
  type ControlCall,
  type ControlResult,
  type ControlVerb,
  displayName,
  EXIT,
  type PathPattern,
  type ProblemReport,
  problemReport,
  readPattern,
  scrubReport,
  UserError,
} from '@lanmirror/engine/host';
import type { EntryKind } from '@lanmirror/protocol';
import type { Problem } from '../apply/problem-list.ts';
import type { RunningClient } from '../client.ts';
import { drainedHead } from '../drained-head.ts';
import { giveHistory } from '../history/read-history.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import { describeTarget } from '../mirror/standing-target.ts';
import { concerning, type SyncExceptions } from '../mirror/sync-text.ts';
import { noMatch } from '../no-match.ts';
import { countMatching, isAnyMatching, isKnownPath } from '../plan/part.ts';
import type { RunDesk } from '../run/run-desk.ts';
import type { RunEnd } from '../run/run-loop.ts';
import { watchSilence } from '../silence.ts';
import type { SourceFolder } from '../source/source-folder.ts';
import { renamedPaths } from '../state/placement.ts';
import { WRONG } from '../verify/compare-target.ts';
import type { Waiting } from './accept.ts';
import { sourceVerbs } from './accept-source.ts';
import { explainPath } from './explain-path.ts';
import { passText } from './pass-text.ts';
import { sourceStatusOf } from './source-status.ts';
import { type ClientStatus, conditionOf } from './status.ts';

const MAX_LISTED = 20;
/** Problems in a status: as many as fit into one answer with long paths. */
const MAX_PROBLEMS = 1000;
/** Paths that a verdict names. */
const MAX_NAMED = 10;
const LET_IN_MS = 20;

export interface ClientControl {
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly program: string;
  readonly source: string;
  /** The source, when it is a folder of this machine. */
  readonly folder: SourceFolder | undefined;
  readonly targetDir: string;
  /** Ends the program as SIGTERM does. */
  stop(): void;
  /** Makes the folder that stands at the target's path the target. */
  join(): Promise<void>;
  /** The settings by which a pass is done, as they are in effect. */
  settings(): Readonly<Record<string, string>>;
  /** When it does what. */
  readonly runs: Pick<RunDesk, 'visit' | 'rest' | 'exception' | 'report'>;
  /** Reads the INI again. Throws UserError when it is wrong. */
  reload(): { readonly live: readonly string[]; readonly later: readonly string[] };
}

/** What a pass needs of it. */
export type PassControl = Pick<ClientControl, 'client' | 'report' | 'source' | 'folder'>;

/** How a pass ended. */
export interface PassVerdict extends SyncExceptions {
  /** The head up to which everything is here, but for exceptions. */
  readonly head: number;
  /** All exceptions. */
  readonly problems: number;
  readonly isHeld: boolean;
  /** Why everything waits; '' when it does not. */
  readonly halt: string;
  /** The fingerprints prove that something differs although everything was applied, and it could not be put right. */
  readonly isDifferent: boolean;
  /** The first paths of that, as far as they are known. */
  readonly differing: readonly string[];
  /** Why it was done although the rules say that nothing is to be done now; '' when they do not. */
  readonly exception?: string;
  /** The only part that was looked at, and how many paths of the source are in it. */
  readonly only?: { readonly text: string; readonly count: number };
}

/** The verbs of a running client. */
export function clientVerbs(control: ClientControl): Readonly<Record<string, ControlVerb>> {
  const since = new Date().toISOString();
  const offers = new Map<number, readonly number[]>();
  let lastToken = 0;
  const { mirror } = control.client;
  return {
    status: async () => ({ exit: EXIT.done, result: statusOf(control, since) }),
    verify: (call) => verify(control, call),
    explain: async ({ flags }) => {
      const { state } = control.client;
      const kind = flags.kind as EntryKind;
      return { exit: EXIT.done, result: explainPath(state, state.ownRules.set, String(flags.path), kind) };
    },
    history: (call) => giveHistory(control.client.state.history, call),
    wait: (call) => waitFor(control, call),
    sync: (call) => syncNow(control, call),
    ...sourceVerbs(control.folder),
    held: async () => {
      const ids = mirror.heldIds;
      // Never twice in one run: an old yes must not take a newer list.
      lastToken += 1;
      const token = lastToken;
      offers.set(token, ids);
      const paths = mirror.heldPaths.slice(0, MAX_LISTED);
      const target = mirror.haltReason === '' ? null : describeTarget(control.targetDir);
      const result: Waiting = { token, count: ids.length, paths, target };
      return { exit: EXIT.done, result };
    },
    refill: async ({ flags }) => {
      if (describeTarget(control.targetDir).token !== flags.token)
        throw new UserError(
          'TARGET_CHANGED',
          'Nothing was done: another folder stands there than the one that was shown.',
          'Run accept again.',
          EXIT.held,
        );
      await mirror.refill(() => control.join());
      return { exit: EXIT.done };
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

/** Nothing comes while no session is wanted, and to wait for that would be to wait for its window or its next run. */
async function waitFor(control: ClientControl, call: ControlCall): Promise<ControlResult> {
  const { rest } = control.runs;
  if (rest === '') return pass(control, call, false);
  throw new UserError(
    'RESTING',
    `The running client is not connected: ${rest}.`,
    '"lanmirror-client sync" does a pass at once.',
    EXIT.noConnection,
  );
}

/** Whatever schedule and window say, because a person asked. */
async function syncNow(control: ClientControl, call: ControlCall): Promise<ControlResult> {
  const { runs } = control;
  const { exception } = runs;
  const isWhole = String(call.flags.only ?? '') === '';
  const { exit, result } = await runs.visit(
    () => pass(control, call, true),
    // Who went away was told nothing, and the pass was not waited for.
    (ended) => (isWhole && !call.signal.aborted ? endOfPass(ended) : undefined),
  );
  return { exit, result: { ...(result as PassVerdict), exception } };
}

function endOfPass({ exit, result }: ControlResult): RunEnd {
  return { exit, text: passText(result as PassVerdict, '"lanmirror-client status" names them') };
}

/** Gives every finding to the command; then what is wrong is put right, if that is wanted. */
async function verify({ client }: ClientControl, call: ControlCall): Promise<ControlResult> {
  const { pattern, repair } = call.flags;
  const wrong: number[] = [];
  for await (const finding of client.compare(await readPattern(String(pattern ?? '')), call.signal)) {
    await call.give(finding);
    if (WRONG.has(finding.verdict) && finding.id !== undefined) wrong.push(finding.id);
  }
  if (repair === true) await client.mirror.repair(wrong);
  return { exit: EXIT.done };
}

function reportOf(problem: Problem): ProblemReport {
  const { nextTryMs } = problem;
  const nextTry = nextTryMs === undefined ? undefined : Date.now() + nextTryMs - performance.now();
  return problemReport(problem, adviceFor(problem.code).cure, nextTry);
}

function statusOf(control: ClientControl, since: string): ClientStatus {
  const { client, report, program, source, targetDir, folder } = control;
  const { mirror } = client;
  const { problems } = mirror;
  const unread = report.unreadAtSource;
  const renamed = renamedPaths(client.state);
  const facts = {
    isConnected: client.link !== undefined,
    targetHalt: mirror.haltReason,
    serverHalt: report.sourceHalt,
    isHeld: mirror.isHeld,
    syncedAt: mirror.syncedAt,
    head: mirror.head,
    rest: client.link === undefined ? control.runs.rest : '',
  };
  return {
    ...facts,
    ...{ program, pid: process.pid, since, source, targetDir, condition: conditionOf(facts) },
    // As the server counts them: the mirrored folder itself is none.
    entries: Math.max(0, client.state.meta.baselineEntries - 1),
    pending: client.state.dirtyCount(),
    fingerprint: client.state.fingerprint ?? null,
    serverFingerprint: mirror.fingerprints.server ?? null,
    // While something is on its way, what was compared last is of the past.
    comparison: conditionOf(facts) === 'in-sync' ? mirror.fingerprints.comparison : 'unknown',
    differing: mirror.differences.paths.slice(0, MAX_LISTED),
    differingCount: mirror.differences.paths.length,
    skippedLinks: mirror.skippedLinks,
    hasOwnRules: !client.state.ownRules.isEmpty,
    contentBytes: client.contentBytes,
    runs: control.runs.report,
    workers: { setting: String(control.settings().MaxWorkers), ...mirror.workers },
    bandwidth: bandwidthReport(String(control.settings().BwLimit), client.bytesPerSecond),
    scrub: scrubReport(client.state.meta.scrub),
    traits: client.state.meta.traits,
    renamedCount: renamed.length,
    renamed: renamed.slice(0, MAX_PROBLEMS),
    kept: { ...mirror.kept, paths: mirror.keptPaths(MAX_LISTED) },
    heldCount: mirror.heldIds.length,
    held: mirror.held,
    isSourceNew: client.state.meta.isSourceNew && mirror.isHeld,
    heldPaths: mirror.isHeld ? mirror.heldPaths.slice(0, MAX_LISTED) : [],
    behindPaths: mirror.behindPaths.slice(0, MAX_LISTED),
    behindCount: mirror.behindPaths.length,
    problemCount: problems.length,
    problems: problems.slice(0, MAX_PROBLEMS).map(reportOf),
    unreadCount: unread.count,
    unread: unread.problems,
    sourceFolder: folder === undefined ? null : sourceStatusOf(folder.share),
    lastFault: client.link === undefined ? report.lastFault : '',
  };
}

/**
 * Until everything that had happened on the server when it was asked is here, a guard makes everything wait,
 * or nothing is heard or done for the given time.
 */
export async function pass(
  control: PassControl,
  { flags, signal }: Pick<ControlCall, 'flags' | 'signal'>,
  isTargetChecked: boolean,
): Promise<ControlResult> {
  const over = new AbortController();
  const leave = [() => over.abort()];
  const interrupted = new Promise<number>((resolve, reject) => {
    const { client, report } = control;
    const look = (): void => {
      if (haltOf(control) !== '' || signal.aborted) resolve(client.mirror.syncedAt);
    };
    const seconds = Number(flags.timeout ?? 30);
    leave.push(report.subscribe(look));
    leave.push(
      watchSilence({ activity: () => client.activity, isBusy: () => client.isBusy }, seconds, () =>
        reject(tooSilent(control, seconds)),
      ),
    );
    signal.addEventListener('abort', look);
    look();
  });
  const typed = String(flags.only ?? '') === '' ? undefined : await readPattern(String(flags.only));
  const { state } = control.client;
  const part = (): PathPattern | undefined => typed?.((path) => isKnownPath(state, path));
  try {
    let isFound = isAny(control, part());
    const check = async (): Promise<void> => {
      const isChanged = await control.client.mirror.check(part());
      isFound ||= isChanged;
    };
    const look = isTargetChecked ? check : undefined;
    const head = await Promise.race([
      interrupted,
      bringUpToDate(control, look, typed === undefined, over.signal),
    ]);
    const result = verdict(control, head, part());
    isFound ||= isAny(control, part());
    if (typed !== undefined && !isFound && result.exit === EXIT.done) throw noMatch(String(flags.only));
    return result;
  } finally {
    for (const end of leave) end();
  }
}

function isAny({ client }: PassControl, part: PathPattern | undefined): boolean {
  return part === undefined || isAnyMatching(client.state, part);
}

/**
 * Resolves to the head up to which everything is here, but for what failed or is held. `look`: at the target.
 * `isWhole`: and the fingerprints have proved what they can.
 */
async function bringUpToDate(
  { client, report }: PassControl,
  look: (() => Promise<void>) | undefined,
  isWhole: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { mirror } = client;
  const head = await drainedHead(client, report);
  const isThere = (): boolean =>
    signal.aborted || (mirror.head >= head && (mirror.isHeld || mirror.syncedAt >= head));
  const caughtUp = async (): Promise<void> => {
    while (!isThere()) {
      await mirror.untilRest();
      // It rests although more is on its way: that has to be let in.
      if (!isThere()) await setTimeout(LET_IN_MS);
    }
  };
  await caughtUp();
  await look?.();
  if ((await mirror.retryNow()) || look !== undefined) await mirror.untilRest();
  await caughtUp();
  if (isWhole) await mirror.differences.untilSettled();
  await caughtUp();
  return head;
}

function haltOf({ client, report }: PassControl): string {
  return client.mirror.haltReason || report.sourceHalt;
}

function verdict(control: PassControl, head: number, part: PathPattern | undefined): ControlResult {
  const { client, report, folder } = control;
  const { mirror } = client;
  const isConcerned = (path: string): boolean =>
    part === undefined || part.isMatch(path) || part.mayHold(path);
  const { failed, unread } = exceptions(mirror.problems, report, isConcerned);
  const problems = failed.count + unread.count;
  const halt = haltOf(control);
  const isHeld = mirror.isHeld && (part === undefined || mirror.heldPaths.some(isConcerned));
  const only = part && { only: { text: part.text, count: countMatching(client.state, part) } };
  // What failed explains it, and is named.
  const isDifferent = part === undefined && problems === 0 && mirror.isDifferent;
  const differing = isDifferent ? mirror.differences.paths.slice(0, MAX_NAMED) : [];
  const result: PassVerdict = {
    head,
    problems,
    failed,
    unread,
    ...{ isHeld, halt, isDifferent, differing, reader: folder === undefined ? 'server' : 'source' },
    ...only,
  };
  if (result.isHeld || result.halt !== '') return { exit: EXIT.held, result };
  return { exit: problems > 0 || isDifferent ? EXIT.someFailed : EXIT.done, result };
}

function exceptions(
  problems: readonly Problem[],
  { unreadAtSource }: ConsoleReport,
  isConcerned: (path: string) => boolean,
): SyncExceptions {
  const failed = problems.filter(({ path }) => isConcerned(path)).map(({ path }) => path);
  const paths = unreadAtSource.problems.map(({ path }) => path);
  const unread = concerning({ count: unreadAtSource.count, paths }, isConcerned);
  return {
    failed: { count: failed.length, paths: failed.slice(0, MAX_NAMED) },
    unread: { count: unread.count, paths: unread.paths.slice(0, MAX_NAMED) },
  };
}

function tooSilent({ client, report, source }: PassControl, seconds: number): UserError {
  const time = `${seconds} second${seconds === 1 ? '' : 's'}`;
  const next = 'Look at "lanmirror-client status", or wait longer with --timeout.';
  if (client.link !== undefined)
    return new UserError('TIMEOUT', `Nothing happened for ${time}.`, next, EXIT.noConnection);
  const why = report.lastFault === '' ? '' : ` (${report.lastFault})`;
  const message = `The running client has had no connection to ${displayName(source)} for ${time}${why}.`;
  return new UserError('NO_SERVER', message, next, EXIT.noConnection);
}
