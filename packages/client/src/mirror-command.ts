/** `start` and `sync` by this process: from the settings to a mirror that runs, and to the exit code. */
import { hostname } from 'node:os';
import { type FileOrder, PathFilter } from '@lanmirror/engine/core';
import {
  bandwidthReader,
  type Configuration,
  type ConfigurationInput,
  createLog,
  EXIT,
  type ExitCode,
  keepHeapSmall,
  type Lock,
  type LogLevel,
  type Progress,
  readPattern,
  readPriority,
  UserError,
  untilSignal,
} from '@lanmirror/engine/host';
import { admit, askToAdopt, holdTarget, lackOfAgreement, requireAgreement } from './agreement.ts';
import { openBlankState, openState, type RunningClient, startClient } from './client.ts';
import { type Attendance, attend, limitsOf } from './control/attend.ts';
import { type ConsoleOptions, ConsoleReport } from './mirror/console-report.ts';
import { findTarget, type TargetFinding } from './mirror/prepare-target.ts';
import { untilPassed } from './one-pass.ts';
import { countMatching } from './plan/part.ts';
import { adviceAfter } from './session/refusal-advice.ts';
import { serverAddress } from './session/server-name.ts';
import type { MirrorState } from './state/mirror-state.ts';
import { keeperHost, pruneOnce } from './trash/trash-keeper.ts';

/** Where the file systems that people use take the letters A to Z for a to z. */
const FOLDS_CASE: ReadonlySet<string> = new Set(['darwin', 'win32']);

/** What is to be mirrored, how, and what this process holds for it. */
export interface Job {
  /** Name and version of this program, as the server is told. */
  readonly program: string;
  readonly verb: string;
  readonly input: ConfigurationInput;
  readonly configuration: Configuration;
  /** The configuration of the moment: a reload replaces it. */
  readonly settings: { configuration: Configuration };
  readonly targetDir: string;
  readonly stateDir: string;
  readonly key: Uint8Array;
  readonly isAdopted: boolean;
  readonly isDryRun: boolean;
  /** What matches is dealt with, and nothing else; '' for all. */
  readonly only: string;
  readonly progress: Progress;
  /** The lock of the state folder, and behind it that of the target as soon as it is ours. */
  readonly locks: Lock[];
}

/** Mirrors until it is stopped, or for one pass. */
export async function runMirror(job: Job): Promise<ExitCode> {
  keepHeapSmall();
  const { configuration, targetDir, progress } = job;
  for (const warning of configuration.warnings) progress.write('warn', warning);
  const log = createLog(
    () => job.settings.configuration.text('LogLevel') as LogLevel,
    (level, text) => progress.write(level, text),
  );
  const state = await stateFor(job);
  try {
    const finding = await findTarget(targetDir, state, job.stateDir);
    requireAgreement(job, finding);
    if (finding === 'known' || finding === 'state-lost') holdTarget(job);
    let client: RunningClient | undefined;
    const report = new ConsoleReport({
      log,
      progress,
      mode: configuration.text('SyncMode') as 'incremental' | 'full',
      source: sourceOf(configuration),
      targetDir,
      isOnePass: job.verb === 'sync',
      isDryRun: job.isDryRun,
      part: () => partOf(client),
      failedPaths: () => client?.mirror.problems.map(({ path }) => path) ?? [],
      heldPaths: () => client?.mirror.heldPaths ?? [],
      skippedLinks: () => client?.mirror.skippedLinks ?? 0,
      fingerprints: () => ({
        own: state.fingerprint,
        server: client?.mirror.fingerprints.server,
        comparison: client?.mirror.fingerprints.comparison ?? 'unknown',
        skippedLinks: client?.mirror.skippedLinks ?? 0,
        problems: client?.mirror.problems.length ?? 0,
      }),
      contentBytes: () => client?.contentBytes ?? 0,
      ask: (question) => askToAdopt(job, state, question),
    });
    report.starting();
    return await mirror(job, finding, state, report, (started) => {
      client = started;
    });
  } finally {
    await state.close();
  }
}

function partOf(client: RunningClient | undefined): ReturnType<ConsoleOptions['part']> {
  const pattern = client?.mirror.part;
  const { isPartFound: isFound = true } = client?.mirror ?? {};
  return client && pattern && { pattern, count: () => countMatching(client.state, pattern), isFound };
}

/** Nothing is remembered of what stands on the target. */
function isBlank(finding: TargetFinding, { meta }: MirrorState): boolean {
  return finding === 'state-lost' || meta.baselineEntries === 0;
}

function sourceOf(configuration: Configuration): string {
  const server = serverAddress(configuration);
  const root = configuration.text('ServerRoot');
  return root === '' ? server : `${server} ${root}`;
}

/** What is remembered of the target. A dry run of one that was never joined remembers nothing. */
async function stateFor(job: Job): Promise<MirrorState> {
  const state = await openState(job.stateDir);
  if (!job.isDryRun || state.meta.targetId !== '') return state;
  await state.close();
  return openBlankState();
}

async function mirror(
  job: Job,
  finding: TargetFinding,
  state: MirrorState,
  report: ConsoleReport,
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
      address: {
        host: configuration.text('ServerIP'),
        port: configuration.number('ServerPort'),
        key: job.key,
      },
      targetDir: job.targetDir,
      stateDir: job.stateDir,
      trashDir: configuration.text('TrashDir'),
      durability: configuration.text('Durability') as 'checkpoint' | 'strict' | 'none',
      serverRoot: configuration.text('ServerRoot'),
      links: configuration.text('Links') as 'keep' | 'safe' | 'skip',
      name: configuration.text('Name') || hostname(),
      program: job.program,
      bandwidth: bandwidthReader(() => job.settings.configuration.text('BwLimit')),
      priority: new PathFilter(readPriority(configuration.get('Priority')), {
        ignoresCase: FOLDS_CASE.has(process.platform),
      }),
      order: configuration.text('Order') as FileOrder,
      ...limitsOf(configuration),
      mode: configuration.text('SyncMode') as 'incremental' | 'full',
      isCheckedFirst: job.verb === 'sync' || finding === 'adoption' || isBlank(finding, state),
      isAdoption: finding === 'adoption',
      isDryRun: job.isDryRun,
      only: job.only === '' ? undefined : await readPattern(job.only),
      report,
      admit: (welcome) => admit(job, finding, state, welcome),
    },
    state,
    (error) => hardError?.(error),
  );
  started(client);
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
      };
      attended = await attend(parts, (error) => hardError?.(error));
    }
    const exit = await Promise.race(
      [
        failed,
        untilSignal().then(() => EXIT.done),
        untilRefused(job, report, lackOfAgreement(job, finding)),
        isOnePass
          ? untilPassed({
              ...{ configuration, client, report, isDryRun: job.isDryRun },
              isAgreementMissing: finding === 'adoption' && !job.isAdopted && !process.stdin.isTTY,
            })
          : attended?.stopped,
      ].filter((one) => one !== undefined),
    );
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
