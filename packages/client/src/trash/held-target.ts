/** Whether deletions wait for a person, as the state of a client that does not run says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, displayName, EXIT, UserError } from '@lanmirror/engine/host';
import { openState } from '../client.ts';
import { readMarker } from '../mirror/marker.ts';

/** @throws UserError when this is not the state of that mirror, or a client holds it after all */
export async function heldIn(stateDir: string, targetDir: string): Promise<boolean> {
  if (!existsSync(join(stateDir, 'mirror'))) throw notOfThis(stateDir, targetDir);
  const lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`);
  const state = await openState(stateDir);
  try {
    const { targetId, isHeld } = state.meta;
    if (targetId === '' || (await readMarker(targetDir)) !== targetId) throw notOfThis(stateDir, targetDir);
    return isHeld;
  } finally {
    await state.close();
    lock.release();
  }
}

/** What is not known to be free of questions may have some. */
function notOfThis(stateDir: string, targetDir: string): UserError {
  return new UserError(
    'OTHER_STATE',
    `Whether deletions wait for you is not known: ${displayName(stateDir)} is not what a client remembers of ${displayName(targetDir)}.`,
    'Run it as the user of the client, with the --state-dir that the client has; the target has to be mounted.',
    EXIT.held,
  );
}
