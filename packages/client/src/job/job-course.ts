/**
 * How the jobs of one client go on: what is to be begun or ended now, after what was wished for and what
 * happened. Pure; time and chance are arguments.
 */
import { retryDelayMs } from '@lanmirror/engine/core';
import { EXIT, type ExitCode } from '@lanmirror/engine/host';

/** What a person wants of a job. */
export type JobWish =
  | 'run'
  /** Until it is resumed, over restarts. */
  | 'pause'
  /** Until it is added again, or the client starts again. */
  | 'stop'
  /** Its section says Active = no. */
  | 'off'
  /** Its section is gone. */
  | 'gone';

/** Why a job ended that nobody had asked to end. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
  /** '' when nothing can be done. */
  readonly nextStep: string;
  /** What the program would end with if it were the only job. */
  readonly exit: ExitCode;
  /** A fault of ours: it is not tried again by itself, because what it does then could be wrong. */
  readonly isFault: boolean;
  /** What is missing may come back by itself: a disk that is not mounted, a folder that another program holds. */
  readonly mayPass: boolean;
}

export interface JobCourse {
  readonly wish: JobWish;
  /** Its mirror works now, or ends. */
  readonly isRunning: boolean;
  /** What it ended with last; undefined when that was no failure, and as soon as it is begun again. */
  readonly failure: JobFailure | undefined;
  /** Failures one after the other; a run that lasted begins a new count. */
  readonly failures: number;
  /** When it was begun last, by the monotonic clock, milliseconds. */
  readonly begunMs: number;
  /** When it is to be begun, by the monotonic clock, milliseconds; Infinity when not by itself. */
  readonly dueMs: number;
}

export type JobCondition =
  | 'running'
  /** It was asked to end, and has not yet. */
  | 'ending'
  | 'paused'
  | 'stopped'
  | 'off'
  /** Something outside says no: it is tried again. */
  | 'refused'
  /** Its settings cannot be run: it is tried again, because a disk may be mounted late. */
  | 'wrong'
  | 'faulty'
  /** What it had to do once is done. */
  | 'done';

/** A run of so many milliseconds was no failed try. */
const LASTING_MS = 60_000;

/** A job that is to run, or not. */
export function newCourse(wish: JobWish): JobCourse {
  const dueMs = wish === 'run' ? 0 : Number.POSITIVE_INFINITY;
  return { wish, isRunning: false, failure: undefined, failures: 0, begunMs: 0, dueMs };
}

/** Somebody wishes. To wish once more for a run that waits begins it now. */
export function wished(course: JobCourse, wish: JobWish): JobCourse {
  if (wish !== 'run') return { ...course, wish, dueMs: Number.POSITIVE_INFINITY };
  if (course.isRunning && course.wish === 'run') return course;
  return { ...course, wish, failure: undefined, failures: 0, dueMs: 0 };
}

/** It was begun. */
export function begun(course: JobCourse, nowMs: number): JobCourse {
  return { ...course, isRunning: true, failure: undefined, begunMs: nowMs, dueMs: Number.POSITIVE_INFINITY };
}

/**
 * It ended.
 * @param failure undefined when it was asked to, or had nothing more to do
 */
export function ended(
  course: JobCourse,
  failure: JobFailure | undefined,
  nowMs: number,
  random01: number,
): JobCourse {
  // Wished for again while it ended.
  const isDue = course.wish === 'run' && course.dueMs !== Number.POSITIVE_INFINITY;
  if (failure === undefined)
    return {
      ...course,
      isRunning: false,
      failure,
      failures: 0,
      dueMs: isDue ? course.dueMs : Number.POSITIVE_INFINITY,
    };
  const failures = nowMs - course.begunMs >= LASTING_MS ? 0 : course.failures;
  const delayMs = failure.isFault ? undefined : retryDelayMs('later', failures, random01);
  const dueMs = course.wish === 'run' && delayMs !== undefined ? nowMs + delayMs : Number.POSITIVE_INFINITY;
  return { ...course, isRunning: false, failure, failures: failures + 1, dueMs };
}

/** What is to be done with it now. */
export function stepOf(course: JobCourse, nowMs: number): 'begin' | 'end' | 'rest' {
  if (course.isRunning) return course.wish === 'run' ? 'rest' : 'end';
  return course.wish === 'run' && course.dueMs <= nowMs ? 'begin' : 'rest';
}

export function conditionOf({ wish, isRunning, failure }: JobCourse): JobCondition {
  if (isRunning) return wish === 'run' ? 'running' : 'ending';
  if (wish === 'pause') return 'paused';
  if (wish === 'stop' || wish === 'gone') return 'stopped';
  if (wish === 'off') return 'off';
  if (failure === undefined) return 'done';
  if (failure.isFault) return 'faulty';
  return failure.exit === EXIT.usage ? 'wrong' : 'refused';
}

/**
 * Whether the program ends, and with what: when no job runs or is about to, none is paused, and none waits for what
 * comes back by itself. One that failed otherwise is tried again only beside others, as a program with one mirror
 * ends when that is refused.
 * @returns the highest code of the failures; undefined while it goes on
 */
export function endOf(courses: Iterable<JobCourse>, nowMs: number): ExitCode | undefined {
  let exit: ExitCode = EXIT.done;
  for (const course of courses) {
    if (course.isRunning || course.wish === 'pause' || stepOf(course, nowMs) === 'begin') return undefined;
    if (course.wish === 'run' && course.failure?.mayPass === true) return undefined;
    const own = course.wish === 'run' ? (course.failure?.exit ?? EXIT.done) : EXIT.done;
    if (own > exit) exit = own;
  }
  return exit;
}
