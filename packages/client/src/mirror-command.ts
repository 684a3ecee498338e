/** `start` and `sync` by this process: from the settings to a mirror that runs, and to the exit code. */
import { hostname } from 'node:os';
import {
  askedRunEnded,
  type FileOrder,
  heldToAll,
  Pace,
  type Pacing,
  PathFilter,
  type ProcessLimit,
  type TargetKindFinding,
  targetKindOf,
  windowAt,
} from '@lanmirror/engine/core';
import {
  bandwidthReader,
  type Configuration,
  createLog,
  displayName,
  EXIT,
  type ExitCode,
  ignoresLetterCase,
  type Lock,
  type Log,
  type LogLevel,
  type Progress,
  readPattern,
  readPriority,
  readScheduleRules,
  UserError,
} from '@lanmirror/engine/host';
import { remoteFileSystemFor } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { admit, askToAdopt, holdTarget, lackOfAgreement, requireAgreement } from './agreement.ts';
import { type ClientOptions, openBlankState, openState, type RunningClient, startClient } from './client.ts';
import { type Attendance, attend, deleteRuleOf, limitsOf } from './control/attend.ts';
import { ownRulesOf } from './control/own-rules-of.ts';
import type { FollowSettings } from './control/settings-feed.ts';
import { labelled } from './job/job-progress.ts';
import { type ConsoleOptions, ConsoleReport } from './mirror/console-report.ts';
import type { KeptFacts } from './mirror/kept-text.ts';
import { findTarget, type TargetFinding } from './mirror/prepare-target.ts';
import { untilPassed } from './one-pass.ts';
import { countMatching } from './plan/part.ts';
import { exceptionText, restText } from './run/run-report.ts';
import { dial } from './session/dial.ts';
import { adviceAfter } from './session/refusal-advice.ts';
import { serverAddress } from './session/server-name.ts';
import { keyNameOf, shareOf } from './session/share-setting.ts';
import { openSourceFolder, type SourceFolder, sourceDirOf } from './source/source-folder.ts';
import type { SourceWord } from './source/source-word.ts';
import type { MirrorState } from './state/mirror-state.ts';
import { openStateCopy } from './state-copy.ts';
import { keeperHost, pruneOnce } from './trash/trash-keeper.ts';

/** What is to be mirrored, how, and what this process holds for it. */
export interface Job {
  /** '' for the only mirror of a client. */
  readonly name: string;
  /** Name and version of this program, as the server is told. */
  readonly program: string;
  readonly verb: string;
  readonly configuration: Configuration;
  /** The configuration of the moment: a reload replaces it. */
  readonly settings: { configuration: Configuration };
  /** To which this process is held, with all its mirrors. */
  readonly limit: ProcessLimit;
  readonly targetDir: string;
  readonly stateDir: string;
  /** Of the server; undefined when the source is a folder of this machine. */
  readonly key: Uint8Array | undefined;
  readonly isAdopted: boolean;
  readonly isDryRun: boolean;
  /** What matches is dealt with, and nothing else; '' for all. */
  readonly only: string;
  readonly progress: Progress;
  /** How it learns of new settings. */
  readonly follow: FollowSettings;
  /** Resolves when a person wants it to end. */
  readonly ended: Promise<unknown>;
  /** The lock of the state folder, and behind it that of the target as soon as it is ours. */
  readonly locks: Lock[];
}

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
    folder = await sourceFolderFor(job, state, log);
    let client: RunningClient | undefined;
    const keptFacts = (): KeptFacts =>
      client?.mirror.kept ?? {
        count: state.meta.keptEntries,
        rule: deleteRuleOf(job.settings.configuration),
      };
    const report = new ConsoleReport({
      log,
      progress,
      job: job.name,
      mode: configuration.text('SyncMode') as 'incremental' | 'full',
      source: sourceOf(configuration),
      sourceWord: wordOf(configuration),
      targetDir,
      isOnePass: job.verb === 'sync',
      isDryRun: job.isDryRun,
      part: () => partOf(client),
      failedPaths: () => client?.mirror.problems.map(({ path }) => path) ?? [],
      heldPaths: () => client?.mirror.hold.paths ?? [],
      skippedLinks: () => client?.mirror.skippedLinks ?? 0,
      kept: () => keptFacts(),
      young: () => state.ownRules.aging.waiting,
      fingerprints: () => ({
        own: state.fingerprint,
        server: client?.mirror.fingerprints.server,
        comparison: client?.mirror.fingerprints.comparison ?? 'unknown',
        skippedLinks: client?.mirror.skippedLinks ?? 0,
        hasOwnRules: !state.ownRules.isEmpty,
        problems: client?.mirror.problems.length ?? 0,
        kept: keptFacts(),
        other: wordOf(configuration),
      }),
      isLeftOut: (path) => state.ownRules.isExcluded(path),
      contentBytes: () => client?.contentBytes ?? 0,
      ask: (question) => askToAdopt(job, state, labelled(job.name, question)),
    });
    const rest = restAtStart(job);
    if (rest === '') report.starting();
    const parts = { finding, state, report, folder, isResting: rest !== '' };
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

function partOf(client: RunningClient | undefined): ReturnType<ConsoleOptions['part']> {
  const pattern = client?.mirror.part;
  const { isPartFound: isFound = true } = client?.mirror ?? {};
  return client && pattern && { pattern, count: () => countMatching(client.state, pattern), isFound };
}

/** Why a live client does not connect right away; '' when it does. A single pass does, and says what that passes over. */
function restAtStart({ verb, settings, progress }: Job): string {
  const rules = readScheduleRules(settings.configuration.get);
  const window = windowAt(rules.windows, Date.now());
  if (verb !== 'sync') return restText(rules, window, undefined);
  const exception = exceptionText(rules, window);
  if (exception !== '') progress.write('info', exception);
  return '';
}

/** The only mirror of a client has no limit beside that of the client. */
function paceOf({ name, limit, settings }: Job): Pacing {
  if (name === '') return limit.contents;
  const bandwidth = bandwidthReader(() => settings.configuration.text('BwLimit'));
  return heldToAll([limit.contents, new Pace(systemClock, bandwidth)]);
}

/** Nothing is remembered of what stands on the target. */
function isBlank(finding: TargetFinding, { meta }: MirrorState): boolean {
  return finding === 'state-lost' || meta.baselineEntries === 0;
}

function wordOf(configuration: Configuration): SourceWord {
  return configuration.text('Source') === '' ? 'server' : 'source';
}

/** The source as messages name it. */
function sourceOf(configuration: Configuration): string {
  const dir = configuration.text('Source');
  if (dir !== '') return displayName(dir);
  const [share, root] = [shareOf(configuration), configuration.text('ServerRoot')];
  return [serverAddress(configuration), share === '' ? '' : `[${share}]`, root].filter(Boolean).join(' ');
}

/** What is remembered of the target. A dry run of one that was never joined remembers nothing, and one by other rules, or another hour, forgets. */
async function stateFor(job: Job): Promise<MirrorState> {
  const state = await openState(job.stateDir);
  const isBlank = state.meta.targetId === '';
  // What becomes too old, or old enough, is taken out of the books, or into them.
  const isOther =
    !isBlank && (state.ownRules.isOther(ownRulesOf(job.configuration)) || !state.ownRules.aging.isEmpty);
  if (!job.isDryRun || !(isBlank || isOther)) return state;
  await state.close();
  return isBlank ? openBlankState() : openStateCopy(job.stateDir);
}

interface Parts {
  readonly finding: TargetFinding;
  readonly state: MirrorState;
  readonly report: ConsoleReport;
  /** The source, when it is a folder of this machine. */
  readonly folder: SourceFolder | undefined;
  /** No session is wanted at first. */
  readonly isResting: boolean;
}

async function mirror(
  job: Job,
  { finding, state, report, folder, isResting }: Parts,
  started: (client: RunningClient) => void,
): Promise<ExitCode> {
  const { configuration } = job;
  let hardError: ((error: unknown) => void) | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    hardError = reject;
  });
  // It is awaited together with everything else; until then a failure must not count as unhandled.
  failed.catch(() => undefined);
  const client = await startClient(
    {
      ...lineTo(job, folder),
      targetDir: job.targetDir,
      stateDir: job.stateDir,
      trashDir: configuration.text('TrashDir'),
      durability: configuration.text('Durability') as 'checkpoint' | 'strict' | 'none',
      share: shareOf(configuration),
      links: configuration.text('Links') as 'keep' | 'safe' | 'skip',
      modifyWindowMs: configuration.number('ModifyWindow'),
      name: configuration.text('Name') || hostname(),
      program: job.program,
      pace: paceOf(job),
      priority: new PathFilter(readPriority(configuration.get('Priority')), {
        ignoresCase: ignoresLetterCase(),
      }),
      order: configuration.text('Order') as FileOrder,
      findTargetKind: () => findTargetKind(job),
      // After a wait for room on the disk of the state what was reloaded before is still in effect.
      ...limitsOf(job.settings.configuration),
      ownRules: ownRulesOf(job.settings.configuration),
      mode: configuration.text('SyncMode') as 'incremental' | 'full',
      isCheckedFirst: job.verb === 'sync' || finding === 'adoption' || isBlank(finding, state),
      isAdoption: finding === 'adoption',
      isDryRun: job.isDryRun,
      isResting,
      only: job.only === '' ? undefined : await readPattern(job.only),
      report,
      admit: (welcome) => admit(job, finding, state, welcome),
    },
    state,
    (error) => hardError?.(error),
  );
  started(client);
  folder?.share.start();
  let attended: Attendance | undefined;
  try {
    const isOnePass = job.verb === 'sync';
    if (!isOnePass) {
      const parts = {
        ...job,
        client,
        report,
        program: job.program,
        source: sourceOf(configuration),
        folder,
      };
      attended = await attend(parts, (error) => hardError?.(error));
    }
    const beganMs = Date.now();
    const exit = await Promise.race(
      [
        failed,
        job.ended.then(() => EXIT.done),
        untilRefused(job, report, lackOfAgreement(job, finding)),
        isOnePass
          ? untilPassed({
              ...{ configuration, client, report, progress: job.progress, isDryRun: job.isDryRun },
              isAgreementMissing: finding === 'adoption' && !job.isAdopted && !process.stdin.isTTY,
            })
          : attended?.stopped,
      ].filter((one) => one !== undefined),
    );
    if (isOnePass && !job.isDryRun && job.only === '') rememberRun(state, beganMs, exit);
    // Who runs it by a timer has no client that empties the trash later.
    // Some paths may have failed because the disk is full.
    const isOver = exit === EXIT.done || exit === EXIT.someFailed;
    if (isOnePass && isOver && !job.isDryRun && job.only === '') {
      await pruneOnce(keeperHost({ ...job, client, report }));
    }
    return exit;
  } finally {
    job.progress.end();
    await attended?.close();
    await client.stop();
  }
}

/** What the target is now: a drive may be mounted there later. */
function findTargetKind({ configuration, targetDir }: Job): TargetKindFinding {
  const setting = configuration.text('TargetKind') as TargetKindFinding['setting'];
  return targetKindOf(setting, remoteFileSystemFor(targetDir));
}

/** A pass of this process counts as a run for the schedule of a later one. */
function rememberRun(state: MirrorState, beganMs: number, exit: ExitCode): void {
  const { runs } = state.meta;
  const text = exit === EXIT.done ? 'in sync' : `ended with exit code ${exit}`;
  const record = { why: 'asked', beganMs, endedMs: Date.now(), exit, text } as const;
  state.setMeta({ runs: { ...runs, sync: askedRunEnded(runs.sync, record) } });
}

/** How the source is reached. */
function lineTo(
  { configuration, key }: Job,
  folder: SourceFolder | undefined,
): Pick<ClientOptions, 'dial' | 'serverRoot' | 'sourceActivity'> {
  if (folder !== undefined) {
    const { share } = folder;
    return { dial: () => folder.dial(), serverRoot: '', sourceActivity: () => share.scanProgress.entries };
  }
  if (key === undefined) throw new Error('a server needs a key');
  const [host, port] = [configuration.text('ServerIP'), configuration.number('ServerPort')];
  const address = { host, port, key, keyName: keyNameOf(configuration) };
  return { dial: (signal) => dial(address, signal), serverRoot: configuration.text('ServerRoot') };
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
      const error = report.isRefused;
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
