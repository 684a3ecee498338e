/** `start` and `sync` by this process: from the settings to a mirror that runs, and to the exit code. */
import { askedRunEnded, windowAt } from '@lanmirror/engine/core';
import {
  createLog,
  displayName,
  EXIT,
  type ExitCode,
  type Log,
  type LogLevel,
  readScheduleRules,
  UserError,
} from '@lanmirror/engine/host';
import { askToAdopt, holdTarget, lackOfAgreement, requireAgreement } from './agreement.ts';
import { CleanDesk } from './clean/clean-desk.ts';
import { requireCleanable } from './clean/require-cleanable.ts';
import { openBlankState, openState, type RunningClient, startClient } from './client.ts';
import { type ClientParts, clientOptions } from './client-options.ts';
import { type Attendance, attend } from './control/attend.ts';
import { labelled } from './job/job-progress.ts';
import { ConsoleReport } from './mirror/console-report.ts';
import { findTarget } from './mirror/prepare-target.ts';
import type { Job } from './mirror-job.ts';
import { untilPassed } from './one-pass.ts';
import { reportFacts } from './report-facts.ts';
import { exceptionText, NONE_COMING, restText } from './run/run-report.ts';
import { adviceAfter } from './session/refusal-advice.ts';
import { openSourceFolder, type SourceFolder, sourceDirOf } from './source/source-folder.ts';
import { sourceNameOf, sourceWordOf } from './source/source-name.ts';
import type { MirrorState } from './state/mirror-state.ts';
import { openStateCopy } from './state-copy.ts';
import { keeperHost, pruneOnce } from './trash/trash-keeper.ts';

/** A person ended it. */
const ENDED = 'ended';

/** Mirrors until it is stopped, or for one pass. */
export async function runMirror(job: Job): Promise<ExitCode> {
  const { configuration, targetDir, progress } = job;
  for (const warning of configuration.warnings) progress.write('warn', warning);
  const log = createLog(
    () => job.settings.configuration.text('LogLevel') as LogLevel,
    (level, text) => progress.write(level, text),
  );
  const state = await stateFor(job);
  let folder: SourceFolder | undefined;
  try {
    const finding = await findTarget(targetDir, state, job.stateDir);
    requireAgreement(job, finding);
    if (finding === 'known' || finding === 'state-lost') holdTarget(job);
    requireCleanable(configuration, sourceDirOf(configuration));
    folder = await sourceFolderFor(job, state, log);
    let client: RunningClient | undefined;
    const report = new ConsoleReport({
      log,
      progress,
      job: job.name,
      mode: configuration.text('SyncMode') as 'incremental' | 'full',
      source: sourceNameOf(configuration),
      sourceWord: sourceWordOf(configuration),
      targetDir,
      isOnePass: job.verb === 'sync',
      isDryRun: job.isDryRun,
      facts: reportFacts(job, state, () => client),
      ask: (question) => askToAdopt(job, state, labelled(job.name, question)),
    });
    const rest = restAtStart(job);
    if (rest === '') report.starting();
    const parts: ClientParts = { finding, state, report, folder, isResting: rest !== '' };
    return await mirror(job, parts, (started) => {
      client = started;
    });
  } finally {
    await folder?.stop();
    await state.close();
  }
}

/** The source, when it is a folder of this machine. What was never joined is looked at without leaving anything behind. */
async function sourceFolderFor(job: Job, state: MirrorState, log: Log): Promise<SourceFolder | undefined> {
  const { configuration, stateDir, program, settings, limit } = job;
  const dir = sourceDirOf(configuration);
  if (dir === '') return undefined;
  return openSourceFolder({
    ...{ configuration, dir, stateDir, program, pace: limit.cpu, job: job.name },
    isForgotten: job.isDryRun && state.meta.targetId === '',
    scrubDays: () => settings.configuration.number('ScrubDays'),
    note: (level, text) => log[level](displayName(text)),
  });
}

/** Why a live client does not connect right away; '' when it does. A single pass does, and says what that passes over. */
function restAtStart({ verb, settings, progress }: Job): string {
  const rules = readScheduleRules(settings.configuration.get);
  const window = windowAt(rules.windows, Date.now());
  if (verb !== 'sync') return restText(rules, window, NONE_COMING);
  const exception = exceptionText(rules, window);
  if (exception !== '') progress.write('info', exception);
  return '';
}

/** What is remembered of the target. A dry run remembers nothing of one that was never joined, and forgets what it learns. */
async function stateFor({ stateDir, isDryRun }: Job): Promise<MirrorState> {
  const state = await openState(stateDir);
  if (!isDryRun) return state;
  const isBlank = state.meta.targetId === '';
  await state.close();
  return isBlank ? openBlankState() : openStateCopy(stateDir);
}

/** A client that runs, and what it was started with. */
interface Running extends ClientParts {
  readonly client: RunningClient;
  /** Rejects when something fails that is not about one file. */
  readonly failed: Promise<never>;
  /** What takes files from a source of this machine. */
  readonly cleanDesk: CleanDesk | undefined;
  fail(error: unknown): void;
}

async function mirror(
  job: Job,
  parts: ClientParts,
  started: (client: RunningClient) => void,
): Promise<ExitCode> {
  let hardError: ((error: unknown) => void) | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    hardError = reject;
  });
  // It is awaited together with everything else; until then a failure must not count as unhandled.
  failed.catch(() => undefined);
  const fail = (error: unknown): void => hardError?.(error);
  const client = await startClient(await clientOptions(job, parts), parts.state, fail);
  started(client);
  parts.folder?.share.start();
  const { folder, report } = parts;
  const cleanDesk = folder && new CleanDesk({ ...job, client, report, folder }, fail);
  const running = { ...parts, client, failed, fail, cleanDesk };
  try {
    return await (job.verb === 'sync' ? pass(job, running) : live(job, running));
  } finally {
    await cleanDesk?.close();
    await client.stop();
  }
}

/** `start`: until somebody ends it. */
async function live(job: Job, running: Running): Promise<ExitCode> {
  const { client, report, folder, fail, cleanDesk } = running;
  let attended: Attendance | undefined;
  try {
    const source = sourceNameOf(job.configuration);
    attended = await attend({ ...job, client, report, source, folder, cleanDesk }, fail);
    const { stopped } = attended;
    const exit = await firstEnd(job, running, () => stopped);
    return exit === ENDED ? EXIT.done : exit;
  } finally {
    job.progress.end();
    await attended?.close();
  }
}

/** `sync`: until the pass is over. */
async function pass(job: Job, running: Running): Promise<ExitCode> {
  const { configuration, progress, isDryRun } = job;
  const { client, report, finding, state, cleanDesk } = running;
  try {
    const beganMs = Date.now();
    const isAgreementMissing = finding === 'adoption' && !job.isAdopted && !process.stdin.isTTY;
    const passing = { configuration, client, report, progress, isDryRun, isAgreementMissing, cleanDesk };
    const exit = await firstEnd(job, running, () => untilPassed(passing));
    if (exit === ENDED) return interrupted(job);
    // The source says that it goes on by itself; this process does not.
    if (exit === EXIT.held && report.sourceHalt !== '')
      progress.write('warn', 'The pass ends here: the next one makes up for it.');
    if (isDryRun || job.only !== '') return exit;
    rememberRun(state, beganMs, exit);
    // Who runs it by a timer has no client that empties the trash later.
    // Some paths may have failed because the disk is full.
    const isOver = exit === EXIT.done || exit === EXIT.someFailed;
    if (isOver) {
      // Without a session nothing is in sync, so nothing more of this is done.
      void job.ended.then(() => {
        client.rest();
        return cleanDesk?.close();
      });
      await cleanDesk?.cleanNow();
      await pruneOnce(keeperHost({ ...job, client, report }));
    }
    return exit;
  } finally {
    progress.end();
  }
}

/** What comes first: a failure, a person who ends it, a refusal, or the end that `over` waits for. */
function firstEnd(
  job: Job,
  { failed, report, finding }: Running,
  over: () => Promise<ExitCode>,
): Promise<ExitCode | typeof ENDED> {
  const ended = job.ended.then((): typeof ENDED => ENDED);
  return Promise.race([failed, ended, untilRefused(job, report, lackOfAgreement(job, finding)), over()]);
}

/** A pass that a person ended is no run: what was due before it still is. */
function interrupted({ isDryRun, progress }: Job): ExitCode {
  const what = isDryRun
    ? 'Interrupted: the dry run did not come to its end.'
    : 'Interrupted: the pass did not come to its end. The next one goes on from there.';
  progress.write('warn', what);
  return EXIT.someFailed;
}

/** A pass of this process counts as a run for the schedule of a later one. */
function rememberRun(state: MirrorState, beganMs: number, exit: ExitCode): void {
  const { runs } = state.meta;
  const text = exit === EXIT.done ? 'in sync' : `ended with exit code ${exit}`;
  const record = { why: 'asked', beganMs, endedMs: Date.now(), exit, text } as const;
  state.setMeta({ runs: { ...runs, sync: askedRunEnded(runs.sync, record) } });
}

/** Rejects when the server says no, or a person does; with `lack` when there is no server that could say more. */
function untilRefused(job: Job, report: ConsoleReport, lack: UserError | undefined): Promise<ExitCode> {
  return new Promise((_resolve, reject) => {
    const look = (): void => {
      if (report.isDeclined) {
        reject(
          new UserError(
            'NOT_AGREED',
            'Nothing was changed.',
            'Choose an empty folder, or agree to what was shown.',
            EXIT.held,
          ),
        );
      }
      const error = report.refusal;
      if (error !== undefined)
        reject(
          new UserError(
            'REFUSED',
            `The server refused: ${error.message}.`,
            adviceAfter(error, job.program),
            EXIT.noConnection,
          ),
        );
      else if (lack !== undefined && report.lastFault !== '') reject(lack);
    };
    report.subscribe(look);
    look();
  });
}
