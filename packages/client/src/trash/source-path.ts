/**
 * Under which path of the source what is in the trash was known. The trash has the names of the mirror; where the
 * disk could not hold a name, the history remembers what it stood for.
 */
import { isMarkedName } from '@lanmirror/engine/core';
import { displayName, realPath, UserError } from '@lanmirror/engine/host';
import { TRASH, type TrashItem } from '@lanmirror/engine/tree';
import type { ClientPlace } from '../control/running-client.ts';
import type { HistoryRow } from '../history/history-row.ts';
import { readHistory } from '../history/read-history.ts';

/** Rows that are read at most: all that a history can hold. */
const MAX_ROWS = 1_000_000;
/** Characters that stand for others which a disk refused. */
const MAPPED = /[\uf001-\uf0ff]/;

/** Where something went in the trash, and what it was called at the source. */
type Kept = Pick<HistoryRow, 'trash' | 'path'>;

/** Source paths of those of `items` whose names another may hide behind, by their place in the trash `folder`. */
export async function sourcePathsOf(
  place: ClientPlace,
  folder: string,
  items: readonly TrashItem[],
): Promise<ReadonlyMap<string, string>> {
  const placed = items.filter(({ path }) => path.split('/').some(isPlacedName));
  if (placed.length === 0) return new Map();
  const query = { pattern: '', sinceMs: 0, limit: MAX_ROWS, isKeptOnly: true };
  try {
    const { rows } = await readHistory(place, query);
    return findSourcePaths(placed, rows, [TRASH, folder, realPath(folder)]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`What names stand for is not known: ${displayName(error.message)}\n`);
    return new Map();
  }
}

/** `folders`: how the trash may be called in a row. What went with its folder is found by that. Pure. */
export function findSourcePaths(
  items: readonly Pick<TrashItem, 'at' | 'path'>[],
  rows: readonly Kept[],
  folders: readonly string[],
): Map<string, string> {
  const known = new Map<string, string>();
  for (const { trash, path } of rows) {
    const folder = folders.find((one) => trash.startsWith(`${one}/`));
    if (folder !== undefined) known.set(trash.slice(folder.length + 1), path);
  }
  const found = new Map<string, string>();
  for (const { at, path } of items) {
    const source = longestKnown(at, known);
    if (source !== undefined && source !== path) found.set(at, source);
  }
  return found;
}

/** The place itself, or the nearest folder above it that is known, with what is below that. */
function longestKnown(at: string, known: ReadonlyMap<string, string>): string | undefined {
  for (let end = at.length; end > 0; end = at.lastIndexOf('/', end - 1)) {
    const path = known.get(at.slice(0, end));
    if (path !== undefined) return path + at.slice(end);
  }
  return undefined;
}

function isPlacedName(name: string): boolean {
  return MAPPED.test(name) || isMarkedName(name);
}
