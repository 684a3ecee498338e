/**
 * What can be asked of a running client. Each verb reads or wakes the mirror; none keeps state but the
 * list that was shown last for `accept`, which takes exactly that.
 */
import { problemAt } from '@lanmirror/engine/core';
import {
  type ControlCall,
  type ControlResult,
  type ControlVerb,
  displayName,
  EXIT,
  readPattern,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import type { EntryKind } from '@lanmirror/protocol';
import type { CleanFacts } from '../clean/clean-desk.ts';
import { cleanedVerbs } from '../cleaned/cleaned-verbs.ts';
import type { RunningClient } from '../client.ts';
import { excludedVerbs } from '../excluded/excluded-verbs.ts';
import { giveHistory } from '../history/read-history.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import { describeTarget } from '../mirror/standing-target.ts';
import type { RunDesk } from '../run/run-desk.ts';
import { runEndOf, withRest } from '../run/sync-run.ts';
import type { SourceFolder } from '../source/source-folder.ts';
import { WRONG } from '../verify/finding.ts';
import type { VerifyAnswer } from '../verify/verify-command.ts';
import type { Waiting } from './accept.ts';
import { sourceVerbs } from './accept-source.ts';
import { pass } from './asked-pass.ts';
import { explainPath } from './explain-path.ts';
import { statusOf } from './status-of.ts';
import { RESTING } from './until-started.ts';

const MAX_LISTED = 20;

export interface ClientControl {
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly program: string;
  readonly source: string;
  /** The source, when it is a folder of this machine. */
  readonly folder: SourceFolder | undefined;
  /** What is taken from that by a rule, or will be; null without one. */
  cleanFacts(): CleanFacts | null;
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

/** The verbs of a running client. */
export function clientVerbs(control: ClientControl): Readonly<Record<string, ControlVerb>> {
  const since = new Date().toISOString();
  const offers = new Map<number, readonly number[]>();
  let lastToken = 0;
  const { mirror } = control.client;
  return {
    status: async () => ({ exit: EXIT.done, result: statusOf(control, since) }),
    verify: (call) => verify(control, call),
    ...excludedVerbs(control.client.excluded),
    ...cleanedVerbs(control.client.cleaned),
    explain: async ({ flags }) => {
      const { state } = control.client;
      const kind = flags.kind as EntryKind;
      const { ownRules } = state;
      const atSource = control.report.problemsAtSource.map(({ path, code }) => problemAt(path, code));
      const problems = [...mirror.problems, ...atSource];
      const told = explainPath(state, ownRules.set, String(flags.path), kind, problems, Date.now());
      return { exit: EXIT.done, result: told };
    },
    history: (call) => giveHistory(control.client.state.history, call),
    wait: (call) => waitFor(control, call),
    sync: (call) => syncNow(control, call),
    ...sourceVerbs(control.folder),
    held: async () => {
      const ids = mirror.hold.ids;
      // Never twice in one run: an old yes must not take a newer list.
      lastToken += 1;
      const token = lastToken;
      offers.set(token, ids);
      const target = mirror.haltReason === '' ? null : describeTarget(control.targetDir);
      const result: Waiting = { token, list: mirror.hold.list(MAX_LISTED), target };
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
      await mirror.requests.refill(() => control.join());
      return { exit: EXIT.done };
    },
    accept: async ({ flags }) => {
      const ids = offers.get(Number(flags.token));
      if (ids === undefined)
        throw new UserError('NOT_SHOWN', 'That list was never shown.', 'Run accept again.');
      offers.clear();
      mirror.requests.accept(ids);
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
    RESTING,
    `The running client is not connected: ${rest}.`,
    `"${typedCommand('lanmirror-client sync')}" does a pass at once.`,
    EXIT.noConnection,
  );
}

/** Whatever schedule and window say, because a person asked. */
async function syncNow(control: ClientControl, call: ControlCall): Promise<ControlResult> {
  const { runs } = control;
  const { exception } = runs;
  const isWhole = String(call.flags.only ?? '') === '';
  const { isLive } = runs.report;
  const { exit, result } = await runs.visit(
    async () => withRest(control, await pass(control, call, true), { isLive, isWhole }),
    // Who went away was told nothing, and the pass was not waited for.
    (ended) => (isWhole && !call.signal.aborted ? runEndOf(ended) : undefined),
  );
  return { exit, result: { ...result, exception } };
}

/** Gives every finding to the command; then what is wrong is put right, if that is wanted. */
async function verify({ client, targetDir }: ClientControl, call: ControlCall): Promise<ControlResult> {
  const { pattern, repair } = call.flags;
  if (client.state.meta.targetId === '')
    throw new UserError(
      'NOT_JOINED',
      `${displayName(targetDir)} was not joined yet: there is nothing that it could be compared with. Nothing was done.`,
      'It is joined with the first pass; "lanmirror-client status" says what that waits for.',
      EXIT.held,
    );
  const wrong: number[] = [];
  for await (const finding of client.compare(await readPattern(String(pattern ?? '')), call.signal)) {
    await call.give(finding);
    if (WRONG.has(finding.verdict) && finding.id !== undefined) wrong.push(finding.id);
  }
  if (repair === true) await client.mirror.requests.repair(wrong);
  const result: VerifyAnswer = { isConnected: client.link !== undefined };
  return { exit: EXIT.done, result };
}
