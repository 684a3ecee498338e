/**
 * lanmirror-client: keeps a folder identical to what a server publishes.
 *
 *   lanmirror-client [start]     stay live
 *   lanmirror-client join HOST[:PORT] DIR    make DIR a mirror, and stay live
 *   lanmirror-client sync        one pass, then exit
 *   lanmirror-client status, wait, accept, reload, stop      ask the one that runs
 *   lanmirror-client trash, undo      what was deleted or replaced here
 */
import { hostname } from 'node:os';
import { join as joinPaths } from 'node:path';
import { createInterface } from 'node:readline/promises';
import {
  acquireLock,
  barProgress,
  type Circumstances,
  CLIENT_SETTINGS,
  type Command,
  type Configuration,
  type ConfigurationInput,
  createLog,
  displayName,
  EXIT,
  type ExitCode,
  findKey,
  type Lock,
  type LogLevel,
  openStateDir,
  type Progress,
  parseCommandLine,
  plainProgress,
  readConfiguration,
  realPath,
  requireSetting,
  runProgram,
  UserError,
  untilSignal,
} from '@lanmirror/engine/host';
import type { Welcome } from '@lanmirror/protocol';
import type { RunningClient } from './client.ts';
import { VERBS } from './command-table.ts';
import { type Attendance, limitsOf } from './control/attend.ts';
import type { ConsoleReport } from './mirror/console-report.ts';
import type { TargetFinding } from './mirror/prepare-target.ts';
import { adviceAfter } from './session/refusal-advice.ts';
import { serverAddress } from './session/server-name.ts';
import type { MirrorState } from './state/mirror-state.ts';

const PROGRAM = 'lanmirror-client';
const VERSION = '0.1.0';
interface Job {
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
  readonly progress: Progress;
  /** The lock of the state folder, and behind it that of the target as soon as it is ours. */
  readonly locks: Lock[];
}

await runProgram(PROGRAM, main);

async function main(circumstances: Circumstances): Promise<ExitCode> {
  const shape = { program: PROGRAM, version: VERSION, verbs: VERBS, settings: CLIENT_SETTINGS };
  const command = await parseCommandLine(shape, process.argv.slice(2));
  if (command === undefined) return EXIT.done;
  const config = command.flags.config;
  const given: ConfigurationInput = {
    section: 'Client',
    config: typeof config === 'string' ? config : undefined,
    flags: command.flags,
    env: process.env,
    cwd: process.cwd(),
  };
  const input = command.verb === 'join' ? await joined(command, given) : given;
  const configuration = readConfiguration(input);
  const targetDir = required(configuration, 'TargetDir');
  const { refuseDangerous, refuseNested } = await import('./mirror/prepare-target.ts');
  refuseDangerous(targetDir);
  const stateDir = openStateDir({
    program: 'client',
    root: targetDir,
    given: configuration.text('StateDir'),
    env: process.env,
  });
  circumstances.stateDir = stateDir;
  refuseNested(targetDir, stateDir, 'the state folder');
  const trashDir = configuration.text('TrashDir');
  if (trashDir !== '') refuseNested(targetDir, trashDir, 'TrashDir');
  if (command.verb === 'trash' || command.verb === 'undo') {
    const { TRASH_COMMANDS } = await import('./trash/trash-command.ts');
    const days = configuration.number('TrashDays');
    const { words, flags } = command;
    return TRASH_COMMANDS[command.verb]({
      words,
      flags,
      targetDir,
      stateDir,
      trashDir,
      days,
      cwd: input.cwd,
    });
  }
  if (command.verb === 'verify') {
    const { verifyCommand } = await import('./verify/verify-command.ts');
    const { words, flags } = command;
    const options = { pattern: words[0] ?? '', isRepair: flags.repair === true, isJson: flags.json === true };
    return verifyCommand({ stateDir, targetDir, ...options });
  }
  const answered = await askInstead(command, configuration, targetDir, stateDir);
  if (answered !== undefined) return answered;
  const key = findKey(configuration, process.env, stateDir);
  if (key === undefined) {
    throw new UserError(
      'NO_KEY',
      'There is no key yet.',
      'Print it on the server with "lanmirror-server key", and give it as --key-file FILE, KeyFile in the INI, or in LANMIRROR_KEY.',
    );
  }
  const { trashRule } = await import('./trash/trash-keeper.ts');
  trashRule(configuration);
  void untilSignal();
  const write = (text: string): void => void process.stdout.write(`${text}\n`);
  const progress = process.stderr.isTTY
    ? barProgress(() => performance.now())
    : plainProgress(() => performance.now(), write);
  const locks = [acquireLock(joinPaths(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`)];
  try {
    const job: Job = {
      verb: command.verb === 'join' ? 'start' : command.verb,
      input,
      configuration,
      settings: { configuration },
      targetDir: realPath(targetDir),
      stateDir,
      key,
      isAdopted: command.flags.adopt === true || (command.verb === 'join' && command.flags.yes === true),
      isDryRun: command.flags['dry-run'] === true,
      progress,
      locks,
    };
    const { runWithRoom } = await import('./state-room.ts');
    return await runWithRoom({
      stateDir,
      isLive: job.verb === 'start' && !job.isDryRun,
      ended: untilSignal(),
      warn: (text) => progress.write('warn', displayName(text)),
      run: () => run(job),
    });
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** After the server was called and the settings were written: what the start is to read. */
async function joined({ words }: Command, input: ConfigurationInput): Promise<ConfigurationInput> {
  const { prepareJoin } = await import('./join/join.ts');
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  return prepareJoin({ words, input, program: `${PROGRAM} ${VERSION}`, say });
}

/** What a client that runs already does; undefined when this process has to do it. */
async function askInstead(
  { verb, flags }: Command,
  configuration: Configuration,
  targetDir: string,
  stateDir: string,
): Promise<ExitCode | undefined> {
  const isPlainSync = verb === 'sync' && flags['dry-run'] !== true && flags.adopt !== true;
  if (verb === 'start' || (verb === 'sync' && !isPlainSync)) return undefined;
  const { ASKING, syncBeside } = await import('./control/ask.ts');
  const asking = {
    configuration,
    stateDir,
    targetDir,
    isJson: flags.json === true,
    isAgreed: flags.yes === true,
    timeoutSeconds: configuration.number('Timeout'),
  };
  return isPlainSync && configuration.text('SyncMode') !== 'full'
    ? syncBeside(asking)
    : ASKING[verb]?.(asking);
}

function required(configuration: Configuration, key: string): string {
  const setting = CLIENT_SETTINGS.find((one) => one.key === key);
  if (setting === undefined) throw new Error(`no setting ${key}`);
  return requireSetting(configuration, setting, 'client');
}

async function run(job: Job): Promise<ExitCode> {
  const { configuration, targetDir, progress } = job;
  const { ConsoleReport } = await import('./mirror/console-report.ts');
  for (const warning of configuration.warnings) progress.write('warn', warning);
  const log = createLog(
    () => job.settings.configuration.text('LogLevel') as LogLevel,
    (level, text) => progress.write(level, text),
  );
  const state = await stateFor(job);
  try {
    const { findTarget } = await import('./mirror/prepare-target.ts');
    const finding = await findTarget(targetDir, state, job.stateDir);
    requireAgreement(job, finding);
    if (finding === 'known' || finding === 'state-lost') await holdTarget(job);
    let client: RunningClient | undefined;
    const report = new ConsoleReport({
      log,
      progress,
      mode: configuration.text('SyncMode') as 'incremental' | 'full',
      source: sourceOf(configuration),
      targetDir,
      stateDir: job.stateDir,
      isOnePass: job.verb === 'sync',
      isDryRun: job.isDryRun,
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

function sourceOf(configuration: Configuration): string {
  const server = serverAddress(configuration);
  const root = configuration.text('ServerRoot');
  return root === '' ? server : `${server} ${root}`;
}

/** What is remembered of the target. A dry run of one that was never joined remembers nothing. */
async function stateFor(job: Job): Promise<MirrorState> {
  const { openState, openBlankState } = await import('./client.ts');
  const state = await openState(job.stateDir);
  if (!job.isDryRun || state.meta.targetId !== '') return state;
  await state.close();
  return openBlankState();
}

/** The person's yes to an adoption makes the folder ours. */
async function askToAdopt(job: Job, state: MirrorState, question: string): Promise<boolean> {
  if (!job.isAdopted && !(await askPerson(question))) return false;
  const { join } = await import('./mirror/prepare-target.ts');
  await join(job.targetDir, state);
  await holdTarget(job);
  return true;
}

/** Keeps other clients from a target that is ours. A dry run touches nothing. */
async function holdTarget(job: Job): Promise<void> {
  if (job.isDryRun || job.locks.length > 1) return;
  const { lockTarget } = await import('./mirror/prepare-target.ts');
  job.locks.push(lockTarget(job.targetDir, job.stateDir));
}

/** Refuses what a person has not agreed to. */
function requireAgreement(job: Job, finding: TargetFinding): void {
  const { targetDir } = job;
  if (finding === 'not-there' && job.verb === 'sync') {
    throw new UserError(
      'TARGET_GONE',
      `${displayName(targetDir)} is not mounted or was wiped: its marker is missing.`,
      `Mount it again. If it is a new, empty disk, remove the folder ${displayName(joinPaths(job.stateDir, 'mirror'))} first.`,
      EXIT.held,
    );
  }
}

/** Set when an adoption would need a yes that nobody can give. */
function lackOfAgreement(job: Job, finding: TargetFinding): UserError | undefined {
  if (finding !== 'adoption' || job.isAdopted || process.stdin.isTTY || job.isDryRun) return undefined;
  return new UserError(
    'NOT_EMPTY',
    `${displayName(job.targetDir)} is not empty and was never a mirror.`,
    'Look at "lanmirror-client sync --dry-run", then run again with --adopt: what matches is kept, what is extra goes to the trash.',
    EXIT.held,
  );
}

/** A server has accepted us: refuses one that publishes our own target, and makes a new folder ours. */
async function admit(job: Job, finding: TargetFinding, state: MirrorState, welcome: Welcome): Promise<void> {
  const { targetDir, stateDir } = job;
  const { findTarget, join, refuseOwnSource } = await import('./mirror/prepare-target.ts');
  const trashDir = job.configuration.text('TrashDir');
  refuseOwnSource(targetDir, trashDir === '' ? [stateDir] : [stateDir, trashDir], welcome);
  // Only now: whose own source it is must not be told to adopt it.
  const lack = lackOfAgreement(job, finding);
  if (lack !== undefined) throw lack;
  const isJoined = state.meta.targetId !== '';
  if (job.isDryRun || isJoined || (finding !== 'new' && finding !== 'state-lost')) return;
  // The wait for the server may have been long, and what was empty is not touched when it is not any more.
  if ((await findTarget(targetDir, state, stateDir)) !== finding) {
    throw new UserError(
      'TARGET_CHANGED',
      `${displayName(targetDir)} is not what it was at the start.`,
      'Look at what is in it, and start again.',
      EXIT.held,
    );
  }
  await join(targetDir, state);
  await holdTarget(job);
}

async function mirror(
  job: Job,
  finding: TargetFinding,
  state: MirrorState,
  report: ConsoleReport,
  started: (client: RunningClient) => void,
): Promise<ExitCode> {
  const { configuration } = job;
  const { startClient } = await import('./client.ts');
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
      program: `${PROGRAM} ${VERSION}`,
      ...limitsOf(configuration),
      mode: configuration.text('SyncMode') as 'incremental' | 'full',
      isCheckedFirst: job.verb === 'sync' || finding === 'adoption' || finding === 'state-lost',
      isAdoption: finding === 'adoption',
      isDryRun: job.isDryRun,
      report,
      admit: (welcome) => admit(job, finding, state, welcome),
    },
    state,
    (error) => hardError?.(error),
  );
  started(client);
  const { untilPassed } = await import('./one-pass.ts');
  let attended: Attendance | undefined;
  try {
    const isOnePass = job.verb === 'sync';
    if (!isOnePass) {
      const { attend } = await import('./control/attend.ts');
      const parts = {
        ...job,
        client,
        report,
        program: `${PROGRAM} ${VERSION}`,
        source: sourceOf(configuration),
      };
      attended = await attend(parts, (error) => hardError?.(error));
    }
    const exit = await Promise.race(
      [
        failed,
        untilSignal().then(() => EXIT.done),
        untilRefused(report, lackOfAgreement(job, finding)),
        isOnePass
          ? untilPassed({
              ...{ configuration, client, report, isDryRun: job.isDryRun },
              isAgreementMissing: finding === 'adoption' && !job.isAdopted && !process.stdin.isTTY,
            })
          : attended?.stopped,
      ].filter((one) => one !== undefined),
    );
    // Who runs it by a timer has no client that empties the trash later.
    if (isOnePass && exit === EXIT.done && !job.isDryRun) {
      const { keeperHost, pruneOnce } = await import('./trash/trash-keeper.ts');
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
function untilRefused(report: ConsoleReport, lack: UserError | undefined): Promise<ExitCode> {
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
            adviceAfter(error, `${PROGRAM} ${VERSION}`),
            EXIT.noConnection,
          ),
        );
      else if (lack !== undefined && report.lastFault !== '') reject(lack);
    };
    report.subscribe(look);
    look();
  });
}

/** A yes from a person at a terminal. */
async function askPerson(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
}
