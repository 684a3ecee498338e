/**
 * `start` of a client with jobs: one process that runs all active ones side by side, follows its INI, and
 * answers commands about them. Owns the lock of the INI, the watch of it, and the configuration of the moment.
 */

import { join } from 'node:path';
import {
  acquireLock,
  CLIENT_SETTINGS,
  type Configuration,
  type ConfigurationChange,
  type ConfigurationInput,
  ConfigurationWatch,
  type ControlServer,
  displayName,
  EXIT,
  type ExitCode,
  findStateDir,
  iniPathOf,
  JOB_SETTINGS,
  type LogLevel,
  localTimeOf,
  serveControl,
} from '@lanmirror/engine/host';
import type { FollowSettings, ReloadResult } from '../control/settings-feed.ts';
import { type ConfiguredJob, chooseJobs, idOf, jobNamed, jobsOf, noJobsAnyMore } from './configured-job.ts';
import { isDryByTimes } from './dry-runs.ts';
import { checkJobs } from './job-check.ts';
import { programVerbs, type Whereabouts } from './job-control.ts';
import type { JobWish } from './job-course.ts';
import { lineWith } from './job-line.ts';
import { openProgramDir, placeOfJob } from './job-place.ts';
import { labelled } from './job-progress.ts';
import { JobTurns } from './job-turn.ts';
import { forgetPause, notePause, pausedSince } from './pause-file.ts';
import { Supervisor } from './supervisor.ts';

/** What ties the run of a job to its client. */
export interface JobTies {
  readonly follow: FollowSettings;
  readonly asked: AbortSignal;
  /** Of a run that nobody can ask: how to learn what it waits for. */
  rests(why: () => string): void;
}

export interface JobClientOptions {
  readonly input: ConfigurationInput;
  readonly configuration: Configuration;
  /** Name and version. */
  readonly program: string;
  /** Another reading of the INI is in effect. */
  changed(configuration: Configuration): void;
  /** Resolves when a person wants the program to end. */
  readonly ended: Promise<unknown>;
  write(level: LogLevel, text: string): void;
  /** Mirrors one job, until `asked` is aborted. */
  run(job: ConfiguredJob, ties: JobTies): Promise<ExitCode>;
}

/** @returns the highest exit code of its jobs, when none of them runs any more */
export async function startJobs(options: JobClientOptions): Promise<ExitCode> {
  const { configuration, input, write } = options;
  checkJobs(configuration);
  chooseJobs(jobsOf(configuration), []);
  for (const warning of configuration.warnings) write('warn', warning);
  const { iniPath } = configuration;
  const programDir = openProgramDir(iniPath, input.env);
  const lock = acquireLock(join(programDir, 'lock'), `A lanmirror-client for ${displayName(iniPath)}`);
  try {
    return await new JobClient(options, programDir).run();
  } finally {
    lock.release();
  }
}

class JobClient {
  readonly #options: JobClientOptions;
  readonly #programDir: string;
  readonly #supervisor: Supervisor;
  #configuration: Configuration;
  #watch: ConfigurationWatch | undefined;
  readonly #turns = new JobTurns();
  /** What runs wait for that cannot be asked themselves, by the id of the job. */
  readonly #rests = new Map<string, () => string>();
  /** Who wants to know of new settings, by the id of the job. */
  readonly #followers = new Map<string, (configuration: Configuration) => void>();

  constructor(options: JobClientOptions, programDir: string) {
    this.#options = options;
    this.#programDir = programDir;
    this.#configuration = options.configuration;
    this.#supervisor = new Supervisor({
      nowMs: () => performance.now(),
      random01: Math.random,
      after: (delayMs, call) => {
        const timer = setTimeout(call, delayMs);
        return () => clearTimeout(timer);
      },
      run: (job, asked) => this.#run(job, asked),
      tell: (job, level, text) => options.write(level, labelled(job.name, text)),
    });
  }

  async run(): Promise<ExitCode> {
    const { over } = this.#supervisor;
    this.#watch = await this.#watchIni();
    try {
      this.#supervisor.take(jobsOf(this.#configuration).map((job) => ({ job, wish: this.#wishFor(job) })));
      void this.#options.ended.then(() => this.#supervisor.stop());
      const control = await this.#serve();
      try {
        return await over;
      } finally {
        await control.close();
      }
    } finally {
      this.#supervisor.stop();
      await over;
      await this.#watch.close();
    }
  }

  #serve(): Promise<ControlServer> {
    const programDir = this.#programDir;
    const { program, input, write } = this.#options;
    const verbs = programVerbs({
      program,
      supervisor: this.#supervisor,
      whereabouts: (name) => this.#whereabouts(name),
      jobs: () => jobsOf(this.#configuration),
      reload: () => this.#reload(),
      check: ({ name }) => checkJobs(this.#configuration, [...this.#running(), name]),
      pause: (job) => notePause(programDir, job.name, new Date()),
      resume: (job) => forgetPause(programDir, job.name),
    });
    const failed = (error: unknown): void =>
      write('error', `A command failed: ${displayName(String(error))}`);
    return serveControl(programDir, verbs, input.env, failed);
  }

  /** None begins in the folders of another one: a renamed job waits until the one of before has ended. */
  async #run(job: ConfiguredJob, asked: AbortSignal): Promise<ExitCode> {
    const turn = await this.#turns.take(
      () => this.#now(job),
      asked,
      (other) => this.#tellWait(job, other),
    );
    if (turn === undefined) return EXIT.done;
    try {
      this.#watch?.begunAnew(turn.job.name);
      return await this.#options.run(turn.job, {
        follow: this.#follow(turn.job),
        asked,
        rests: (why) => void this.#rests.set(idOf(job.name), why),
      });
    } finally {
      this.#rests.delete(idOf(job.name));
      turn.leave();
    }
  }

  #whereabouts(name: string): Whereabouts {
    const job = this.#turns.running(name);
    const waitsFor = this.#turns.waitsFor(name) ?? null;
    const rest = this.#rests.get(idOf(name))?.() ?? '';
    const section = jobNamed(jobsOf(this.#configuration), name)?.configuration;
    const known = { targetDir: section?.text('TargetDir') ?? '', waitsFor, rest };
    if (job === undefined) return { place: null, ...known };
    const { text } = job.configuration;
    const stateDir = findStateDir(placeOfJob(job, this.#options.input.env));
    return { place: { targetDir: text('TargetDir'), stateDir, trashDir: text('TrashDir') }, ...known };
  }

  /** What its section says at this moment; of a job that has none any more, what it said last. */
  #now(job: ConfiguredJob): ConfiguredJob {
    return jobNamed(jobsOf(this.#configuration), job.name) ?? job;
  }

  #tellWait(job: ConfiguredJob, other: ConfiguredJob): void {
    const place = displayName(other.configuration.text('TargetDir'));
    const text = `Waits for [${displayName(other.name)}], which still mirrors into ${place}.`;
    this.#options.write('warn', labelled(job.name, text));
  }

  #watchIni(): Promise<ConfigurationWatch> {
    const { input, write } = this.#options;
    return ConfigurationWatch.start({
      input,
      settings: CLIENT_SETTINGS,
      partSettings: [...CLIENT_SETTINGS, ...JOB_SETTINGS],
      first: this.#configuration,
      check: (configuration) => {
        if (configuration.parts.length === 0) throw noJobsAnyMore(iniPathOf(input));
        checkJobs(configuration, this.#running());
      },
      fileKey: 'ExcludeFrom',
      reread: (configuration) => this.#reread(configuration),
      changed: (configuration, change) => this.#changed(configuration, change),
      warned: (text) => write('warn', displayName(text)),
      refused: ({ message, nextStep }) =>
        write('error', `${displayName(`${message} ${nextStep}`.trim())} The settings stay as they are.`),
    });
  }

  /** Files that settings name, and how a name is written, are no changes of settings. */
  #reread(configuration: Configuration): void {
    this.#configuration = configuration;
    for (const job of jobsOf(configuration)) {
      this.#supervisor.update(job);
      this.#followers.get(idOf(job.name))?.(job.configuration);
    }
  }

  #changed(configuration: Configuration, change: ConfigurationChange): void {
    const { write } = this.#options;
    this.#configuration = configuration;
    this.#options.changed(configuration);
    for (const { text } of change.live) write('info', `In effect: ${displayName(text)}`);
    for (const { text } of change.later) write('warn', `At the next start: ${displayName(text)}`);
    const switched = new Set(change.live.filter(({ key }) => key === 'Active').map(({ part }) => idOf(part)));
    const turned = new Set(change.live.filter(({ key }) => key === 'DryRun').map(({ part }) => idOf(part)));
    const added = new Set(change.added.map(idOf));
    for (const job of jobsOf(configuration)) {
      const id = idOf(job.name);
      if (added.has(id)) write('info', `In effect: ${labelled(job.name, 'is a new job')}`);
      if (turned.has(id) || this.#isDryRunDue(job)) this.#supervisor.restart(job.name);
      if (added.has(id) || switched.has(id)) this.#supervisor.take([{ job, wish: this.#wishFor(job) }]);
    }
    for (const name of change.removed) {
      write('info', `In effect: ${labelled(name, 'is no job any more; what it mirrored stays')}`);
      this.#supervisor.wish(name, 'gone');
    }
  }

  /** Jobs that run because somebody added them, and not by their sections. */
  #running(): string[] {
    const inactive = jobsOf(this.#configuration).filter(({ isActive }) => !isActive);
    const reports = this.#supervisor.reports().filter(({ condition }) => condition === 'running');
    const running = new Set(reports.map(({ name }) => idOf(name)));
    return inactive.map(({ name }) => name).filter((name) => running.has(idOf(name)));
  }

  /** One that was done has times now. */
  #isDryRunDue(job: ConfiguredJob): boolean {
    const report = this.#supervisor.reports().find(({ name }) => idOf(name) === idOf(job.name));
    return job.isDryRun && report?.condition === 'done' && isDryByTimes(job.configuration);
  }

  #follow(job: ConfiguredJob): FollowSettings {
    return async (_first, read) => {
      this.#followers.set(idOf(job.name), read);
      // Between its begin and now the INI may have said something else, which was told as in effect.
      read(this.#now(job).configuration);
      return {
        reload: () => this.#reload(),
        close: async () => void this.#followers.delete(idOf(job.name)),
      };
    };
  }

  #reload(): ReloadResult {
    const change = this.#watch?.reload();
    return {
      live: [
        ...(change?.live ?? []).map(({ text }) => text),
        ...(change?.added ?? []).map((name) => labelled(name, 'is a new job')),
        ...(change?.removed ?? []).map((name) => labelled(name, 'is no job any more')),
      ],
      later: (change?.later ?? []).map(({ text }) => text),
    };
  }

  /** What its section and a pause say together. */
  #wishFor(job: ConfiguredJob): JobWish {
    if (!job.isActive) return 'off';
    const since = pausedSince(this.#programDir, job.name);
    if (since === undefined) return 'run';
    const text = `PAUSED since ${localTimeOf(since)}, and not mirrored: "${lineWith('resume', job.name)}" lets it go on.`;
    this.#options.write('warn', labelled(job.name, text));
    return 'pause';
  }
}
