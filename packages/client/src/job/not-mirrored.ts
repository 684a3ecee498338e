/** What to do when a command needs the mirror of a job, and the client runs without that one. Pure. */
import { EXIT, UserError } from '@lanmirror/engine/host';
import { NOT_RUNNING } from '../control/until-started.ts';
import type { ProgramReport } from './job-control.ts';
import { reportOf } from './job-in-effect.ts';
import { lineWith } from './job-line.ts';

/**
 * "Start it" would be refused, because the client runs: it is this job that does not.
 * @param error what a command about the job ended with
 * @param running what the client with this INI says; undefined without one
 * @returns that error, or one that says what this job needs
 */
export function whyNotMirrored(error: unknown, name: string, running: ProgramReport | undefined): unknown {
  const report = reportOf(running, name);
  if (!(error instanceof UserError) || error.code !== NOT_RUNNING || report === undefined) return error;
  const [why, step] = reasonOf(report);
  return new UserError(
    NOT_RUNNING,
    `The job "${name}" is not mirrored now: ${why}.`,
    step,
    EXIT.noConnection,
  );
}

function reasonOf({
  name,
  condition,
  isDryRun,
}: Pick<ProgramReport['jobs'][number], 'name' | 'condition' | 'isDryRun'>): [why: string, step: string] {
  const begin = (verb: string): string => `"${lineWith(verb, name)}" lets it go on.`;
  if (condition === 'paused') return ['it is paused', begin('resume')];
  if (condition === 'stopped') return ['it was stopped', begin('add')];
  if (condition === 'off')
    return [
      'its section has Active = no',
      `Set Active = yes there; or "${lineWith('add', name)}" begins it all the same.`,
    ];
  if (isDryRun) return ['it does dry runs only', 'Take DryRun out of its section if it is to be mirrored.'];
  return ['it does not run', `"${lineWith('status', name)}" says why, and when it is tried again.`];
}
