/** Jobs of which one would clean a folder that another one needs: what goes there is a deletion to that one. */
import { sep } from 'node:path';
import { displayName, readCleanSettings, UserError } from '@lanmirror/engine/host';
import { sourceDirOf } from '../source/source-folder.ts';
import type { ConfiguredJob } from './configured-job.ts';

/** For each pair of jobs of which one cleans what the other mirrors, or mirrors to, with the lines. */
export function cleanFaults(
  jobs: readonly ConfiguredJob[],
  targetsOf: (job: ConfiguredJob) => readonly { readonly path: string }[],
): UserError[] {
  return jobs.flatMap((job) => {
    const dir = isCleaner(job) ? sourceDirOf(job.configuration) : '';
    if (dir === '') return [];
    return jobs.flatMap((other) => {
      const folders = [sourceDirOf(other.configuration), ...targetsOf(other).map(({ path }) => path)];
      const met = other === job ? undefined : folders.find((path) => path !== '' && doMeet(path, dir));
      return met === undefined ? [] : [faultOf(job, dir, other, met)];
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

/** The same folder, or one in the other. */
function doMeet(one: string, other: string): boolean {
  return one === other || one.startsWith(other + sep) || other.startsWith(one + sep);
}
