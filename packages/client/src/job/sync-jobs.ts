/** `sync [JOB...]`: one pass of each job, one after the other. What one refuses does not keep the others from theirs. */
import { EXIT, type ExitCode, type LogLevel, localTimeOf } from '@lanmirror/engine/host';
import type { ConfiguredJob } from './configured-job.ts';
import { failureOf, failureText } from './job-failure.ts';
import { lineWith } from './job-line.ts';
import { findProgramDir } from './job-place.ts';
import { labelled } from './job-progress.ts';
import { pausedSince } from './pause-file.ts';

export interface SyncJobsOptions {
  readonly jobs: readonly ConfiguredJob[];
  /** They were named one by one, not taken because they are active. */
  readonly isNamed: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A person wants an end: no other job is begun. */
  isEnding(): boolean;
  write(level: LogLevel, text: string): void;
  /** One pass of one job. */
  run(job: ConfiguredJob): Promise<ExitCode>;
}

/** @returns the highest exit code of the jobs; what was not begun because somebody wants an end has not been done */
export async function syncJobs(options: SyncJobsOptions): Promise<ExitCode> {
  let worst: ExitCode = EXIT.done;
  for (const job of options.jobs) {
    const exit = options.isEnding() ? notBegun(options, job) : await syncOne(options, job);
    if (exit > worst) worst = exit;
  }
  return worst;
}

function notBegun({ write }: SyncJobsOptions, { name }: ConfiguredJob): ExitCode {
  write('warn', labelled(name, 'Interrupted: its pass was not begun.'));
  return EXIT.someFailed;
}

async function syncOne(options: SyncJobsOptions, job: ConfiguredJob): Promise<ExitCode> {
  const { env, isNamed, write, run } = options;
  try {
    const since = pausedSince(findProgramDir(job.configuration.iniPath, env), job.name);
    if (since === undefined) return await run(job);
    write(
      'warn',
      labelled(
        job.name,
        `PAUSED since ${localTimeOf(since)}: nothing was done. "${lineWith('resume', job.name)}" lets it go on.`,
      ),
    );
    return isNamed ? EXIT.held : EXIT.done;
  } catch (error) {
    const failure = failureOf(error);
    write('error', labelled(job.name, failureText(failure)));
    return failure.exit;
  }
}
