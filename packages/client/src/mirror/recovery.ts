/**
 * What a start does before anything else: makes the staging folder and the baseline agree again after
 * whatever ended the last run.
 */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import { TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { hashPrefix, isEqual } from '../apply/offer.ts';
import { whereParked } from '../plan/parked.ts';
import { type BaselineEntry, diskFacts, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourcePathOf } from '../state/placement.ts';
import { tidyParked } from './parked-node.ts';

/**
 * Keeps what can be continued, gives parked nodes back to the baseline, or to their places where that does not know
 * them, and removes the rest. What cannot be given back is left to the checks of the target. Throws TreeError.
 */
export function tidyStaging(tree: WritableTree, state: MirrorState): void {
  const staged = tree.listStaged();
  for (const name of staged) {
    const id = idIn(name);
    if (name.startsWith('park-')) tidyParked(tree, state, id, name);
    else if (!isResumable(state, id, name)) tree.sweepStaged(name);
  }
  const names = new Set(staged);
  for (const entry of [...state.baseline.children(PARKED_PARENT)])
    if (!names.has(entry.name)) forget(state, entry.id);
}

/**
 * At rest: removes what was kept of transfers that broke and that nothing will continue, because the file
 * is here by now, or went from the source, or is told under another id.
 */
export function sweepLeftovers(tree: WritableTree, state: MirrorState): void {
  for (const name of tree.listStaged()) {
    const id = idIn(name);
    if (!name.startsWith('part-') || (state.isDirty(id) && isResumable(state, id, name))) continue;
    tree.sweepStaged(name);
  }
}

/** The entry that a staged file or parked node is about; NaN when the name is not of ours. */
function idIn(name: string): number {
  return Number(/^(?:park|part-[0-9a-f]+)-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
}

/** Killed between giving a parked node its place and recording that: whatever stands there is looked at anew. */
function forget(state: MirrorState, id: number): void {
  state.transact(() => {
    state.baseline.removeTree(id, (gone) => {
      if (state.view.get(gone.id) === undefined) state.markClean(gone.id);
      else state.markDirty(gone.id);
    });
  });
}

function isResumable(state: MirrorState, id: number, name: string): boolean {
  const entry = state.view.get(id);
  return entry?.kind === 'file' && name === `part-${state.meta.indexId.slice(0, 12)}-${id}`;
}

/**
 * After an unclean stop: reads every file that was applied after the last completed checkpoint and
 * compares it with what was verified when it came. A power cut may have left it empty or torn although
 * its name, size or record look right. What somebody wrote there since is no damage: the check of the target finds it.
 * Returns the paths that must be fetched again.
 */
export async function verifyUnflushed(tree: WritableTree, state: MirrorState): Promise<string[]> {
  const damaged: string[] = [];
  if (state.meta.isClean) return damaged;
  const suspects: number[] = [];
  for (const entry of state.baseline.all()) {
    if (entry.kind === 'file' && entry.checkpoint > state.meta.durableCheckpoint) suspects.push(entry.id);
  }
  for (const id of suspects) {
    const entry = state.baseline.get(id);
    if (entry === undefined || entry.hash === null) continue;
    const { path, shown } = placeOf(state, entry) ?? parkedPlaceOf(tree, state, entry) ?? {};
    if (path === undefined) continue;
    if (isEdited(entry, tree, path) || (await isIntact(tree, path, entry.sizeBytes, entry.hash))) continue;
    damaged.push(shown ?? path);
    state.transact(() => {
      state.baseline.put({ ...entry, ...damagedAs(entry, tree, path) });
      state.markDirty(id);
    });
  }
  tree.release();
  return damaged;
}

function placeOf(state: MirrorState, { id }: BaselineEntry): { path: string; shown: string } | undefined {
  const path = state.baseline.pathOf(id);
  return path === undefined ? undefined : { path, shown: sourcePathOf(state, id) ?? path };
}

/** What cannot be looked at just now is named by the checks of the target; it is no reason to end a start. */
function parkedPlaceOf(
  tree: WritableTree,
  state: MirrorState,
  entry: BaselineEntry,
): ReturnType<typeof whereParked> {
  try {
    return whereParked(tree, state, entry);
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}

/**
 * Whether somebody has written to it: what a power cut tears has the time that was set, or is shorter than what was
 * written. Without a file there is nothing of anybody.
 */
function isEdited({ disk, sizeBytes }: BaselineEntry, tree: WritableTree, path: string): boolean {
  try {
    const there = tree.stat(path);
    if (there?.kind !== 'file' || there.sizeBytes < sizeBytes) return false;
    return there.mtimeNs !== disk.mtimeNs || there.sizeBytes > sizeBytes;
  } catch (error) {
    if (error instanceof TreeError) return false;
    throw error;
  }
}

/** As it is found to be, so that nobody takes it for an edit. */
function damagedAs({ disk }: BaselineEntry, tree: WritableTree, path: string): Partial<BaselineEntry> {
  const damaged = { version: UNKNOWN_VERSION, hash: null, isDamaged: true } as const;
  try {
    const there = tree.stat(path);
    return { ...damaged, disk: there?.kind === 'file' ? diskFacts(there) : disk };
  } catch (error) {
    if (error instanceof TreeError) return damaged;
    throw error;
  }
}

async function isIntact(
  tree: WritableTree,
  path: string,
  sizeBytes: number,
  hash: Uint8Array,
): Promise<boolean> {
  try {
    const handle = tree.open(path);
    try {
      if (handle.stat().sizeBytes !== sizeBytes) return false;
      const now = await hashPrefix(handle, sizeBytes);
      return now !== undefined && isEqual(now, hash);
    } finally {
      handle.close();
    }
  } catch (error) {
    // Unreadable or gone: the check of the target and the next plan deal with it.
    if (error instanceof TreeError) return false;
    throw error;
  }
}
