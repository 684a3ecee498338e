/** What the client's state claims, held against the target. */
import {
  isEmptyPlan,
  microseconds,
  naturalName,
  PARKED_PARENT,
  reconcile,
  sideName,
  sourceName,
} from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { hashText } from '@lanmirror/engine/tree';
import { checkPath, type EntryKind, isWithin, joinPath, type SourceEntry } from '@lanmirror/protocol';
import { aimedView } from '../../packages/client/src/state/aim.ts';
import type { BaselineEntry } from '../../packages/client/src/state/baseline-entry.ts';
import type { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import { linkVerdict } from '../../packages/client/src/state/mirrored-view.ts';
import { placedPath, targetView } from '../../packages/client/src/state/placement.ts';
import type { MemoryNode } from './node-walk.ts';
import { walk } from './node-walk.ts';
import type { MirrorScene } from './scene.ts';

/** What a target's disk does not keep as it was given. */
export type DiskLimits = Pick<MirrorScene, 'mtimeStepMs' | 'disk'>;

/**
 * The cursor is never ahead of the data: whatever the client was told and does not list as dirty stands
 * on the target. Returns what does not.
 */
export function findForgotten(
  state: MirrorState,
  target: ReadonlyMap<string, MemoryNode>,
  scene: DiskLimits,
): string[] {
  if (state.meta.isCompareDue) return [];
  const wrong: string[] = [];
  for (const entry of state.view.all()) {
    const path = mirroredPath(state, entry.id);
    if (path === undefined || isWaiting(state, entry.id) || isPassedOver(state, entry.id)) continue;
    if (path !== '' && !isThere(entry, nodeAt(target, path), false, scene))
      wrong.push(`${path} (entry ${entry.id})`);
  }
  for (const entry of state.baseline.all()) {
    if (state.view.get(entry.id) === undefined && !isWaiting(state, entry.id))
      wrong.push(`removed entry ${entry.id}`);
  }
  return wrong;
}

/** Where the client was told that an entry belongs; undefined for one that is not mirrored. */
function mirroredPath(state: MirrorState, id: number): string | undefined {
  const path = placedPath(state, id);
  const entry = state.view.get(id);
  if (path === undefined || entry === undefined || linkVerdict(state, entry) !== 'mirrored') return undefined;
  return checkPath(state.view.pathOf(id) ?? '') === 'reserved' ? undefined : path;
}

/** The rule for comparing leaves it as it is, or out, with all that stands in its place. */
function isPassedOver({ passedOver, view }: MirrorState, id: number): boolean {
  for (let at = view.get(id); at !== undefined; at = view.get(at.parentId))
    if (passedOver.has(at.id)) return true;
  return false;
}

/** Some disks show names in another form than they were given. */
function nodeAt(target: ReadonlyMap<string, MemoryNode>, path: string): MemoryNode | undefined {
  return target.get(path) ?? target.get(path.normalize('NFD'));
}

/** An entry is dirty, or a folder above it on either side is. */
function isWaiting(state: MirrorState, id: number): boolean {
  for (const tree of [state.view, state.baseline]) {
    for (let at = id; at > 0 || at < PARKED_PARENT; at = tree.get(at)?.parentId ?? 0) {
      if (state.isDirty(at)) return true;
      if (tree.get(at) === undefined) break;
    }
  }
  return false;
}

/**
 * In sync: the target is what the client was told, no more and no less; or that of it which matches `part`.
 * Returns what differs. `isComing`: the source has it, and tells of it in the next set.
 */
export function findDifferences(
  state: MirrorState,
  target: ReadonlyMap<string, MemoryNode>,
  scene: DiskLimits,
  part?: PathPattern,
  isComing: (path: string) => boolean = () => false,
): string[] {
  const wrong: string[] = [];
  const isAsked = (path: string): boolean => part === undefined || part.isMatch(path);
  const expected = new Set<string>();
  const passed: string[] = [];
  for (const entry of state.view.all()) {
    const path = mirroredPath(state, entry.id);
    if (path === undefined || path === '') continue;
    for (const spelling of [path, path.normalize('NFD')]) expected.add(spelling);
    if (isPassedOver(state, entry.id)) {
      passed.push(path);
      continue;
    }
    if (isAsked(path) && !isThere(entry, nodeAt(target, path), true, scene))
      wrong.push(`${path} (entry ${entry.id})`);
  }
  for (const [path, node] of target)
    if (
      isAsked(path) &&
      !expected.has(path) &&
      checkPath(path) !== 'reserved' &&
      !isComing(path) &&
      !passed.some((above) => isWithin(path, above)) &&
      !isLeftAlone(state, path, node.kind === 'other' ? 'file' : node.kind)
    )
      wrong.push(`${path} should not be there`);
  return wrong;
}

/**
 * The rules leave this out: that it stands on the target means nothing. On a disk with names of its
 * own what has a side name, and is not in the books, may be anybody's.
 */
function isLeftAlone(state: MirrorState, path: string, kind: EntryKind): boolean {
  const { baseline, leftOut, meta } = state;
  let folderId: number | undefined = meta.rootId;
  let forms = [''];
  for (const [at, name] of path.split('/').entries()) {
    if (folderId !== undefined && sizedNames(state, folderId).has(name.normalize('NFC'))) return true;
    const id: number | undefined = folderId && baseline.occupantId(folderId, name);
    const known: BaselineEntry | undefined = id === undefined ? undefined : baseline.get(id);
    const own = known === undefined ? sourceName(meta.traits.names, name) : (known.sourceName ?? known.name);
    if (own === undefined) return !leftOut.isEmpty;
    const spellings = known === undefined ? new Set([own, own.normalize('NFC')]) : [own];
    forms = forms.flatMap((form) => [...spellings].map((spelling) => joinPath(form, spelling)));
    const ownKind = at === path.split('/').length - 1 ? kind : 'directory';
    if (forms.some((form) => leftOut.isExcluded(form, ownKind))) return true;
    folderId = known?.id;
  }
  return false;
}

/** Names in a folder that may be those of what is known and left out. */
function sizedNames({ excluded, unwanted, meta }: MirrorState, folderId: number): Set<string> {
  const rule = meta.traits.names;
  const names = [...excluded.children(folderId), ...unwanted.children(folderId)].flatMap(({ name }) => [
    naturalName(rule, name, hashText),
    sideName(rule, name, hashText),
  ]);
  return new Set(names.map((name) => name.normalize('NFC')));
}

function isThere(
  entry: SourceEntry,
  node: MemoryNode | undefined,
  isQuiet: boolean,
  scene: DiskLimits,
): boolean {
  if (node?.kind !== entry.kind) return false;
  const isSameTime = microseconds(node.mtimeNs) === floor(entry.mtimeUs, scene.mtimeStepMs);
  if (node.kind === 'link') return node.linkTarget === entry.linkTarget && isSameTime;
  const isSameMode = scene.disk === 'windows' || node.mode === entry.mode;
  if (node.kind === 'directory') return !isQuiet || (isSameTime && isSameMode);
  return node.bytes.length === entry.sizeBytes && isSameTime && isSameMode;
}

/** What a disk keeps of a time. */
function floor(mtimeUs: number, stepMs: number): number {
  return stepMs === 0 ? mtimeUs : Math.floor(mtimeUs / (stepMs * 1000)) * stepMs * 1000;
}

/** What a plan would still do if everything were planned anew: nothing, in a mirror that is in sync. */
export function findUnplanned(state: MirrorState): string {
  const ids = new Set([...state.view.all(), ...state.baseline.all()].map(({ id }) => id));
  const plan = reconcile(ids, targetView(state), aimedView(state), state.meta.rootId);
  return isEmptyPlan(plan) ? '' : JSON.stringify(plan);
}

/** What a mirror must carry of each path, as text; equal for equal trees. */
export function mirroredFacts(
  root: MemoryNode | undefined,
  keyOf: (bytes: Uint8Array) => string,
  mtimeStepMs: number,
  hasModes = true,
): Map<string, string> {
  const modeOf = ({ kind, mode }: MemoryNode): string =>
    hasModes && kind !== 'link' ? mode.toString(8) : '';
  const facts = new Map<string, string>();
  const timeOf = ({ mtimeNs }: MemoryNode): number => floor(microseconds(mtimeNs), mtimeStepMs);
  if (root !== undefined) facts.set('.', `directory ${modeOf(root)} ${timeOf(root)}`);
  for (const [path, node] of walk(root)) {
    const content = node.kind === 'file' ? keyOf(node.bytes) : node.linkTarget;
    facts.set(path, `${node.kind} ${modeOf(node)} ${timeOf(node)} ${JSON.stringify(content)}`);
  }
  return facts;
}
