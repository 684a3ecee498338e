/**
 * What the target is to have, by the rule for comparing: entries of the source, and in the place of those that the rule
 * passes over what stands here, under their names. Planner and apply steps see nothing else, so to them what is passed
 * over is right as it is, wherever it is renamed to.
 *
 * Judged from view and baseline whenever it is asked for: with another rule, version or edit it is another verdict, and
 * nothing has to be remembered.
 */
import {
  aimFor,
  type CompareRule,
  isAllCompared,
  isPassedOver,
  isSameTime,
  microseconds,
  PARKED_PARENT,
  type SameTime,
} from '@lanmirror/engine/core';
import type { Stat } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from './baseline-entry.ts';
import type { MirrorState } from './mirror-state.ts';
import { type MirroredView, mirroredView } from './mirrored-view.ts';
import { type PlacedEntry, wanted } from './placement.ts';

/** An entry of the source as it is to stand on the target; undefined when nothing is to. */
export function aimOf(state: MirrorState, id: number): PlacedEntry | undefined {
  const entry = wanted(state, id);
  return entry && aimed(state, entry);
}

/** The source as this client mirrors it, as far as it is to stand on the target. */
export function aimedView(state: MirrorState): MirroredView {
  const mirrored = mirroredView(state);
  if (isAllCompared(state.meta.compare)) return mirrored;
  return {
    get(id) {
      const entry = mirrored.get(id);
      return entry && aimed(state, entry);
    },
    childId: (parentId, name) => mirrored.childId(parentId, name),
  };
}

/** The same for an entry of the view that is at hand. */
export function aimed(state: MirrorState, entry: PlacedEntry): PlacedEntry | undefined {
  const { compare } = state.meta;
  if (isAllCompared(compare)) return entry;
  const standing = state.baseline.get(entry.id);
  const aim = aimBy(state, compare, entry, standing);
  if (aim === undefined || standing === undefined || compare.includes('missing')) return aim;
  const { parentId, name, sourceName } = standing;
  const isMoved = parentId !== entry.parentId || name !== entry.name;
  if (!isMoved || parentId === PARKED_PARENT || isReachable(state, entry.parentId)) return aim;
  return { ...aim, parentId, name, ...(sourceName !== undefined && { sourceName }) };
}

/** The same for a file of which the content at its place is proved to be its own, as a look at that has shown it. */
export function aimedHere(state: MirrorState, file: PlacedEntry, there: Stat): PlacedEntry {
  const { compare } = state.meta;
  if (isAllCompared(compare)) return file;
  const { parentId, name, sourceName } = file;
  const known = wanted(state, file.id) ?? file;
  const entry = { ...known, parentId, name, ...(sourceName !== undefined && { sourceName }) };
  const { sizeBytes, mode } = there;
  const standing = { ...entry, sizeBytes, mode, mtimeUs: microseconds(there.mtimeNs) };
  return aimFor(compare, entry, standing, sameTimeBy(state)) ?? file;
}

/** What is damaged is not what was left here, and nobody wrote it: that is put right by any rule. */
function aimBy<E extends SourceEntry>(
  state: MirrorState,
  rule: CompareRule,
  entry: E,
  standing: BaselineEntry | undefined,
): E | undefined {
  if (standing?.isDamaged === true) return entry;
  return aimFor(rule, entry, standing, sameTimeBy(state));
}

function sameTimeBy({ meta }: MirrorState): SameTime {
  return (here, there) => isSameTime(meta.traits, here, there, meta.modifyWindowUs);
}

/** Whether a rule passes over an entry of the source with this entry of the baseline. */
export function isPassed(
  state: MirrorState,
  rule: CompareRule,
  entry: SourceEntry,
  standing: BaselineEntry | undefined,
): boolean {
  if (isAllCompared(rule)) return false;
  // A link that is left out in any case is no matter of this rule.
  const mayBeLeftOut = state.meta.links !== 'keep' || !state.meta.traits.hasLinks;
  if (standing === undefined && entry.kind === 'link' && mayBeLeftOut) return false;
  return isPassedOver(entry, aimBy(state, rule, entry, standing));
}

/** Whether a folder of the source has a place here: where something else than a folder stays, nothing can be put into it. */
function isReachable(state: MirrorState, folderId: number): boolean {
  for (let id = folderId; id !== state.meta.rootId; ) {
    const standing = state.baseline.get(id);
    if (standing !== undefined) return standing.kind === 'directory';
    const folder = wanted(state, id);
    if (folder === undefined) return false;
    const occupantId = state.baseline.occupantId(folder.parentId, folder.name);
    const occupant = occupantId === undefined ? undefined : state.baseline.get(occupantId);
    if (occupant !== undefined && occupant.kind !== 'directory') return false;
    id = folder.parentId;
  }
  return true;
}
