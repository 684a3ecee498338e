/** What a person has to know of files that were cleaned, before a target that had them is filled again. */
import { join } from 'node:path';
import { displayName } from '@lanmirror/engine/host';
import { dayItems, TRASH, trashDays } from '@lanmirror/engine/tree';

/** The lines; none where nothing was cleaned. `sourceDir`: '' for a source that is a server. */
export async function onlyInTrashText(sourceDir: string): Promise<string[]> {
  if (sourceDir === '') return [];
  const trashDir = join(sourceDir, TRASH);
  try {
    let count = 0;
    const unread: string[] = [];
    for (const day of await trashDays(trashDir)) {
      const items = await dayItems(trashDir, day, (path) => unread.push(path));
      count += items.filter(({ reason }) => reason === 'cleaned').length;
    }
    const what = count === 1 ? '1 file that went' : `${count} files that went`;
    const rest = unread.length === 0 ? '' : ' Not all of it could be read.';
    if (count === 0 && rest === '') return [];
    return [
      `${what} from ${displayName(sourceDir)} by CleanSource ${count === 1 ? 'is' : 'are'} only in ${displayName(trashDir)} now, unless this target has them.${rest}`,
      'They are not fetched again by themselves, and not deleted there as long as this target does not have them: move them back to their places in the source. "lanmirror-client cleaned" names them afterwards.',
    ];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return [
      `Whether files that CleanSource took are only in ${displayName(trashDir)} is not known: ${displayName(message)}`,
    ];
  }
}
