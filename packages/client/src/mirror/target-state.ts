/** The state of a target while no client runs on it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, displayName, EXIT, UserError } from '@lanmirror/engine/host';
import type { ClientPlace } from '../control/running-client.ts';
import { lineWith } from '../job/job-line.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { readMarker } from './marker.ts';

export interface TargetStatePlace extends ClientPlace {
  /** The job; '' for the only mirror of a client. */
  readonly name: string;
}

/**
 * Gives `work` what is remembered of a target, and keeps clients from starting on it until that is done.
 * @throws UserError when it has never run, when the state folder is not that of this target, or a client holds it after all
 */
export async function withTargetState<T>(
  { stateDir, targetDir, name }: TargetStatePlace,
  work: (state: MirrorState) => Promise<T>,
): Promise<T> {
  // Opening would make it.
  if (!existsSync(join(stateDir, 'mirror'))) {
    if ((await readMarker(targetDir)) === undefined) throw neverRun(targetDir, name);
    throw noMirror(stateDir, targetDir);
  }
  const lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`);
  try {
    const { openState } = await import('../client.ts');
    const state = await openState(stateDir);
    try {
      const { targetId } = state.meta;
      const marker = await readMarker(targetDir);
      // A dry run, or a start that was refused, leaves a state and joins nothing.
      if (targetId === '' && marker === undefined) throw neverRun(targetDir, name);
      if (targetId === '' || marker !== targetId) throw noMirror(stateDir, targetDir);
      return await work(state);
    } finally {
      await state.close();
    }
  } finally {
    lock.release();
  }
}

function neverRun(targetDir: string, name: string): UserError {
  return new UserError(
    'NEVER_RUN',
    `The mirror ${displayName(targetDir)} has never run${name === '' ? '' : ` (job ${name})`}: nothing is known of it yet.`,
    `Begin it: "${lineWith('sync', name)}" does one pass, "lanmirror-client start" goes on until it is stopped. If it did run, this needs the user and the --state-dir of that run, and its disk.`,
    EXIT.held,
  );
}

function noMirror(stateDir: string, targetDir: string): UserError {
  return new UserError(
    'NO_MIRROR',
    `The state folder ${displayName(stateDir)} is not what a client remembers of ${displayName(targetDir)}, or that is not mounted.`,
    'Mount it. Run this as the user of the client, with the --state-dir that the client has.',
    EXIT.held,
  );
}
