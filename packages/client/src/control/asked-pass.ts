/** One pass of a running client, because somebody asks for it: until all is here, or a guard or silence ends it. */
import { setTimeout } from 'node:timers/promises';
import {
  type ControlCall,
  type ControlResult,
  displayName,
  EXIT,
  type PathPattern,
  readPattern,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import type { Problem } from '../apply/problem-list.ts';
import type { RunningClient } from '../client.ts';
import { drainedHead } from '../drained-head.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import { keptText } from '../mirror/kept-text.ts';
import { passedText } from '../mirror/passed-text.ts';
import { concerning, type SyncExceptions } from '../mirror/sync-text.ts';
import { noMatch } from '../no-match.ts';
import { countMatching, isAnyMatching, isKnownPath } from '../plan/part.ts';
import { watchSilence } from '../silence.ts';
import type { SourceFolder } from '../source/source-folder.ts';

/** Paths that a verdict names. */
const MAX_NAMED = 10;
const LET_IN_MS = 20;

/** What a pass needs of it. */
export interface PassControl {
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly source: string;
  /** The source, when it is a folder of this machine. */
  readonly folder: SourceFolder | undefined;
}

/** How a pass ended. */
export interface PassVerdict extends SyncExceptions {
  /** The head up to which everything is here, but for exceptions. */
  readonly head: number;
  /** Behind "in sync": what is kept here, and what is left as it is, by a rule; '' for none. */
  readonly beside: string;
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
  /** Behind a halt: who does what is left; '' for a mirror that does it by itself. */
  readonly afterHalt?: string;
  /** The only part that was looked at, and how many paths of the source are in it. */
  readonly only?: { readonly text: string; readonly count: number };
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
      const isChanged = await control.client.mirror.requests.check(part());
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
 * `isWhole`: and the fingerprints have proved what they can. Does nothing more once `signal` is aborted.
 */
async function bringUpToDate(
  { client, report }: PassControl,
  look: (() => Promise<void>) | undefined,
  isWhole: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { mirror } = client;
  let head = await drainedHead(client, report, signal);
  let answered = client.link;
  const isThere = (): boolean =>
    signal.aborted || (mirror.head >= head && (mirror.hold.isHeld || mirror.syncedAt >= head));
  const caughtUp = async (): Promise<void> => {
    while (!isThere()) {
      await mirror.untilRest();
      // It rests although more is on its way: that has to be let in.
      if (!isThere()) await setTimeout(LET_IN_MS);
      // The index of another session may be another one, or an older copy, and never come to that head.
      if (client.link === undefined || client.link === answered || isThere()) continue;
      head = await drainedHead(client, report, signal);
      answered = client.link;
    }
  };
  await caughtUp();
  // Nobody waits for it any more: it looks at nothing, and has nothing planned.
  if (signal.aborted) return head;
  await look?.();
  if (signal.aborted) return head;
  if ((await mirror.requests.retryNow()) || look !== undefined) await mirror.untilRest();
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
  const isHeld = mirror.hold.isHeld && (part === undefined || mirror.hold.paths.some(isConcerned));
  const only = part && { only: { text: part.text, count: countMatching(client.state, part) } };
  // What failed explains it, and is named.
  const isDifferent = part === undefined && problems === 0 && mirror.isDifferent;
  const differing = isDifferent ? mirror.differences.paths.slice(0, MAX_NAMED) : [];
  const result: PassVerdict = {
    head,
    beside: `${keptText(mirror.kept)}${passedText(mirror.passed)}`,
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
  const next = `Look at "${typedCommand('lanmirror-client status')}", or wait longer with --timeout.`;
  if (client.link !== undefined)
    return new UserError('TIMEOUT', `Nothing happened for ${time}.`, next, EXIT.noConnection);
  const why = report.lastFault === '' ? '' : ` (${report.lastFault})`;
  const message = `The running client has had no connection to ${displayName(source)} for ${time}${why}.`;
  return new UserError('NO_SERVER', message, next, EXIT.noConnection);
}
