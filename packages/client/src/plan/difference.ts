/** What view and baseline say about the mirror as a whole. Reads the state only. */
import type { Placed, Plan } from '@lanmirror/engine/core';
import { isReservedAtTop, ROOT_ID } from '@lanmirror/protocol';
import { aimed, aimedView } from '../state/aim.ts';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { placed } from '../state/placement.ts';
import { type IdSet, idSet } from './id-set.ts';
import { countPassed } from './passed.ts';

/** What an adoption would do, for the person who is asked. */
export interface AdoptionSummary {
  readonly matches: number;
  readonly extras: number;
  /** Those of them that a rule keeps. */
  readonly kept: number;
  readonly toFetch: number;
  /** Those of the source that the rule for comparing passes over. */
  readonly passed: number;
}

/**
 * Every id in which view and baseline differ or may differ; `isForced`: every file besides. Both may change meanwhile,
 * as long as what is changed is known to be dirty.
 */
export function* differingIds(state: MirrorState, isForced: boolean): Generator<number> {
  const { view, baseline } = state;
  const mirrored = mirroredView(state);
  for (const entry of view.all()) {
    const before = baseline.get(entry.id);
    const aim = aimed(state, placed(state, entry));
    // Nothing of it stands here, and nothing is to.
    if (aim === undefined) continue;
    const isExcluded = entry.kind === 'link' && mirrored.get(entry.id) === undefined;
    if (
      before === undefined ||
      !isSame(before, aim) ||
      isExcluded ||
      (isForced && isSentAgain(state, entry.id))
    )
      yield entry.id;
  }
  for (const entry of baseline.all()) if (view.get(entry.id) === undefined) yield entry.id;
}

/** How many files are mirrored: all of the share, or those below the folder that is asked for. */
export function countMirroredFiles({ view, meta }: MirrorState): number {
  if (meta.rootId === ROOT_ID) return meta.viewFiles;
  let count = 0;
  const folders = [meta.rootId];
  for (let id = folders.pop(); id !== undefined; id = folders.pop()) {
    for (const child of view.children(id)) {
      if (id === meta.rootId && isReservedAtTop(child.name)) continue;
      if (child.kind === 'file') count += 1;
      else if (child.kind === 'directory') folders.push(child.id);
    }
  }
  return count;
}

/** Ids of all files that a full pass sends. */
export function filesSentAgain(state: MirrorState): number[] {
  const files: number[] = [];
  for (const { id, kind } of state.view.all()) if (kind === 'file' && isSentAgain(state, id)) files.push(id);
  return files;
}

/** Whether a full pass sends it: a file that stands here is sent only where its content counts, or when it is wanted anyway. */
export function isSentAgain(state: MirrorState, id: number): boolean {
  const aim = aimedView(state).get(id);
  if (aim?.kind !== 'file') return false;
  return state.meta.compare.includes('hash') || state.baseline.get(id)?.version !== aim.version;
}

/** Bytes that a file may need on the target before it is as at the source. What is replaced goes later, or to the trash. */
export function missingBytes({ view, baseline }: MirrorState, id: number): number {
  const entry = view.get(id);
  return entry === undefined || baseline.get(id)?.version === entry.version ? 0 : entry.sizeBytes;
}

/** Every id that a plan does something for. */
export function plannedIds({ moves, parks, removals, places, contents, metadata }: Plan): IdSet {
  const moved = moves.flatMap(({ id, replaces }) => (replaces === undefined ? [id] : [id, replaces]));
  return idSet(moved, parks, removals, places, contents, metadata);
}

/** Counts what is there already, what is extra, and what has to come. `stays`: whether a rule keeps an extra. */
export function summarizeAdoption(
  state: MirrorState,
  stays: (extra: BaselineEntry) => boolean,
): AdoptionSummary {
  const { view, baseline, meta } = state;
  const mirrored = aimedView(state);
  let matches = 0;
  let extras = 0;
  let kept = 0;
  let toFetch = 0;
  for (const entry of baseline.all()) {
    if (entry.id === meta.rootId) continue;
    const source = mirrored.get(entry.id);
    if (source === undefined) {
      extras += 1;
      if (stays(entry)) kept += 1;
    } else if (source.version === entry.version && !state.passedOver.has(entry.id)) matches += 1;
  }
  for (const entry of view.all()) {
    if (entry.kind !== 'file') continue;
    const aim = mirrored.get(entry.id);
    if (aim !== undefined && baseline.get(entry.id)?.version !== aim.version) toFetch += 1;
  }
  return { matches, extras, kept, toFetch, passed: countPassed(state) };
}

/** Whether what stands on the target (`before`) needs nothing to be what it should (`after`). */
export function isSame(before: Placed, after: Placed): boolean {
  return (
    before.version === after.version &&
    before.parentId === after.parentId &&
    before.name === after.name &&
    before.kind === after.kind &&
    before.mtimeUs === after.mtimeUs &&
    (after.kind === 'link' || before.mode === after.mode) &&
    before.linkTarget === after.linkTarget
  );
}
