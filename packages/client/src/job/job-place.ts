/** Where a job keeps what it remembers, and where its program is found. */
import { findStateDir, openStateDir, type StateDirInput } from '@lanmirror/engine/host';
import type { ConfiguredJob } from './configured-job.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The state folder of a job, for `findStateDir` and `openStateDir`. */
export function placeOfJob(
  { configuration }: Pick<ConfiguredJob, 'configuration'>,
  env: Environment,
): StateDirInput {
  const { text } = configuration;
  return { program: 'client', root: text('TargetDir'), given: text('StateDir'), env };
}

/**
 * The folder through which a client with jobs is found, and which it locks: it belongs to the INI, because
 * the jobs may come and go. Only the control address and the lock are in it.
 * @param iniPath absolute
 */
export function openProgramDir(iniPath: string, env: Environment): string {
  return openStateDir({ program: 'client', root: iniPath, isIni: true, given: '', env });
}

/** The same, for commands; it need not exist. */
export function findProgramDir(iniPath: string, env: Environment): string {
  return findStateDir({ program: 'client', root: iniPath, isIni: true, given: '', env });
}
