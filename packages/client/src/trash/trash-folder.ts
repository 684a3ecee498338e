/** Where the trash of a target is. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { displayName, realPath, UserError } from '@lanmirror/engine/host';
import { TRASH } from '@lanmirror/engine/tree';

const HASH_CHARACTERS = 12;

/**
 * The folder of the trash. `trashDir` is TrashDir, '' for the one inside the target. A TrashDir may hold other
 * things, and the trash of other targets: in it each target has a folder of its own, and nothing else in it
 * is ever touched.
 */
export function trashFolder(targetDir: string, trashDir: string): string {
  if (trashDir === '') return join(targetDir, TRASH);
  const real = realPath(targetDir);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, HASH_CHARACTERS);
  return join(trashDir, `lanmirror-trash-${basename(real)}-${hash}`);
}

/**
 * Makes TrashDir if the folder above it is there.
 * @throws UserError when it cannot be made
 */
export function makeTrashDir(trashDir: string): void {
  try {
    mkdirSync(trashDir, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code === undefined) throw error;
    throw new UserError(
      'NO_TRASH_DIR',
      `TrashDir ${displayName(trashDir)} cannot be made (${code}).`,
      'Is its disk mounted? The folder above it has to be there.',
    );
  }
}
