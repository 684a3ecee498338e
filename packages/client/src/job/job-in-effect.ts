/**
 * Where a command finds the mirror of a job: where the running client began it, which its section may say
 * otherwise by now; else where its section says.
 */
import {
  askProgram,
  displayName,
  EXIT,
  findStateDir,
  realPath,
  type StateDirInput,
  UserError,
} from '@lanmirror/engine/host';
import type { ClientPlace } from '../control/running-client.ts';
import { type ConfiguredJob, idOf } from './configured-job.ts';
import type { JobInProgram, ProgramReport } from './job-control.ts';
import { findProgramDir, placeOfJob } from './job-place.ts';

type Environment = StateDirInput['env'];

const SILENT = { line: () => undefined, record: () => undefined };

/** What the client that runs with this INI says of its jobs; undefined when none runs. */
export async function programReport(iniPath: string, env: Environment): Promise<ProgramReport | undefined> {
  const answer = await askProgram(findProgramDir(iniPath, env), 'jobs', {}, SILENT);
  return answer?.result as ProgramReport | undefined;
}

/** Of the job of that name, in any case. */
export function reportOf(running: ProgramReport | undefined, name: string): JobInProgram | undefined {
  return running?.jobs.find((one) => idOf(one.name) === idOf(name));
}

/**
 * Where to ask about the mirror of a job.
 * @returns undefined when it has none now, because another running job has its folder or its section names none
 * @throws UserError like `findStateDir`
 */
export function placeInEffect(
  job: ConfiguredJob,
  env: Environment,
  running: ProgramReport | undefined,
): ClientPlace | undefined {
  const report = reportOf(running, job.name);
  if (report?.place) return report.place;
  const targetDir = job.configuration.text('TargetDir');
  const isOthers = running?.jobs.some(({ place }) => isAt(place, targetDir)) === true;
  if (isOthers || targetDir === '' || typeof report?.waitsFor === 'string') return undefined;
  return { stateDir: findStateDir(placeOfJob(job, env)), targetDir };
}

function isAt(place: ClientPlace | null, targetDir: string): boolean {
  return place !== null && targetDir !== '' && realPath(place.targetDir) === realPath(targetDir);
}

/** The folders of one mirror that a command is about. */
interface Folders extends ClientPlace {
  readonly trashDir: string;
}

/**
 * What a command is about, with the folders in which the running client mirrors the job.
 * @throws UserError with exit code 5 for a job that waits for the folder of another one
 */
export function inEffect<T extends Folders>(wanted: T, name: string, running: ProgramReport | undefined): T {
  const report = reportOf(running, name);
  if (report?.place) return { ...wanted, ...report.place };
  const holder = running?.jobs.find(({ place }) => isAt(place, wanted.targetDir))?.name ?? report?.waitsFor;
  if (typeof holder !== 'string') return wanted;
  throw new UserError(
    'JOB_WAITS',
    `The folder of the job "${name}" is still that of the running job "${holder}".`,
    `End that one first, or start the client again: it mirrors into ${displayName(wanted.targetDir)}.`,
    EXIT.alreadyRunning,
  );
}
