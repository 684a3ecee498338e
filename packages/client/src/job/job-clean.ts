/** Jobs of which one would clean a folder that another one needs: what goes there is a deletion to that one. */
import { displayName, readCleanSettings, UserError } from '@lanmirror/engine/host';
import { sourceDirOf } from '../source/source-folder.ts';
import type { ConfiguredJob } from './configured-job.ts';
import { doOverlap, groundAt } from './ground.ts';

/** For each pair of jobs of which one cleans what the other mirrors, or mirrors to, with the lines. */
export function cleanFaults(
  jobs: readonly ConfiguredJob[],
  targetsOf: (job: ConfiguredJob) => readonly { readonly path: string }[],
): UserError[] {
  const cleaners = jobs.filter(isCleaner);
  const held = (cleaners.length === 0 ? [] : jobs).map((job) => ({
    job,
    grounds: [sourceDirOf(job.configuration), ...targetsOf(job).map(({ path }) => path)]
      .filter((path) => path !== '')
      .map(groundAt),
  }));
  return cleaners.flatMap((job) => {
    const dir = sourceDirOf(job.configuration);
    const ground = groundAt(dir);
    return held.flatMap(({ job: other, grounds }) => {
      const met = other === job ? undefined : grounds.find((one) => doOverlap(one, ground));
      return met === undefined ? [] : [faultOf(job, dir, other, met.path)];
    });
  });
}

/** A rule that means nothing is refused where settings are read. */
function isCleaner({ configuration }: ConfiguredJob): boolean {
  try {
    return readCleanSettings(configuration.get) !== undefined;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

function faultOf(job: ConfiguredJob, dir: string, other: ConfiguredJob, met: string): UserError {
  return new UserError(
    'CLEANS_ANOTHER_JOB',
    `${job.source} and ${other.source}: what [Job ${job.name}] cleans from ${displayName(dir)} would be a deletion for [Job ${other.name}], which has ${displayName(met)}.`,
    'Leave CleanSource out, or give each job a folder of its own.',
  );
}
