/** What the trash of a source of this machine tells of the rows of a target that has lost them. Reads only. */
import { microseconds } from '@lanmirror/engine/core';
import { type CleanedFile, listCleaned, type ReadableTree, TreeError } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath } from '@lanmirror/protocol';
import type { CleanedRow, RowWitness } from './cleaned-record.ts';
import { lookKey } from './row-place.ts';

/**
 * What went to the trash of the source, as far as a file of the same size stands at its place on the target. When nothing
 * else is known any more, by nobody, each file that looks as one of them is taken for that, wherever it stands: a person
 * may have moved it. `sourceDir`: '' for a source that is not of this machine.
 */
export function trashWitness(tree: ReadableTree, sourceDir: string, isStateNew: () => boolean): RowWitness {
  return (isKnown, isAllLost) => {
    if (sourceDir === '') return [];
    const trashed = listCleaned(sourceDir, isKnown);
    const rows = trashed.flatMap((file) => rowAtPlace(tree, file));
    if (!isAllLost || !isStateNew()) return rows;
    const paths = new Set(rows.map(({ path }) => path));
    const known = new Set(rows.map((row) => `${row.path} ${lookKey(row)}`));
    const moved = trashed.filter(({ path, look }) => look && !known.has(`${path} ${lookKey(look)}`));
    return [...rows, ...rowsElsewhere(tree, moved).filter(({ path }) => !paths.has(path))];
  };
}

function rowAtPlace(tree: ReadableTree, { path, sizeBytes, trashedMs }: CleanedFile): CleanedRow[] {
  const there = tree.stat(path);
  if (there?.kind !== 'file' || there.sizeBytes !== sizeBytes) return [];
  return [{ path, sizeBytes, mtimeUs: microseconds(there.mtimeNs), hash: '', cleanedMs: trashedMs }];
}

function rowsElsewhere(tree: ReadableTree, moved: readonly CleanedFile[]): CleanedRow[] {
  const byLook = new Map<string, CleanedRow>();
  for (const { path, look, trashedMs } of moved) {
    if (look === undefined) continue;
    const { sizeBytes, mtimeUs, hash } = look;
    const other = byLook.get(lookKey(look));
    const isSure = other === undefined || other.hash === hash;
    byLook.set(lookKey(look), { path, sizeBytes, mtimeUs, hash: isSure ? hash : '', cleanedMs: trashedMs });
  }
  if (byLook.size === 0) return [];
  const found: CleanedRow[] = [];
  for (const { path, sizeBytes, mtimeUs } of filesBelow(tree, '')) {
    const row = byLook.get(lookKey({ sizeBytes, mtimeUs }));
    if (row !== undefined) found.push({ ...row, path });
  }
  return found;
}

/** What cannot be looked at can neither be taken for anything nor put away. */
function* filesBelow(
  tree: ReadableTree,
  folder: string,
): Generator<{ readonly path: string; readonly sizeBytes: number; readonly mtimeUs: number }> {
  for (const name of namesIn(tree, folder)) {
    if (folder === '' && isReservedAtTop(name)) continue;
    const path = joinPath(folder, name);
    const stat = statOf(tree, path);
    if (stat?.kind === 'directory') yield* filesBelow(tree, path);
    if (stat?.kind === 'file') yield { path, sizeBytes: stat.sizeBytes, mtimeUs: microseconds(stat.mtimeNs) };
  }
}

function namesIn(tree: ReadableTree, folder: string): readonly string[] {
  return unlessUnseen(() => tree.list(folder).names) ?? [];
}

function statOf(tree: ReadableTree, path: string): ReturnType<ReadableTree['stat']> {
  return unlessUnseen(() => tree.stat(path));
}

function unlessUnseen<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}
