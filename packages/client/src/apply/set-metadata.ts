/** Sets modes and times of what stands on the target already. */
import type { Stat } from '@lanmirror/engine/tree';
import { type BaselineEntry, isAsLeft, type TargetPlace, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { PlacedEntry } from '../state/placement.ts';
import { hasMetadata, type TargetFolder } from './target-folder.ts';

/** Mode and time. The time of a folder waits until the folder is quiet, unless `isQuiet`. */
export function setMetadata(target: TargetFolder, id: number, isQuiet = false): void {
  const { tree, state } = target;
  const before = state.baseline.get(id);
  const after = target.wanted(id);
  const path = state.baseline.pathOf(id);
  if (before === undefined || after === undefined || path === undefined) return;
  if (after.kind === 'file' && before.version !== after.version) return;
  // It stands under its old name until the rename is done, and that is what is recorded.
  const isPlaced =
    id === state.meta.rootId || (before.parentId === after.parentId && before.name === after.name);
  const place = isPlaced ? after : before;
  if (after.kind === 'file' && !isUnedited(target, before, path)) return;
  if (after.kind === 'link' && target.isUnjudged(id, path, before)) return;
  const isLater = after.kind === 'directory' && !isQuiet;
  const { mode } = after;
  const { mtimeUs, ...modes } = target.metadataOf(after);
  // The time of a file that keeps it is not written anew: it may be finer than what is known of it.
  const isTimeLeft = after.kind === 'file' && after.mtimeUs === before.mtimeUs;
  const wanted = isLater || isTimeLeft || mtimeUs === undefined ? modes : { ...modes, mtimeUs };
  // A folder is touched by every look at what is in it, and most often nothing came of that.
  const there = isQuiet ? folderStat(target, path) : undefined;
  const stat = there !== undefined && hasMetadata(there, wanted) ? there : tree.setMetadata(path, wanted);
  // A folder's time follows what is in it: that is no event of its own.
  if (!isQuiet && (after.kind !== 'directory' || before.mode !== mode))
    target.note('attributes', path, {
      kind: after.kind,
      sizeBytes: after.kind === 'file' ? after.sizeBytes : 0,
    });
  if (isLater) {
    const disk = { ...before.disk, mode: stat.mode };
    state.transact(() => state.baseline.put({ ...before, mode, disk }));
    return target.touch(id);
  }
  const { parentId } = place;
  const parentWasTouched = target.touchedFolders.has(parentId);
  state.transact(() => {
    target.record(standingAt(after, place), stat, before.hash);
    const { isUnproved } = before;
    const now = isUnproved === true ? state.baseline.get(id) : undefined;
    if (now !== undefined) state.baseline.put({ ...now, isUnproved: true });
    if (!isPlaced) state.markDirty(id);
  });
  // Metadata of an entry does not touch the time of its folder.
  if (!parentWasTouched) target.touchedFolders.delete(parentId);
  if (after.kind !== 'directory') target.report.settled(id, 'done');
}

function folderStat(target: TargetFolder, path: string): Stat | undefined {
  return path === '' ? target.tree.rootStat() : target.tree.stat(path);
}

/** Times that are set would hide an edit behind our back: an edited file is to be replaced instead. */
function isUnedited(target: TargetFolder, before: BaselineEntry, path: string): boolean {
  const { tree, state } = target;
  const there = tree.stat(path);
  if (there !== undefined && isAsLeft(before, there)) return true;
  if (target.isUnjudged(before.id, path, before)) return false;
  state.transact(() => {
    state.baseline.put({ ...before, version: UNKNOWN_VERSION, hash: null });
    state.markDirty(before.id);
  });
  return false;
}

/** The entry as it is to be, at the place where it stands. */
function standingAt(entry: PlacedEntry, { parentId, name, sourceName }: TargetPlace): PlacedEntry {
  const { sourceName: _wanted, ...rest } = entry;
  return { ...rest, parentId, name, ...(sourceName !== undefined && { sourceName }) };
}
