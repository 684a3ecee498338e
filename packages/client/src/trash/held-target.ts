/** Whether deletions wait for a person, as the state of a client that does not run says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from '@lanmirror/engine/host';
import { openState } from '../client.ts';

/** @throws UserError when a client holds the state after all */
export async function heldIn(stateDir: string, targetDir: string): Promise<boolean> {
  if (!existsSync(join(stateDir, 'mirror'))) return false;
  const lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`);
  const state = await openState(stateDir);
  try {
    return state.meta.isHeld;
  } finally {
    await state.close();
    lock.release();
  }
}
