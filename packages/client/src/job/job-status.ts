/** What `status` says of a client with jobs, as data and as lines for a person. Pure. */
import { displayName, localTimeOf, statusLine } from '@lanmirror/engine/host';

import { type ClientStatus, statusText } from '../control/status.ts';
import type { JobCondition, JobFailure } from './job-course.ts';
import { failureText } from './job-failure.ts';
import { lineWith } from './job-line.ts';
import { labelled } from './job-progress.ts';

export interface JobStatus {
  readonly name: string;
  /** The one that it mirrors into; while it does not run, that of its section. */
  readonly targetDir: string;
  /** Whether `start` runs it. */
  readonly isActive: boolean;
  readonly isDryRun: boolean;
  /** `not-running` when no client with this INI runs, `waiting` for one that another one has to make room for. */
  readonly condition: JobCondition | 'not-running' | 'waiting';
  /** The running job whose folder it needs. */
  readonly waitsFor: string | null;
  /** What a dry run waits for; '' when it does not. */
  readonly rest: string;
  /** ISO 8601; null when it is not paused. */
  readonly pausedSince: string | null;
  /** Why it is not mirrored; null for no reason of its own. */
  readonly failure: Pick<JobFailure, 'code' | 'message' | 'nextStep'> | null;
  /** ISO 8601; null when it is not to be tried again by itself. */
  readonly nextTry: string | null;
  /** What its mirror says, as it does without jobs; null while none runs. */
  readonly status: ClientStatus | null;
}

/** A head line for each job, and below it what its mirror says. */
export function jobStatusLines(job: JobStatus): string[] {
  const head = labelled(
    job.name,
    `${conditionText(job)}${job.isDryRun ? ' (a dry run: nothing is changed)' : ''}`,
  );
  const own =
    job.status === null
      ? [statusLine('Target', displayName(job.targetDir))]
      : statusText(job.status, job.name);
  return [head, ...own.map((line) => `  ${line}`)];
}

function conditionText(job: JobStatus): string {
  const { condition, failure, nextTry, pausedSince, status, waitsFor, name } = job;
  const why = failure === null ? '' : `: ${failureText(failure)}`;
  const next = nextTry === null ? '' : ` Next try: ${localTimeOf(nextTry)}.`;
  switch (condition) {
    case 'running':
      if (job.rest !== '') return job.rest;
      if (job.isDryRun) return 'running';
      return status === null ? 'starting' : mirrorText(status);
    case 'waiting':
      return `waits for [${displayName(waitsFor ?? '')}], which still mirrors into its folder`;
    case 'ending':
      return 'ending';
    case 'paused':
      return `PAUSED since ${pausedSince === null ? 'now' : localTimeOf(pausedSince)}, not mirrored: "${lineWith('resume', name)}" lets it go on`;
    case 'stopped':
      return `stopped, not mirrored: "${lineWith('add', name)}" starts it again`;
    case 'off':
      return 'not active (Active = no)';
    case 'refused':
      return `REFUSED${why}${next}`;
    case 'wrong':
      return `CONFIGURATION ERROR${why}${next}`;
    case 'faulty':
      return `FAILED${why}`;
    case 'done':
      return 'done';
    case 'not-running':
      if (status !== null) return `${mirrorText(status)}, by a client that does not run with these jobs`;
      return pausedSince === null
        ? `not running${job.isActive ? '' : ' (Active = no)'}${why}`
        : `not running, and PAUSED since ${localTimeOf(pausedSince)}`;
  }
}

function mirrorText({ condition }: ClientStatus): string {
  return MIRROR_WORDS[condition] ?? condition;
}

const MIRROR_WORDS: Readonly<Record<ClientStatus['condition'], string>> = {
  'in-sync': 'live',
  'catching-up': 'running',
  connecting: 'running, without a connection',
  resting: 'waiting for its time',
  'server-waits': 'running; the source waits',
  held: 'HELD',
  halted: 'HALTED',
};
