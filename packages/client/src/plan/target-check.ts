/**
 * Compares what stands on the target with the baseline, and corrects the baseline: afterwards it says
 * what is there, and what differs from the view is dirty. Edits, deletions and additions behind our back
 * are found this way, as are copies made by other means, which are adopted.
 *
 * Reads only. Works in slices, each in one transaction, so an interruption leaves a baseline that is right as far
 * as the check came.
 */

import { microseconds } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { RollCall } from '@lanmirror/engine/tree';
import { diskFacts, isModeLeft } from '../state/baseline-entry.ts';
import { BesideLooks, type SeenFolder } from './beside-looks.ts';
import { checkFolder, type FolderCheckHost, unchangedAsSeen } from './folder-check.ts';
import { type CheckHost, type CheckResult, found, markDirty, type OpenResult } from './node-check.ts';

/** One transaction each: what waits for its turn waits no longer, and no commit has more than this to write. */
const SLICE_MS = 8;

/**
 * Checks the target, or what of it matches `part`. Folders on the way to that are looked at, too: nothing in
 * them could get its place otherwise.
 */
export async function checkTarget(whole: CheckHost, part?: PathPattern): Promise<CheckResult> {
  const { state, clock } = whole;
  const isFirst = state.baseline.get(state.meta.rootId) === undefined;
  const host = { ...whole, part, call: new RollCall(), isFirst };
  const result: OpenResult = { changed: [], missing: [], ids: [], added: 0, unreadable: [] };
  if (!adoptRoot(host, result.ids)) return result;
  const folderIds = [state.meta.rootId];
  // Neither a part nor what is kept is compared by looks of another moment.
  const beside = new BesideLooks(host, part === undefined && state.meta.keptEntries === 0);
  while ((folderIds.length > 0 || beside.isBusy) && !host.isStopped()) {
    state.transact(() => checkSlice(host, beside, folderIds, result));
    if (folderIds.length === 0) await beside.answered();
    if (folderIds.length > 0 || beside.isBusy) await clock.turn();
  }
  host.tree.release();
  return result;
}

/** Checks folders, first those that were looked at, until the time is up. The list grows by those found in them. */
function checkSlice(
  host: FolderCheckHost,
  beside: BesideLooks,
  folderIds: number[],
  result: OpenResult,
): void {
  const endMs = host.clock.nowMs() + SLICE_MS;
  do {
    const seen = beside.take();
    beside.ask(folderIds);
    const id = seen?.id ?? folderIds.pop();
    if (id === undefined) return;
    checkOne(host, id, seen, folderIds, result);
    host.looked();
  } while (host.clock.nowMs() < endMs && !host.isStopped());
}

function checkOne(
  host: FolderCheckHost,
  id: number,
  seen: SeenFolder | undefined,
  folderIds: number[],
  result: OpenResult,
): void {
  const path = host.state.baseline.pathOf(id);
  if (path === undefined) return;
  const within = seen?.path === path ? unchangedAsSeen(host, seen) : undefined;
  if (within === undefined) checkFolder(host, { id, path }, folderIds, result);
  else folderIds.push(...within);
}

/** The target folder itself is the root, whatever it was before. */
function adoptRoot({ tree, state }: CheckHost, ids: number[]): boolean {
  const stat = tree.rootStat();
  const root = state.view.get(state.meta.rootId);
  if (stat?.kind !== 'directory' || root === undefined) return false;
  const before = state.baseline.get(root.id);
  const isSame = before !== undefined && before.disk.mtimeNs === stat.mtimeNs && isModeLeft(before, stat);
  state.transact(() => {
    if (before === undefined) {
      state.baseline.put({
        ...found(state, root.id, root.parentId, root.name, stat, ''),
        version: root.version,
      });
    } else if (!isSame) {
      state.baseline.put({
        ...before,
        mode: stat.mode,
        mtimeUs: microseconds(stat.mtimeNs),
        disk: diskFacts(stat),
      });
    }
    if (!isSame) markDirty(state, root.id, ids);
  });
  return true;
}
