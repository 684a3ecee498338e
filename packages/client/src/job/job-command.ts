/** The commands about the jobs of a client: they ask the one that runs with this INI, and print what it says. */
import {
  askProgram,
  type Configuration,
  type ControlResult,
  displayName,
  EXIT,
  type ExitCode,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import { reloadLines, syncBeside } from '../control/ask.ts';
import { askClient, type ClientPlace, NO_ANSWER_YET } from '../control/running-client.ts';
import type { ReloadResult } from '../control/settings-feed.ts';
import type { ClientStatus } from '../control/status.ts';
import { NOT_RUNNING } from '../control/until-started.ts';
import { type ConfiguredJob, jobsOf, requireJob } from './configured-job.ts';
import type { JobAnswer, ProgramReport } from './job-control.ts';
import type { JobCondition } from './job-course.ts';
import { placeInEffect, programReport, reportOf } from './job-in-effect.ts';
import { lineWith } from './job-line.ts';
import { findProgramDir, openProgramDir } from './job-place.ts';
import { labelled } from './job-progress.ts';
import { type JobStatus, jobStatusLines } from './job-status.ts';
import { forgetPause, notePause, pausedSince } from './pause-file.ts';

export interface JobAsking {
  readonly configuration: Configuration;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of jobs. */
  readonly words: readonly string[];
  readonly isJson: boolean;
  say(text: string): void;
}

/** By name; all others are about one mirror. */
export const JOB_COMMANDS: Readonly<Record<string, (asking: JobAsking) => Promise<ExitCode>>> = {
  status,
  add,
  pause,
  resume,
  stop,
  reload,
};

const SILENT = { line: () => undefined, record: () => undefined };

/** @returns undefined when no client runs with this INI */
function askJobs(
  { configuration, env }: JobAsking,
  verb: string,
  job?: string,
): Promise<ControlResult | undefined> {
  const programDir = findProgramDir(configuration.iniPath, env);
  return askProgram(programDir, verb, job === undefined ? {} : { job }, SILENT);
}

async function status(asking: JobAsking): Promise<ExitCode> {
  const { configuration, words, isJson, say } = asking;
  const jobs = jobsOf(configuration);
  const wanted = words.length === 0 ? jobs : words.map((name) => requireJob(jobs, name));
  const running = await programReport(configuration.iniPath, asking.env);
  const all: JobStatus[] = [];
  for (const job of wanted) all.push(await statusOf(asking, job, running));
  if (isJson) say(JSON.stringify(all));
  else for (const one of all) for (const line of jobStatusLines(one)) say(line);
  const isAny = running !== undefined || all.some((one) => one.status !== null);
  if (!isAny && !isJson) say(`No lanmirror-client runs with ${displayName(configuration.iniPath)}.`);
  return isAny ? EXIT.done : EXIT.noConnection;
}

async function statusOf(
  { env }: JobAsking,
  job: ConfiguredJob,
  running: ProgramReport | undefined,
): Promise<JobStatus> {
  const { name, isActive } = job;
  const report = reportOf(running, name);
  const isDryRun = report?.isDryRun ?? job.isDryRun;
  const targetDir = report?.place?.targetDir ?? job.configuration.text('TargetDir');
  const nextTryInMs = report?.nextTryInMs ?? null;
  const waitsFor = report?.waitsFor ?? null;
  const own = await ownStatus(job, env, running);
  return {
    ...{ name, targetDir, isActive, isDryRun, waitsFor, rest: report?.rest ?? '', ...own },
    condition: waitsFor === null ? (report?.condition ?? 'not-running') : 'waiting',
    failure: report?.failure ?? own.failure,
    nextTry: nextTryInMs === null ? null : new Date(Date.now() + nextTryInMs).toISOString(),
  };
}

/** What the job itself says. Another client may run on its target, but what another job says there is not of this one. */
async function ownStatus(
  job: ConfiguredJob,
  env: JobAsking['env'],
  running: ProgramReport | undefined,
): Promise<Pick<JobStatus, 'pausedSince' | 'status' | 'failure'>> {
  const since = pausedSince(findProgramDir(job.configuration.iniPath, env), job.name) ?? null;
  try {
    const place = placeInEffect(job, env, running);
    const isAsked = since === null && place !== undefined;
    const answer = isAsked ? await askClient(place, 'status', {}) : undefined;
    return {
      pausedSince: since,
      status: (answer?.result as ClientStatus | undefined) ?? null,
      failure: null,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message, nextStep } = error;
    // Our own program is at it, and says how far that is.
    if (code === NO_ANSWER_YET && reportOf(running, job.name)?.place)
      return { pausedSince: since, status: null, failure: null };
    return { pausedSince: since, status: null, failure: { code, message, nextStep } };
  }
}

/** Tells a running client to read its INI again, to run that job now, and to keep it. One that runs does a pass. */
async function add(asking: JobAsking): Promise<ExitCode> {
  const answer = await askJobs(asking, 'add', asking.words[0] ?? '');
  if (answer === undefined) await refuseOutsider(asking, jobsOf(asking.configuration));
  if (answer === undefined) throw notRunning(asking);
  const { name, before } = answer.result as JobAnswer;
  const { isDryRun } = requireJob(jobsOf(asking.configuration), name);
  const exit = before === 'running' && !isDryRun ? await passNow(asking, name) : undefined;
  if (exit !== undefined) return exit;
  const dryRuns = `Does dry runs already: "${lineWith('sync', name)}" does one now.`;
  asking.say(labelled(name, isDryRun && before === 'running' ? dryRuns : 'Started.'));
  return answer.exit;
}

/** @returns undefined when the job does not run after all */
async function passNow(
  { configuration, env, isJson }: JobAsking,
  name: string,
): Promise<ExitCode | undefined> {
  const job = requireJob(jobsOf(configuration), name);
  const place = placeInEffect(job, env, await programReport(configuration.iniPath, env));
  if (place === undefined) return undefined;
  return syncBeside({
    ...{ name, configuration: job.configuration, isJson, isAgreed: false, only: '', ...place },
    timeoutSeconds: job.configuration.number('Timeout'),
  });
}

async function pause(asking: JobAsking): Promise<ExitCode> {
  const job = requireJob(jobsOf(asking.configuration), asking.words[0] ?? '');
  await refuseOutsider(asking, [job]);
  const answer = await askJobs(asking, 'pause', job.name);
  if (answer === undefined)
    notePause(openProgramDir(asking.configuration.iniPath, asking.env), job.name, new Date());
  asking.say(labelled(job.name, 'Paused, over restarts too, until it is resumed.'));
  return EXIT.done;
}

async function resume(asking: JobAsking): Promise<ExitCode> {
  const job = requireJob(jobsOf(asking.configuration), asking.words[0] ?? '');
  const programDir = findProgramDir(asking.configuration.iniPath, asking.env);
  const isPaused = pausedSince(programDir, job.name) !== undefined;
  const answer = await askJobs(asking, 'resume', job.name);
  if (answer === undefined) forgetPause(programDir, job.name);
  const { condition } = (answer?.result ?? {}) as Partial<JobAnswer>;
  asking.say(labelled(job.name, isPaused ? resumedText(job.name, condition) : 'was not paused.'));
  return EXIT.done;
}

/** `condition` is that of a running client, undefined without one. */
function resumedText(name: string, condition: JobCondition | undefined): string {
  if (condition === undefined) return 'Not paused any more: the next start runs it.';
  if (condition === 'off') return 'Not paused any more, and not active: its section has Active = no.';
  if (condition === 'stopped')
    return `Not paused any more, and stopped: "${lineWith('add', name)}" starts it.`;
  return 'Goes on.';
}

async function stop(asking: JobAsking): Promise<ExitCode> {
  const { words, say, configuration } = asking;
  const [name] = words;
  if (name !== undefined) return stopOne(asking, requireJob(jobsOf(configuration), name));
  const running = await programReport(configuration.iniPath, asking.env);
  const answer = await askJobs(asking, 'stop');
  const outsiders = await outsidersOf(asking, jobsOf(configuration), running);
  for (const place of outsiders) await askClient(place, 'stop', {});
  const nobody = `Nothing to stop: no lanmirror-client runs with ${displayName(configuration.iniPath)}.`;
  say(answer === undefined && outsiders.length === 0 ? nobody : 'Stopping.');
  return EXIT.done;
}

async function stopOne(asking: JobAsking, job: ConfiguredJob): Promise<ExitCode> {
  const running = await programReport(asking.configuration.iniPath, asking.env);
  const answer = await askJobs(asking, 'stop', job.name);
  const outsiders = await outsidersOf(asking, [job], running);
  for (const place of outsiders) await askClient(place, 'stop', {});
  const isRunning = answer !== undefined || outsiders.length > 0;
  asking.say(labelled(job.name, isRunning ? 'Stopping.' : 'does not run.'));
  return EXIT.done;
}

/**
 * Folders of jobs that a client mirrors which does not run with these jobs: it was started when the INI had none, or with
 * another one.
 */
async function outsidersOf(
  { env }: JobAsking,
  jobs: readonly ConfiguredJob[],
  running: ProgramReport | undefined,
): Promise<ClientPlace[]> {
  const found: ClientPlace[] = [];
  for (const job of jobs) {
    if (reportOf(running, job.name)?.place) continue;
    const place = placeInEffect(job, env, running);
    if (place !== undefined && (await doesAnswer(place))) found.push(place);
  }
  return found;
}

const UNASKABLE: ReadonlySet<string> = new Set(['HELD_BY_ANOTHER', NO_ANSWER_YET]);

/** A single pass answers nobody, and ends by itself. */
async function doesAnswer(place: ClientPlace): Promise<boolean> {
  try {
    return (await askClient(place, 'settings', {})) !== undefined;
  } catch (error) {
    if (error instanceof UserError && UNASKABLE.has(error.code)) return false;
    throw error;
  }
}

/** What is asked of a job would be said to be done, and that client would go on. */
async function refuseOutsider(asking: JobAsking, jobs: readonly ConfiguredJob[]): Promise<void> {
  const running = await programReport(asking.configuration.iniPath, asking.env);
  const [first] = await outsidersOf(asking, jobs, running);
  if (first === undefined) return;
  throw new UserError(
    'OTHER_CLIENT',
    `${displayName(first.targetDir)} is mirrored by a lanmirror-client that does not run with the jobs of ${displayName(asking.configuration.iniPath)}.`,
    `End it with "${typedCommand('lanmirror-client stop')}", then start it again: it takes the jobs then.`,
    EXIT.alreadyRunning,
  );
}

async function reload(asking: JobAsking): Promise<ExitCode> {
  const answer = await askJobs(asking, 'reload');
  if (answer === undefined) await refuseOutsider(asking, jobsOf(asking.configuration));
  if (answer === undefined) throw notRunning(asking);
  if (asking.isJson) asking.say(JSON.stringify(answer.result));
  else for (const line of reloadLines(answer.result as ReloadResult)) asking.say(line);
  return answer.exit;
}

function notRunning({ configuration }: JobAsking): UserError {
  return new UserError(
    NOT_RUNNING,
    `No lanmirror-client runs with ${displayName(configuration.iniPath)}.`,
    `Start it with "${typedCommand('lanmirror-client start')}".`,
    EXIT.noConnection,
  );
}
