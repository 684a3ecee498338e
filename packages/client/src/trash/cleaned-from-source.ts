/** What was cleaned from a source of this machine is in the trash there, and not in that of the target. */
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asWord, displayName, readPattern } from '@lanmirror/engine/host';
import { dayItems, oneForEachPath, TRASH, type TrashItem, trashDays } from '@lanmirror/engine/tree';

const MOST = 20;

/**
 * For a person who asked the trash of the target for `pattern` in vain: where it is in the trash of the source, and how it
 * is taken back. No lines when nothing of it is there. What cannot be looked at counts as nothing.
 */
export async function cleanedLines(sourceDir: string, pattern: string): Promise<string[]> {
  const items = oneForEachPath(await itemsIn(join(sourceDir, TRASH), pattern), 'newest');
  if (items.length === 0) return [];
  const more = items.length - MOST;
  return [
    'Cleaned from the source, and in its trash. To take it back, which the rule cleans again when it is due:',
    ...items.slice(0, MOST).map((item) => `  ${moveLine(sourceDir, item)}`),
    ...(more > 0 ? [`  ... and ${more} more in ${displayName(join(sourceDir, TRASH))}`] : []),
  ];
}

async function itemsIn(trashDir: string, pattern: string): Promise<TrashItem[]> {
  const typed = await readPattern(pattern);
  const items: TrashItem[] = [];
  const days = await trashDays(trashDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    return [];
  });
  for (const day of days) items.push(...(await dayItems(trashDir, day, () => undefined)));
  const { isMatch } = typed((path) =>
    items.some((item) => item.path === path || item.path.startsWith(`${path}/`)),
  );
  return items.filter(({ path, reason }) => reason === 'cleaned' && isMatch(path));
}

/** Replaces nothing, and makes the folders that went with the file. */
function moveLine(sourceDir: string, { at, path }: TrashItem): string {
  const to = join(sourceDir, path);
  const folder = dirname(to);
  const isThere = lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
  const word = (text: string): string => displayName(asWord(text));
  const move = `mv -n ${word(join(sourceDir, TRASH, at))} ${word(to)}`;
  return isThere ? move : `mkdir -p ${word(folder)} && ${move}`;
}
