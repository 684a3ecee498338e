/**
 * Keeps what this mirror's own rules leave out of the view: such entries are in the tree `unwanted` beside it, each
 * folder with all that is below it. The server tells them like all others, and tells nothing anew when a rule or the name
 * of a folder above them changes: then they come back from there.
 *
 * What stands on the target of them is not removed: it is forgotten by the plan where its path is left out, and here
 * where it is left out for its size or age. What is told to go to a name that is left out is removed as what is gone, and
 * so is what has gone to any other name before it was renamed here.
 */
import { joinPath, type SourceEntry } from '@lanmirror/protocol';
import { type BaselineEntry, withoutWord } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNameOf, sourcePathOf } from '../state/placement.ts';

/** Far beyond what a path can hold: a ring of folders is not followed for ever. */
const MAX_DEPTH = 4096;

/** What came of it, added to what is there already. */
export interface Sifted {
  /** Ids that came into the view, or went out of it. */
  readonly ids: number[];
  /** Paths of what stands here and is left out for its size from now on, or because it is too old. */
  readonly left: string[];
  /** Paths at which something may stand that is this mirror's business again. */
  readonly revealed: string[];
}

/** Judges all that is below the mirrored folder. Inside a transaction. Returns the paths of what came back. */
export function siftAll(state: MirrorState, sifted: Sifted): string[] {
  const { view, unwanted, ownRules, meta } = state;
  const before = [...unwanted.all()];
  for (const entry of before) view.put(entry);
  unwanted.clear();
  if (!ownRules.isEmpty) siftBelow(state, meta.rootId, '', sifted);
  const back = before.filter(({ id }) => view.get(id) !== undefined);
  for (const { id } of back) {
    sayIsThere(state, id);
    state.markDirty(id);
    sifted.ids.push(id);
  }
  return back.flatMap((entry) => shownOf(state, entry) ?? []);
}

/**
 * Judges entries that were told; the value says whether one is a folder with another place than before, so that all
 * below it is judged, too. Inside a transaction. Returns those whose path is not known yet.
 */
export function siftTold(
  state: MirrorState,
  told: ReadonlyMap<number, boolean>,
  sifted: Sifted,
): Map<number, boolean> {
  const unknown = new Map<number, boolean>();
  for (const [id, isMoved] of told) {
    const path = toldPathOf(state, id);
    if (path === undefined) unknown.set(id, isMoved);
    else siftOne(state, id, path, isMoved, sifted);
  }
  return unknown;
}

/**
 * Time has passed, or was set back: judges what has another age by that. Inside a transaction. What is not told to the
 * end yet is judged then.
 */
export function siftAges(state: MirrorState, nowMs: number, sifted: Sifted): void {
  for (const id of state.ownRules.aging.moveTo(nowMs)) {
    const path = toldPathOf(state, id);
    if (path !== undefined) siftOne(state, id, path, false, sifted);
  }
}

/** The path of an entry of the view or beside it; undefined when it is not below the mirrored folder. */
function toldPathOf({ view, unwanted, meta }: MirrorState, id: number): string | undefined {
  const names: string[] = [];
  for (let at = id; at !== meta.rootId; ) {
    const entry = view.get(at) ?? unwanted.get(at);
    if (entry === undefined || entry.parentId === 0 || names.push(entry.name) > MAX_DEPTH) return undefined;
    at = entry.parentId;
  }
  return names.reverse().reduce(joinPath, '');
}

/** Forgets what is kept beside the view of an entry that is gone at the source, and of all in it. */
export function forgetBeside({ unwanted, excluded }: MirrorState, id: number): void {
  const forgetSized = (folderId: number): void => {
    for (const child of [...excluded.children(folderId)]) excluded.remove(child.id);
  };
  forgetSized(id);
  unwanted.removeTree(id, (entry) => forgetSized(entry.id));
}

function siftOne(state: MirrorState, id: number, path: string, isDeep: boolean, sifted: Sifted): void {
  const { view, unwanted, ownRules, meta } = state;
  if (id === meta.rootId) return isDeep ? siftBelow(state, id, path, sifted) : undefined;
  const inside = view.get(id);
  const entry = inside ?? unwanted.get(id);
  if (entry === undefined) return;
  const isOut = ownRules.isLeftOut(path, entry);
  if (isOut && inside !== undefined) leaveOut(state, inside, ownRules.isExcluded(path, entry.kind), sifted);
  if (isOut) return;
  if (inside === undefined) bringBack(state, entry, sifted);
  if (entry.kind === 'directory' && (isDeep || inside === undefined)) siftBelow(state, id, path, sifted);
}

/** Read to the end before anything is moved. */
function siftBelow(state: MirrorState, folderId: number, path: string, sifted: Sifted): void {
  const { view, unwanted } = state;
  const children = [...view.children(folderId), ...unwanted.children(folderId)];
  for (const { id, name } of children) siftOne(state, id, joinPath(path, name), true, sifted);
}

function bringBack(state: MirrorState, entry: SourceEntry, { ids, revealed }: Sifted): void {
  state.unwanted.remove(entry.id);
  state.view.put(entry);
  sayIsThere(state, entry.id);
  state.markDirty(entry.id);
  ids.push(entry.id);
  const path = placeOf(state, entry);
  if (path !== undefined) revealed.push(path);
}

/** What the source has is not gone, whatever was said of it before. Inside a transaction. */
export function sayIsThere({ baseline }: MirrorState, id: number): void {
  const standing = baseline.get(id);
  if (standing?.isGone === true || standing?.goneAtMs !== undefined) baseline.put(withoutWord(standing));
}

/** From where it stands: it is removed there. Inside a transaction. */
export function sayIsGone(state: MirrorState, standing: BaselineEntry): void {
  state.baseline.put({ ...standing, isGone: true });
  state.markDirty(standing.id);
}

/** Whether the source has it under another name, or in another folder, than it stands here: nothing of its rests there. */
export function hasLeft(standing: BaselineEntry, { parentId, name }: SourceEntry): boolean {
  return standing.parentId !== parentId || sourceNameOf(standing) !== name;
}

/** Where it stands on the target, if it does: where its folder was until now. By names of the source. */
export function placeOf(state: MirrorState, { parentId, name }: SourceEntry): string | undefined {
  const folder = sourcePathOf(state, parentId) ?? state.view.pathOf(parentId);
  return folder === undefined ? undefined : joinPath(folder, name);
}

/** With all that is below it. `isNamed`: for its path, and not for its size or age. */
function leaveOut(state: MirrorState, entry: SourceEntry, isNamed: boolean, sifted: Sifted): void {
  const { view, unwanted, baseline, ownRules } = state;
  for (const child of [...view.children(entry.id)]) leaveOut(state, child, isNamed, sifted);
  view.remove(entry.id);
  unwanted.put(entry);
  const standing = baseline.get(entry.id);
  if (standing === undefined) return state.markClean(entry.id);
  if (isNamed || hasLeft(standing, entry)) {
    sayIsGone(state, standing);
    sifted.ids.push(entry.id);
    return;
  }
  const path = sourcePathOf(state, entry.id);
  // A young one is what it was here until it comes: there is nothing that a person could do about it.
  if (path !== undefined && !ownRules.aging.isYoung(entry)) sifted.left.push(path);
  baseline.remove(entry.id);
  state.markClean(entry.id);
}

function shownOf({ view }: MirrorState, { id, kind }: SourceEntry): string | undefined {
  const path = view.pathOf(id);
  return path !== undefined && kind === 'directory' ? `${path}/` : path;
}
