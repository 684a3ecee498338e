/**
 * A copy of what is remembered of a target, for a dry run: what such a run learns and forgets, by other rules
 * or of another source, must not be what the next real one goes by. A kill leaves the copy, which the next one replaces.
 */
import { constants, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openLmdbStore } from '@lanmirror/engine/store';
import { MirrorState } from './state/mirror-state.ts';

/** Opens a copy of the state in this folder, which nobody has open, and removes it when it is closed. */
export function openStateCopy(stateDir: string): MirrorState {
  const copy = join(stateDir, 'dry-run');
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(stateDir, 'mirror'), copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const store = openLmdbStore(copy);
  return new MirrorState({
    table: (name, codec, options) => store.table(name, codec, options),
    transact: (work) => store.transact(work),
    flushed: () => store.flushed(),
    async close() {
      await store.close();
      rmSync(copy, { recursive: true, force: true });
    },
  });
}
