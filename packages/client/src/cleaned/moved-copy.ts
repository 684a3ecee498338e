/**
 * Looks through a target for copies that a person moved to where no look gives them a row of their own, or which nothing
 * tells from each other: the row of the former path is all that is known of their content. Reads only.
 */
import { type Clock, microseconds } from '@lanmirror/engine/core';
import { type Stat, TreeError } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath } from '@lanmirror/protocol';
import { hashHere, isOrdinary } from '../clean/cleaned-guard.ts';
import { type CleanedRecord, type CleanedRow, lookKey } from '../clean/cleaned-record.ts';
import { idHere } from '../plan/kept.ts';
import type { CopyHost } from './look-at-copy.ts';

const SLICE_MS = 10;

export interface MoveHost extends CopyHost {
  readonly clock: Clock;
  readonly record: CleanedRecord;
  /** Nothing is known of what stands at this path of the target. */
  unreadable(path: string, code: string): void;
}

/**
 * Where the copies of these rows may stand by now, by the path of the row; of one that may stand at several places the first
 * that was met. `rows`: at whose places nothing stands.
 */
export async function findMoved(
  host: MoveHost,
  rows: readonly CleanedRow[],
): Promise<ReadonlyMap<string, string>> {
  const moved = new Map<string, string>();
  const byLook = rowsByLook(rows);
  const stack = [''];
  let sliceStart = host.clock.nowMs();
  for (let folder = stack.pop(); folder !== undefined && byLook.size > 0; folder = stack.pop()) {
    for (const { path, stat } of nodesIn(host, folder)) {
      if (stat.kind === 'directory') stack.push(path);
      for (const row of rowsStandingFor(host, byLook, path, stat))
        if (!moved.has(row.path)) moved.set(row.path, path);
    }
    if (host.clock.nowMs() - sliceStart < SLICE_MS) continue;
    await host.clock.turn();
    sliceStart = host.clock.nowMs();
  }
  return moved;
}

function rowsByLook(rows: readonly CleanedRow[]): ReadonlyMap<string, CleanedRow[]> {
  const byLook = new Map<string, CleanedRow[]>();
  for (const row of rows) {
    const alike = byLook.get(lookKey(row));
    if (alike === undefined) byLook.set(lookKey(row), [row]);
    else alike.push(row);
  }
  return byLook;
}

/** All rows of other paths of which this file may be the copy, but for those of the content by which it stays in any case. */
function rowsStandingFor(
  { state, record }: MoveHost,
  byLook: ReadonlyMap<string, readonly CleanedRow[]>,
  path: string,
  stat: Stat,
): readonly CleanedRow[] {
  const look = { sizeBytes: stat.sizeBytes, mtimeUs: microseconds(stat.mtimeNs) };
  const alike = stat.kind === 'file' ? byLook.get(lookKey(look)) : undefined;
  if (alike === undefined) return [];
  const id = idHere(state, path);
  if (isOrdinary(state, stat, id === undefined ? undefined : state.baseline.get(id))) return [];
  const known = hashHere(state, path, stat);
  const own = record.rowAt(path);
  return alike.filter((row) => row.path !== path && row.hash !== own?.hash && mayBe(row, known));
}

/** A content that is not known may be any. */
function mayBe({ hash }: CleanedRow, known: Uint8Array | null): boolean {
  return known === null || hash === '' || Buffer.from(known).toString('hex') === hash;
}

function nodesIn(host: MoveHost, folder: string): { path: string; stat: Stat }[] {
  const { tree, unreadable } = host;
  const found: { path: string; stat: Stat }[] = [];
  let at = folder;
  try {
    const { names, undecodable } = tree.list(folder);
    for (const name of names) {
      at = joinPath(folder, name);
      const stat = folder === '' && isReservedAtTop(name) ? undefined : tree.stat(at);
      if (stat !== undefined) found.push({ path: at, stat });
    }
    // No tree of ours can look at such a name, and there may be a folder behind it.
    for (const name of undecodable) unreadable(joinPath(folder, name), 'its name is not UTF-8');
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code !== 'ABSENT') unreadable(at, error.code);
  }
  return found;
}
