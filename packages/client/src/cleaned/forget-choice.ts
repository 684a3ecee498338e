/**
 * Which rows of the record of what was cleaned end when a person forgets some of which the copies are gone. Pure.
 *
 * What stays only because the place of such a row is empty goes on to stay where another row of that folder, or of the one
 * in which it stands, has an empty place: it may be the file of that one as well.
 */
import { parentOf } from '@lanmirror/protocol';
import type { CleanedRow } from '../clean/cleaned-record.ts';
import { shownPathOf } from '../clean/row-place.ts';

export interface ForgetChoice {
  /** Paths of all rows that end, in this order: a kill in between leaves none that stays for a row which is no more. */
  readonly ended: readonly string[];
  /** Those of them at whose places something stands: it stayed for what is forgotten alone. */
  readonly released: readonly string[];
  /** Rows that stay for another empty place from now on. */
  readonly instead: readonly CleanedRow[];
}

/** `forgotten`: rows at whose places nothing stands. `isVacant`: whether nothing stands at the place of a row. */
export function chooseForgotten(
  forgotten: readonly CleanedRow[],
  all: readonly CleanedRow[],
  isVacant: (row: CleanedRow) => boolean,
): ForgetChoice {
  const gone = new Set(forgotten.map(({ path }) => path));
  const isEnding = ({ path, vacantPath = '' }: CleanedRow): boolean => gone.has(path) || gone.has(vacantPath);
  const heirs = new Map<string, string | undefined>();
  const staying = rowsByFolder(all.filter((row) => !isEnding(row)));
  const heirIn = (folder: string): string | undefined => {
    if (!heirs.has(folder)) {
      const heir = staying.get(folder)?.find(isVacant);
      heirs.set(folder, heir?.vacantPath ?? heir?.path);
    }
    return heirs.get(folder);
  };
  const former = new Map(all.map((row) => [row.path, shownPathOf(row)]));
  const released: string[] = [];
  const instead: CleanedRow[] = [];
  for (const row of all) {
    if (gone.has(row.path) || row.vacantPath === undefined || !gone.has(row.vacantPath)) continue;
    const vacated = former.get(row.vacantPath) ?? row.vacantPath;
    const vacantPath = heirIn(parentOf(vacated)) ?? heirIn(parentOf(shownPathOf(row)));
    if (vacantPath === undefined) released.push(row.path);
    else instead.push({ ...row, vacantPath });
  }
  return { ended: [...released, ...gone], released, instead };
}

function rowsByFolder(rows: readonly CleanedRow[]): Map<string, CleanedRow[]> {
  const byFolder = new Map<string, CleanedRow[]>();
  for (const row of rows) {
    const folder = parentOf(shownPathOf(row));
    const known = byFolder.get(folder);
    if (known === undefined) byFolder.set(folder, [row]);
    else known.push(row);
  }
  return byFolder;
}
