/**
 * Looks through a target for copies that a person moved and no pass has met since: the row of the former path is all by
 * which they stay, until one gives them a row of their own. Reads only.
 */
import { type Clock, microseconds } from '@lanmirror/engine/core';
import { type Stat, TreeError } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath } from '@lanmirror/protocol';
import { cleanedRowOf, hashHere, isOrdinary } from '../clean/cleaned-guard.ts';
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

/** Where the copies of these rows may stand by now, by the path of the row. `rows`: at whose places nothing stands. */
export async function findMoved(
  host: MoveHost,
  rows: readonly CleanedRow[],
): Promise<ReadonlyMap<string, string>> {
  const moved = new Map<string, string>();
  const looks = new Set(rows.map(lookKey));
  const stack = [''];
  let sliceStart = host.clock.nowMs();
  for (let folder = stack.pop(); folder !== undefined && looks.size > 0; folder = stack.pop()) {
    for (const { path, stat } of nodesIn(host, folder)) {
      if (stat.kind === 'directory') stack.push(path);
      const row = stat.kind === 'file' ? rowStandingFor(host, looks, path, stat) : undefined;
      if (row !== undefined && !moved.has(row.path)) moved.set(row.path, path);
    }
    if (host.clock.nowMs() - sliceStart < SLICE_MS) continue;
    await host.clock.turn();
    sliceStart = host.clock.nowMs();
  }
  return moved;
}

/** The row of another path by which this file stays. */
function rowStandingFor(
  { tree, state, record }: MoveHost,
  looks: ReadonlySet<string>,
  path: string,
  stat: Stat,
): CleanedRow | undefined {
  if (!looks.has(lookKey({ sizeBytes: stat.sizeBytes, mtimeUs: microseconds(stat.mtimeNs) })))
    return undefined;
  const id = idHere(state, path);
  if (isOrdinary(state, stat, id === undefined ? undefined : state.baseline.get(id))) return undefined;
  const known = { kind: 'file', hash: hashHere(state, path, stat), disk: stat } as const;
  const row = cleanedRowOf(record, { tree, state }, path, known);
  return row?.path === path ? undefined : row;
}

function nodesIn(host: MoveHost, folder: string): { path: string; stat: Stat }[] {
  const { tree, unreadable } = host;
  const found: { path: string; stat: Stat }[] = [];
  let at = folder;
  try {
    for (const name of tree.list(folder).names) {
      at = joinPath(folder, name);
      const stat = folder === '' && isReservedAtTop(name) ? undefined : tree.stat(at);
      if (stat !== undefined) found.push({ path: at, stat });
    }
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code !== 'ABSENT') unreadable(at, error.code);
  }
  return found;
}
