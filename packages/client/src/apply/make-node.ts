/** Makes folders and links where the target has none, or another one. */
import { microseconds } from '@lanmirror/engine/core';
import { TreeError } from '@lanmirror/engine/tree';
import { refuseForeignMount } from '../plan/foreign-mount.ts';
import { refuseTargetWithin } from '../plan/target-within.ts';
import { type BaselineEntry, isFromServer } from '../state/baseline-entry.ts';
import type { PlacedEntry } from '../state/placement.ts';
import { markChildrenDirty } from './mark-tree.ts';
import type { TargetFolder } from './target-folder.ts';

/** Makes a folder at its path, or takes over the one that stands there. Throws TreeError. */
export function makeDirectory(target: TargetFolder, after: PlacedEntry, path: string): void {
  const { tree, state, report } = target;
  const there = path === '' ? tree.rootStat() : tree.stat(path);
  const occupant = path === '' ? undefined : target.occupantOf(after);
  const isOthers = occupant !== undefined && occupant.id !== after.id;
  if (there !== undefined && path !== '') target.refuseLeftAlone(path, occupant);
  let stat = there;
  if (there?.kind === 'directory' && !isOthers) takeDirectory(target, after.id, path);
  else {
    // What is in another entry's folder belongs to that entry: it goes with it.
    const trash = there === undefined ? '' : target.putAway(path, occupant, there, 'replaced');
    stat = tree.makeDirectory(path, after.mode);
    target.noteArrival(after, path, [state.baseline.get(after.id), undefined], { trash });
    report.created(target.shownPath(after.id, path));
  }
  if (stat === undefined) throw new TreeError('ABSENT', path, 'the folder is gone');
  // Its time is set when everything in it is in place.
  target.record({ ...after, mode: stat.mode, mtimeUs: microseconds(stat.mtimeNs) }, stat, null);
  state.transact(() => state.markDirty(after.id));
  target.touch(after.id);
  if (state.meta.rootId !== 1) markChildrenDirty(state, after.id);
}

/** A folder that stands there already and that nobody knows: made before a kill, or by someone else. */
function takeDirectory(target: TargetFolder, id: number, path: string): void {
  refuseForeignMount(target, id, path);
  refuseTargetWithin(target, path);
  if (path !== '' && target.tree.list(path).names.length > 0) target.isCheckDue = true;
}

/** Makes a link at its path, unless an equal one stands there. Throws TreeError. */
export function makeLink(
  target: TargetFolder,
  after: PlacedEntry,
  before: BaselineEntry | undefined,
  path: string,
): void {
  const { tree, report } = target;
  const there = tree.stat(path);
  if (there !== undefined) target.refuseLeftAlone(path, target.occupantOf(after));
  if (target.isUnjudged(after.id, path, before ?? target.occupantOf(after))) return;
  const isEqual = there?.kind === 'link' && tree.readLink(path) === after.linkTarget;
  let stat = there;
  if (isEqual) {
    if (before !== undefined && !isFromServer(before)) report.edited(target.shownPath(after.id, path), true);
    stat = tree.setMetadata(path, { mtimeUs: after.mtimeUs });
  } else {
    const { trash } = target.clearPlace(path, target.occupantOf(after), false);
    stat = tree.makeLink(path, after.linkTarget, after.mtimeUs);
    target.noteArrival(after, path, [before, undefined], { trash });
    const shown = target.shownPath(after.id, path);
    if (before === undefined) report.created(shown);
    else report.modified(shown);
  }
  if (stat === undefined) throw new TreeError('ABSENT', path, 'the link is gone');
  target.record(after, stat, null);
  report.settled(after.id, 'done');
}
