/**
 * Finds entries again by path when their ids changed: after the server lost its index, when a folder
 * was deleted and made anew, when a tree is adopted. The baseline entry takes the id of the source entry
 * that stands at its path now, so that nothing is sent again that is there already.
 */
import type { BaselineEntry } from '../state/baseline-entry.ts';
import { atPlace, UNKNOWN_VERSION, withoutWord } from '../state/baseline-entry.ts';
import { isSameTimeHere, type MirrorState } from '../state/mirror-state.ts';
import { placedChildId, sourceNameAt, sourceNameOf } from '../state/placement.ts';
import { noteDoubt } from './doubt.ts';

/**
 * Gives every listed baseline entry that the source does not have any more the id of the entry that the
 * source has at its path, if it is of the same kind and not on the target yet; with everything below.
 * Returns the ids to be looked at in their stead. Inside a transaction.
 */
export function graftRemoved(state: MirrorState, ids: Iterable<number>): number[] {
  const found: number[] = [];
  for (const id of ids) {
    const entry = state.baseline.get(id);
    if (entry === undefined || state.view.get(id) !== undefined) continue;
    const twin = twinOf(state, entry, entry.parentId);
    if (twin !== undefined) rekey(state, entry, twin, entry.parentId, found);
  }
  return found;
}

/** The same for everything below a folder that both trees have under this id. */
export function graftChildren(state: MirrorState, folderId: number): number[] {
  return graftRemoved(
    state,
    [...state.baseline.children(folderId)].map((child) => child.id),
  );
}

function twinOf(state: MirrorState, entry: BaselineEntry, parentId: number): number | undefined {
  // What stood aside for a sibling is found by its own name, whoever of the two has the better id now.
  const name = sourceNameOf(entry);
  const namesake = state.view.childId(parentId, name);
  if (namesake === undefined && isBesideView(state, parentId, name)) return undefined;
  const id = namesake ?? placedChildId(state, parentId, entry.name);
  if (id === undefined || state.baseline.get(id) !== undefined) return undefined;
  return state.view.get(id)?.kind === entry.kind ? id : undefined;
}

/** It is the one of that name which is left out, and not a sibling that has its place by now. */
function isBesideView({ excluded, unwanted }: MirrorState, parentId: number, name: string): boolean {
  return [excluded, unwanted].some((tree) => tree.childId(parentId, name) !== undefined);
}

function rekey(
  state: MirrorState,
  entry: BaselineEntry,
  id: number,
  parentId: number,
  found: number[],
): void {
  const { baseline, blocks } = state;
  const children = [...baseline.children(entry.id)];
  const digests = blocks.of(entry);
  baseline.remove(entry.id);
  state.markClean(entry.id);
  const version = versionOf(state, entry, id);
  const known = { ...asFound(entry, version), id };
  baseline.put(
    atPlace(known, { parentId, name: entry.name, sourceName: sourceNameAt(state, id, entry.name) }),
  );
  if (entry.hash !== null && digests !== undefined) blocks.put(id, entry.hash, digests);
  noteDoubt(state, known);
  state.rekeyed(entry.id, id);
  found.push(id);
  // A folder that came from outside the mirrored one brings what was told of it long ago.
  for (const child of state.view.children(id)) if (baseline.get(child.id) === undefined) found.push(child.id);
  for (const child of children) {
    const twin = state.view.get(child.id) === undefined ? twinOf(state, child, id) : undefined;
    if (twin !== undefined) rekey(state, child, twin, id, found);
    else {
      baseline.put({ ...child, parentId: id });
      found.push(child.id);
    }
  }
}

/** The entry as this version. Of a file the hash is that of what was left here, and nothing is known of this version. */
function asFound(entry: BaselineEntry, version: number): BaselineEntry {
  const { isUnproved: _before, ...known } = withoutWord(entry);
  const isUnproved = known.kind === 'file' && known.hash !== null && version !== UNKNOWN_VERSION;
  return { ...known, version, ...(isUnproved && { isUnproved }) };
}

/**
 * Files with the same size and time are taken for the same, as rsync does, until their hash is compared. Not so one that this very index knew under another id: it is known to be another file, and
 * two that were written within one tick of a clock have the same time.
 */
function versionOf(state: MirrorState, entry: BaselineEntry, id: number): number {
  const twin = state.view.get(id);
  if (twin === undefined) return UNKNOWN_VERSION;
  if (entry.kind !== 'file') return twin.version;
  if (entry.id > 0 || entry.isDamaged === true) return UNKNOWN_VERSION;
  const isAlike = twin.sizeBytes === entry.sizeBytes && isSameTimeHere(state, entry.mtimeUs, twin.mtimeUs);
  return isAlike ? twin.version : UNKNOWN_VERSION;
}
