/**
 * Which version of each path `undo` gives back. Pure.
 *
 * The content that a path had at some time is the first one that left it since then. Of a file that is
 * written again and again only one version an hour is kept, so that content may be lost; the history
 * knows. Then the newest one before is the right one: it is from before the mistake, too.
 */
import type { TrashItem } from '@lanmirror/engine/tree';

export interface UndoChoice {
  /** One for each path. */
  readonly items: readonly TrashItem[];
  /** Those of them that are older than what was wanted. */
  readonly earlier: readonly TrashItem[];
  /** Paths of the source whose content of then is lost, and of which nothing older is kept. */
  readonly unkept: readonly string[];
}

/**
 * @param items everything in the trash that came from the server, under the names of the mirror
 * @param lost when a content of each path of the source first left since then without being kept
 * @param sourcePaths the paths at the source of those items that have another name here, by their place in the trash
 */
export function chooseUndo(
  items: readonly TrashItem[],
  lost: ReadonlyMap<string, number>,
  sinceMs: number,
  sourcePaths: ReadonlyMap<string, string>,
): UndoChoice {
  const first = new Map<string, TrashItem>();
  const before = new Map<string, TrashItem>();
  for (const item of items) {
    const { trashedMs } = item;
    const path = sourcePaths.get(item.at) ?? item.path;
    const isBefore = trashedMs < sinceMs;
    const chosen = isBefore ? before : first;
    const other = chosen.get(path);
    if (other === undefined || (isBefore ? trashedMs >= other.trashedMs : trashedMs < other.trashedMs))
      chosen.set(path, item);
  }
  const earlier: TrashItem[] = [];
  const unkept: string[] = [];
  for (const [path, lostMs] of lost) {
    if ((first.get(path)?.trashedMs ?? Number.POSITIVE_INFINITY) <= lostMs) continue;
    const older = before.get(path);
    first.delete(path);
    if (older === undefined) unkept.push(path);
    else earlier.push(older);
  }
  return { items: [...first.values(), ...earlier], earlier, unkept };
}
