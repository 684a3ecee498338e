/**
 * Runs the jobs of a client side by side: begins and ends each as its course says, and tells of those that
 * fail. What one does, or refuses, changes nothing for the others.
 */
import { EXIT, type ExitCode, type LogLevel } from '@lanmirror/engine/host';
import { type ConfiguredJob, idOf } from './configured-job.ts';
import {
  begun,
  conditionOf,
  ended,
  endOf,
  type JobCondition,
  type JobCourse,
  type JobFailure,
  type JobWish,
  newCourse,
  stepOf,
  wished,
} from './job-course.ts';
import { failureOf, failureText } from './job-failure.ts';

export interface SupervisorHost {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** 0 to 1. */
  random01(): number;
  /** Calls back after so many milliseconds; returns how to call that off. */
  after(delayMs: number, call: () => void): () => void;
  /** Mirrors until `asked` is aborted, or there is nothing more to do. Rejects with what ends it. */
  run(job: ConfiguredJob, asked: AbortSignal): Promise<ExitCode>;
  /** A line about a job. */
  tell(job: ConfiguredJob, level: LogLevel, text: string): void;
}

/** How a job is. */
export interface JobReport {
  readonly name: string;
  readonly condition: JobCondition;
  readonly isDryRun: boolean;
  readonly failure: Pick<JobFailure, 'code' | 'message' | 'nextStep'> | null;
  /** Milliseconds until it is tried again; null when that is not due. */
  readonly nextTryInMs: number | null;
}

interface Supervised {
  job: ConfiguredJob;
  course: JobCourse;
  /** Ends the run of now. */
  asked: AbortController;
  /** What was told of a failure last: the same once more is not told. */
  told: string;
}

export class Supervisor {
  readonly #host: SupervisorHost;
  /** By the id of the name. */
  readonly #jobs = new Map<string, Supervised>();
  #cancelTimer: () => void = () => undefined;
  #isStopping = false;
  #over: (exit: ExitCode) => void = () => undefined;
  /** Resolves when no job runs any more, with the highest exit code. */
  readonly over: Promise<ExitCode>;

  constructor(host: SupervisorHost) {
    this.#host = host;
    this.over = new Promise((resolve) => {
      this.#over = resolve;
    });
  }

  /** Takes jobs in, and begins those that are to run; called with all that are known at a start. */
  take(jobs: readonly { readonly job: ConfiguredJob; readonly wish: JobWish }[]): void {
    for (const { job, wish } of jobs) {
      const known = this.#jobs.get(idOf(job.name));
      if (known === undefined)
        this.#jobs.set(idOf(job.name), {
          job,
          course: newCourse(wish),
          asked: new AbortController(),
          told: '',
        });
      else Object.assign(known, { job, course: wished(known.course, wish) });
    }
    this.#look();
  }

  /** What its section says now; takes effect when it is begun next. */
  update(job: ConfiguredJob): void {
    const known = this.#jobs.get(idOf(job.name));
    if (known !== undefined) known.job = job;
  }

  /** @returns what it was before; undefined when there is no such job */
  wish(name: string, wish: JobWish): JobCondition | undefined {
    const known = this.#jobs.get(idOf(name));
    if (known === undefined) return undefined;
    const before = conditionOf(known.course);
    known.course = wished(known.course, wish);
    this.#look();
    return before;
  }

  /** Begins the run of now anew, or one that waits or is done; a job that is not to run stays as it is. */
  restart(name: string): void {
    const known = this.#jobs.get(idOf(name));
    if (known === undefined || known.course.wish !== 'run') return;
    const { isRunning } = known.course;
    known.course = wished(wished(known.course, 'stop'), 'run');
    if (isRunning) known.asked.abort();
    this.#look();
  }

  /** Ends all. */
  stop(): void {
    this.#isStopping = true;
    for (const known of this.#jobs.values()) known.course = wished(known.course, 'stop');
    this.#look();
  }

  /** In the order in which they came; a job that is gone is left out when it has ended. */
  reports(): readonly JobReport[] {
    const nowMs = this.#host.nowMs();
    return [...this.#jobs.values()].map(({ job, course }) => {
      const { failure, dueMs } = course;
      const isWaiting = failure !== undefined && dueMs !== Number.POSITIVE_INFINITY;
      return {
        ...{ name: job.name, condition: conditionOf(course), isDryRun: job.isDryRun },
        failure: failure === undefined ? null : { ...failure },
        nextTryInMs: isWaiting ? Math.max(0, Math.round(dueMs - nowMs)) : null,
      };
    });
  }

  #look(): void {
    this.#cancelTimer();
    const nowMs = this.#host.nowMs();
    for (const [id, one] of this.#jobs) {
      const step = stepOf(one.course, nowMs);
      if (step === 'begin') this.#begin(one);
      if (step === 'end') one.asked.abort();
      if (one.course.wish === 'gone' && !one.course.isRunning) this.#jobs.delete(id);
    }
    const courses = [...this.#jobs.values()].map(({ course }) => course);
    const exit = endOf(courses, nowMs);
    if (exit !== undefined) return this.#over(this.#isStopping ? EXIT.done : exit);
    const dueMs = Math.min(...courses.map((course) => course.dueMs));
    if (dueMs !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = this.#host.after(Math.max(0, dueMs - nowMs), () => this.#look());
  }

  #begin(one: Supervised): void {
    one.course = begun(one.course, this.#host.nowMs());
    one.asked = new AbortController();
    this.#host.run(one.job, one.asked.signal).then(
      // What a dry run found it has said itself.
      () => this.#ended(one, undefined),
      (error: unknown) => this.#ended(one, failureOf(error)),
    );
  }

  #ended(one: Supervised, failure: JobFailure | undefined): void {
    const { nowMs, random01 } = this.#host;
    // Its own command ended it, which is the wish of a person.
    const isStopped = failure === undefined && one.course.wish === 'run' && !one.job.isDryRun;
    const wish = isStopped && one.course.dueMs === Number.POSITIVE_INFINITY ? 'stop' : one.course.wish;
    one.course = ended({ ...one.course, wish }, failure, nowMs(), random01());
    this.#tell(one, failure);
    this.#look();
  }

  #tell(one: Supervised, failure: JobFailure | undefined): void {
    if (failure === undefined) {
      one.told = '';
      if (!one.job.isDryRun) this.#host.tell(one.job, 'info', 'Ended.');
      return;
    }
    const text = failureText(failure);
    if (one.told === text && one.course.failures > 1) return;
    one.told = text;
    const { dueMs } = one.course;
    const until = failure.mayPass ? '.' : ' as long as another job runs.';
    const next = dueMs === Number.POSITIVE_INFINITY ? '' : ` It is tried again${until}`;
    this.#host.tell(one.job, 'error', `NOT MIRRORED: ${text}${next}`);
  }
}
