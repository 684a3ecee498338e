/** The jobs of a client as its INI has them: a section `[Job NAME]` for each mirror. Pure. */
import {
  type Configuration,
  EXIT,
  nearestWord,
  type PartConfiguration,
  UserError,
} from '@lanmirror/engine/host';

export interface ConfiguredJob {
  /** '' for the one mirror of a client without sections. */
  readonly name: string;
  /** `FILE line 7, [Job films]`, for messages; '' without a section. */
  readonly source: string;
  /** What is in effect for it. */
  readonly configuration: Configuration;
  /** Whether `start` runs it. */
  readonly isActive: boolean;
  /** Whether it only says what it would do. */
  readonly isDryRun: boolean;
}

/** The jobs in the order of the file; none when the INI has no such section. */
export function jobsOf(configuration: Configuration): readonly ConfiguredJob[] {
  return configuration.parts.map((part) => jobOf(configuration, part));
}

function jobOf(program: Configuration, part: PartConfiguration): ConfiguredJob {
  return {
    name: part.name,
    source: part.source,
    // What is to be said of the file is said once, not for each job.
    configuration: { ...program, ...part, parts: [], warnings: [] },
    isActive: part.text('Active') === 'yes',
    isDryRun: part.text('DryRun') === 'yes',
  };
}

/** An INI that is being written may be empty for a moment: that is no wish to end everything. */
export function noJobsAnyMore(iniPath: string): UserError {
  return new UserError(
    'NO_JOBS',
    `${iniPath} has no section [Job NAME] any more.`,
    'Stop the client and start it again if that is meant.',
  );
}

/** The job of that name, in any case. */
export function jobNamed(jobs: readonly ConfiguredJob[], name: string): ConfiguredJob | undefined {
  const id = idOf(name);
  return jobs.find((job) => idOf(job.name) === id);
}

/** Names that differ only in case, or in how an accent is encoded, are the same. */
export function idOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/**
 * The jobs that a command is about: each named one once, in the order of the file.
 * @param names without any, all that are active
 * @throws UserError for a name that no job has, and when nothing is left
 */
export function chooseJobs(
  jobs: readonly ConfiguredJob[],
  names: readonly string[],
): readonly ConfiguredJob[] {
  const ids = new Set(names.map((name) => idOf(requireJob(jobs, name).name)));
  const chosen = jobs.filter(({ name, isActive }) => (names.length === 0 ? isActive : ids.has(idOf(name))));
  if (chosen.length > 0) return chosen;
  throw new UserError(
    'NO_ACTIVE_JOB',
    'No job is active: each has Active = no.',
    'Set Active = yes in one of them, or name the job that is meant: "lanmirror-client sync NAME".',
  );
}

/**
 * The one job that a command is about.
 * @param name undefined when none was given, which is enough where there is only one
 * @throws UserError with the names that there are
 */
export function chooseJob(jobs: readonly ConfiguredJob[], name: string | undefined): ConfiguredJob {
  if (name !== undefined) return requireJob(jobs, name);
  const [only, ...others] = jobs;
  if (only !== undefined && others.length === 0) return only;
  throw new UserError(
    'WHICH_JOB',
    `This client has ${jobs.length} jobs: ${namesOf(jobs)}.`,
    'Say with --job NAME which one is meant.',
  );
}

/** @throws UserError with exit code 2 for a name that no job has */
export function requireJob(jobs: readonly ConfiguredJob[], name: string): ConfiguredJob {
  const found = jobNamed(jobs, name);
  if (found !== undefined) return found;
  const near = nearestWord(
    name,
    jobs.map((job) => job.name),
  );
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  const known = jobs.length === 0 ? 'This client has no jobs' : `The jobs are ${namesOf(jobs)}`;
  throw new UserError(
    'UNKNOWN_JOB',
    `There is no job "${name}". ${known}.${hint}`,
    jobs.length === 0 ? 'Leave the name out, or give the INI that has the job: --config FILE.' : '',
    EXIT.usage,
  );
}

function namesOf(jobs: readonly ConfiguredJob[]): string {
  return jobs.map(({ name }) => `"${name}"`).join(', ');
}
