/** The state of a target while no client runs on it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, displayName, EXIT, UserError } from '@lanmirror/engine/host';
import { openState } from '../client.ts';
import type { ClientPlace } from '../control/running-client.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { readMarker } from './marker.ts';

/**
 * Gives `work` what is remembered of a target, and keeps clients from starting on it until that is done.
 * @throws UserError when the state folder is not that of this target, or a client holds it after all
 */
export async function withTargetState<T>(
  { stateDir, targetDir }: ClientPlace,
  work: (state: MirrorState) => Promise<T>,
): Promise<T> {
  // Opening would make it.
  if (!existsSync(join(stateDir, 'mirror'))) throw noMirror(stateDir, targetDir);
  const lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`);
  try {
    const state = await openState(stateDir);
    try {
      const { targetId } = state.meta;
      if (targetId === '' || (await readMarker(targetDir)) !== targetId) throw noMirror(stateDir, targetDir);
      return await work(state);
    } finally {
      await state.close();
    }
  } finally {
    lock.release();
  }
}

function noMirror(stateDir: string, targetDir: string): UserError {
  return new UserError(
    'NO_MIRROR',
    `The state folder ${displayName(stateDir)} is not what a client remembers of ${displayName(targetDir)}, or that is not mounted.`,
    'Mount it. Run this as the user of the client, with the --state-dir that the client has.',
    EXIT.held,
  );
}
