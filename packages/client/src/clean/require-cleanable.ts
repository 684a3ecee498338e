/** Sources from which nothing may be cleaned, whatever a rule says. */
import { type Configuration, displayName, readCleanSettings, UserError } from '@lanmirror/engine/host';
import { openCleanableSource, TreeError } from '@lanmirror/engine/tree';

/**
 * What cannot be cleaned from without harm is refused.
 * @throws UserError for a source that is the target of a mirror, or lies in one: what goes from it would come again
 */
export function requireCleanable(configuration: Pick<Configuration, 'get'>, sourceDir: string): void {
  const rule = readCleanSettings(configuration.get);
  if (rule === undefined) return;
  const source = openCleanableSource(sourceDir);
  let target: string | undefined;
  try {
    target = source.targetFolder();
  } catch (error) {
    // Not there, or not to be read: that is waited for, and looked at again before anything is cleaned.
    if (error instanceof TreeError) return;
    throw error;
  } finally {
    source.release();
  }
  if (target === undefined) return;
  const what =
    target === sourceDir
      ? 'is the target of a mirror itself'
      : `lies in ${displayName(target)}, which is the target of a mirror`;
  throw new UserError(
    'CLEANS_A_TARGET',
    `${configuration.get('CleanSource').source}: Source ${displayName(sourceDir)} ${what}, and what is cleaned from it would come again.`,
    'Leave CleanSource out.',
  );
}
