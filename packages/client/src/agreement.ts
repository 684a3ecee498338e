/**
 * What a person has agreed to, and what has to be agreed to, before a folder becomes a target and is written
 * into.
 */
import { confirm, displayName, EXIT, UserError } from '@lanmirror/engine/host';
import type { Welcome } from '@lanmirror/protocol';
import { lineFor, lineWith } from './job/job-line.ts';
import { isOtherSource, isSameOrigin, type Origin, otherSource } from './mirror/other-source.ts';
import {
  findTarget,
  join,
  lockTarget,
  refuseOwnSource,
  type TargetFinding,
} from './mirror/prepare-target.ts';
import type { Job } from './mirror-job.ts';
import { shareOf } from './session/share-setting.ts';
import { sourceDirOf } from './source/source-folder.ts';
import type { MirrorState } from './state/mirror-state.ts';

/** The person's yes to an adoption makes the folder ours. */
export async function askToAdopt(job: Job, state: MirrorState, question: string): Promise<boolean> {
  if (!job.isAdopted && (await confirm(`${question} [y/N] `)) !== true) return false;
  await join(job.targetDir, state);
  holdTarget(job);
  return true;
}

/** Keeps other clients from a target that is ours. A dry run touches nothing. */
export function holdTarget(job: Job): void {
  if (job.isDryRun || job.locks.length > 1) return;
  job.locks.push(lockTarget(job.targetDir, job.stateDir));
}

/** Refuses what a person has not agreed to. */
export function requireAgreement(job: Job, finding: TargetFinding): void {
  const { targetDir } = job;
  if (finding === 'adoption' && job.only !== '') {
    throw new UserError(
      'ONLY_A_PART',
      `${displayName(targetDir)} is not empty and was never a mirror, so all of it has to be looked at first.`,
      `Run "${lineWith('sync --dry-run', job.name)}", then "${lineWith('sync --adopt', job.name)}"; after that --only may be used.`,
      EXIT.held,
    );
  }
  if (finding === 'not-there' && job.verb === 'sync') {
    throw new UserError(
      'TARGET_GONE',
      `${displayName(targetDir)} is not mounted or was wiped: its marker is missing.`,
      `Mount it again. If it is a new disk, or is to be filled again: "${lineFor(job.name, 'accept')}".`,
      EXIT.held,
    );
  }
}

/** How a person says yes: of several jobs to the one that is meant. */
function adoption({ name }: Job): string {
  return name === '' ? 'run again with --adopt' : `run "${lineWith('sync --adopt', name)}"`;
}

/** Set when an adoption would need a yes that nobody can give. */
export function lackOfAgreement(job: Job, finding: TargetFinding): UserError | undefined {
  if (finding !== 'adoption' || job.isAdopted || process.stdin.isTTY || job.isDryRun) return undefined;
  return new UserError(
    'NOT_EMPTY',
    `${displayName(job.targetDir)} is not empty and was never a mirror.`,
    `Look at "${lineWith('sync --dry-run', job.name)}", then ${adoption(job)}: what matches is kept, what is extra goes to the trash.`,
    EXIT.held,
  );
}

/** A server has accepted us: refuses one that publishes our own target, and makes a new folder ours. */
export async function admit(
  job: Job,
  finding: TargetFinding,
  state: MirrorState,
  welcome: Welcome,
): Promise<void> {
  const { targetDir, stateDir } = job;
  const trashDir = job.configuration.text('TrashDir');
  refuseOwnSource(targetDir, trashDir === '' ? [stateDir] : [stateDir, trashDir], welcome);
  // Only now: whose own source it is must not be told to adopt it.
  const lack = lackOfAgreement(job, finding);
  if (lack !== undefined) throw lack;
  keepToSource(job, state, welcome);
  const isJoined = state.meta.targetId !== '';
  if (job.isDryRun || isJoined || (finding !== 'new' && finding !== 'state-lost')) return;
  // The wait for the server may have been long, and what was empty is not touched when it is not any more.
  if ((await findTarget(targetDir, state, stateDir)) !== finding) {
    throw new UserError(
      'TARGET_CHANGED',
      `${displayName(targetDir)} is not what it was at the start.`,
      'Look at what is in it, and start again.',
      EXIT.held,
    );
  }
  await join(targetDir, state);
  holdTarget(job);
}

/** Refuses another source (a share of a server, a folder of this machine) than the one that the target is filled from. */
function keepToSource(job: Job, state: MirrorState, welcome: Welcome): void {
  const { configuration, targetDir } = job;
  const origin: Origin = { share: shareOf(configuration), sourceDir: sourceDirOf(configuration) };
  if (!job.isAdopted && isOtherSource(state.meta, origin, welcome))
    throw otherSource(job.name, targetDir, state.meta, origin);
  if (!job.isDryRun && !isSameOrigin(state.meta, origin)) state.setMeta(origin);
}
