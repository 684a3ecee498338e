/** What can be asked of a running client with jobs: about all of them, and what begins and ends one. */
import { type ControlVerb, EXIT, UserError } from '@lanmirror/engine/host';
import type { ReloadResult } from '../control/settings-feed.ts';
import { type ConfiguredJob, idOf, requireJob } from './configured-job.ts';
import type { JobCondition, JobWish } from './job-course.ts';
import { lineWith } from './job-line.ts';
import type { JobReport, Supervisor } from './supervisor.ts';

/** What `jobs` answers. */
export interface ProgramReport {
  readonly program: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  readonly jobs: readonly JobInProgram[];
}

/** The folders that a running job began with. */
export interface RunningPlace {
  readonly targetDir: string;
  readonly stateDir: string;
  /** '' for the one in the target. */
  readonly trashDir: string;
}

/** Where a job mirrors, and what it waits for. */
export interface Whereabouts {
  /** Null while it does not run. */
  readonly place: RunningPlace | null;
  /** The folder that its section names; '' without one. */
  readonly targetDir: string;
  /** The running job whose folders it needs, before it can begin. */
  readonly waitsFor: string | null;
  /** What a job that nobody can ask waits for; '' when it does not. */
  readonly rest: string;
}

export interface JobInProgram extends JobReport, Whereabouts {}

/** What `add`, `pause`, `resume` and `stop` of a job answer. */
export interface JobAnswer {
  /** As its section writes it. */
  readonly name: string;
  readonly before: JobCondition;
  /** What it is after that. */
  readonly condition: JobCondition;
}

export interface ProgramControl {
  readonly program: string;
  readonly supervisor: Supervisor;
  whereabouts(name: string): Whereabouts;
  /** As the INI has them now. */
  jobs(): readonly ConfiguredJob[];
  /** @throws UserError when the INI is wrong */
  reload(): ReloadResult;
  /** @throws UserError when this job cannot run beside those that do */
  check(job: ConfiguredJob): void;
  /** Writes down that it is paused; undone by `resume`. */
  pause(job: ConfiguredJob): void;
  resume(job: ConfiguredJob): void;
}

export function programVerbs(control: ProgramControl): Readonly<Record<string, ControlVerb>> {
  const { supervisor, program } = control;
  const since = new Date().toISOString();
  const wish = (name: string, what: JobWish): JobAnswer => {
    const job = requireJob(control.jobs(), name);
    const before = supervisor.wish(job.name, what);
    if (before === undefined) throw new Error(`the job ${job.name} is not supervised`);
    return { name: job.name, before, condition: conditionOf(supervisor, job.name) ?? 'stopped' };
  };
  const answer = (result: unknown): { exit: typeof EXIT.done; result: unknown } => ({
    exit: EXIT.done,
    result,
  });
  return {
    jobs: async () => {
      const jobs = supervisor.reports().map((one) => ({ ...one, ...control.whereabouts(one.name) }));
      const report: ProgramReport = { program, pid: process.pid, since, jobs };
      return answer(report);
    },
    reload: async () => answer(control.reload()),
    add: async ({ flags }) => {
      const name = String(flags.job);
      const before = conditionOf(supervisor, name) ?? 'stopped';
      // A section that is new, or active now, begins by that.
      control.reload();
      const job = requireJob(control.jobs(), name);
      if (conditionOf(supervisor, name) === 'paused') throw paused(job.name);
      control.check(job);
      return answer({ ...wish(job.name, 'run'), before });
    },
    pause: async ({ flags }) => {
      const job = requireJob(control.jobs(), String(flags.job));
      control.pause(job);
      return answer(wish(job.name, 'pause'));
    },
    resume: async ({ flags }) => {
      const job = requireJob(control.jobs(), String(flags.job));
      control.resume(job);
      const before = conditionOf(supervisor, job.name);
      if (before !== 'paused' && before !== 'ending')
        return answer({ name: job.name, before, condition: before });
      return answer(wish(job.name, job.isActive ? 'run' : 'off'));
    },
    stop: async ({ flags }) => {
      if (typeof flags.job === 'string') return answer(wish(flags.job, 'stop'));
      // When no job runs the program ends at once: who asked for it is answered first.
      setImmediate(() => supervisor.stop());
      return { exit: EXIT.done };
    },
  };
}

function conditionOf(supervisor: Supervisor, name: string): JobCondition | undefined {
  return supervisor.reports().find((report) => idOf(report.name) === idOf(name))?.condition;
}

function paused(name: string): UserError {
  const next = `"${lineWith('resume', name)}" lets it go on.`;
  return new UserError('PAUSED', `The job "${name}" is paused.`, next, EXIT.held);
}
