/**
 * What stands on the target although the source does not have it, because a rule keeps it: moved out of the baseline,
 * with what is known of it, and back when it is some business of the mirror again. It keeps its place by its folder, so
 * a renamed folder takes it along. All of this works inside a transaction, each step of a generator in one of its own
 * choice, and looks at no disk.
 */
import { joinPath } from '@lanmirror/protocol';
import { type BaselineEntry, withoutWord } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNameOf, sourcePathOf } from '../state/placement.ts';

/** So many children are read before the first of them is moved. */
const AT_ONCE = 256;

/**
 * Takes an entry and all below it out of the baseline, to be kept: one with each step, what is below before what it is in,
 * so after any of them each kept entry stands in a folder that is known. `ageMs`: by the clock of what is kept; what
 * was kept before goes on from then. Yields the entries as they were.
 */
export function* keepingTree(state: MirrorState, id: number, ageMs: number): Generator<BaselineEntry> {
  for (const child of untilNone(() => state.baseline.children(id)))
    yield* keepingTree(state, child.id, ageMs);
  const entry = state.baseline.get(id);
  if (entry === undefined) return;
  state.baseline.remove(id);
  state.markClean(id);
  const { isSpared: _before, ...known } = entry;
  state.kept.put({ ...known, goneAtMs: entry.goneAtMs ?? ageMs });
  yield entry;
}

/** All that are left, some at a time; who takes one removes it before the next. */
function* untilNone(children: () => Generator<BaselineEntry>): Generator<BaselineEntry> {
  for (;;) {
    const some: BaselineEntry[] = [];
    for (const child of children()) if (some.push(child) === AT_ONCE) break;
    if (some.length === 0) return;
    yield* some;
  }
}

/** The ids of the source mean nothing any more: kept entries get ids of this target. */
export function renumberKept(state: MirrorState): void {
  for (const entry of [...state.kept.all(1)]) {
    const now = state.kept.get(entry.id);
    if (now === undefined) continue;
    const id = state.newLocalId();
    state.kept.remove(entry.id);
    state.kept.put({
      ...withoutWord(now),
      id,
      ...(now.goneAtMs !== undefined && { goneAtMs: now.goneAtMs }),
    });
    state.rekeyed(entry.id, id);
  }
}

/**
 * Gives a kept entry and all below it back to the baseline: one with each step, a folder before what is in it, so what
 * is still kept after any of them stands in a folder of the baseline. `isSpared`: what becomes of it goes to the trash
 * in any case. Yields their ids, which have to be planned.
 */
export function* returningTree(state: MirrorState, id: number, isSpared: boolean): Generator<number> {
  const entry = state.kept.get(id);
  if (entry === undefined) return;
  state.kept.remove(id);
  // What the source has again is not gone.
  const back = state.view.get(id) === undefined ? entry : withoutWord(entry);
  state.baseline.put(isSpared ? { ...back, isSpared } : back);
  state.markDirty(id);
  yield id;
  for (const child of untilNone(() => state.kept.children(id)))
    yield* returningTree(state, child.id, isSpared);
}

/** What is kept by `isKept` of an entry and of all below it goes to the trash in any case, if it goes. */
export function spareTree(
  state: MirrorState,
  entry: BaselineEntry,
  isKept: (entry: BaselineEntry) => boolean,
): void {
  const children = entry.kind === 'directory' ? [...state.baseline.children(entry.id)] : [];
  for (const child of children) spareTree(state, child, isKept);
  if (entry.isSpared !== true && isKept(entry)) state.baseline.put({ ...entry, isSpared: true });
}

/** The kept entries that stand in folders which are not kept themselves. */
export function* keptTops(state: MirrorState): Generator<BaselineEntry> {
  for (const entry of state.kept.all()) if (state.kept.get(entry.parentId) === undefined) yield entry;
}

/** The kept entry with this id, or the highest of those that it stands in; undefined when it is not kept. */
export function keptTopOf(state: MirrorState, id: number): BaselineEntry | undefined {
  let top = state.kept.get(id);
  for (let above = top; above !== undefined; above = state.kept.get(above.parentId)) top = above;
  return top;
}

/** Path of a kept entry as the source had it; undefined when its folder is not known. */
export function keptPathOf(state: MirrorState, entry: BaselineEntry): string | undefined {
  const above = state.kept.get(entry.parentId);
  const folder = above === undefined ? sourcePathOf(state, entry.parentId) : keptPathOf(state, above);
  return folder === undefined ? undefined : joinPath(folder, sourceNameOf(entry));
}

/** Paths of the first tops, folders with a slash behind them. */
export function firstKeptPaths(state: MirrorState, most: number): string[] {
  const paths: string[] = [];
  if (state.meta.keptEntries === 0) return paths;
  for (const top of keptTops(state)) {
    if (paths.length === most) break;
    const path = keptPathOf(state, top);
    if (path !== undefined) paths.push(top.kind === 'directory' ? `${path}/` : path);
  }
  return paths;
}

/** The names of a listing that are not those of something kept. */
export function withoutKept(
  state: MirrorState,
  folderId: number,
  names: readonly string[],
): readonly string[] {
  if (state.meta.keptEntries === 0) return names;
  return names.filter((name) => keptIdAt(state, folderId, name) === undefined);
}

/** What was kept in a folder, and is not in its listing, somebody took away: it is forgotten. */
export function forgetMissingKept(state: MirrorState, folderId: number, names: readonly string[]): void {
  if (state.meta.keptEntries === 0) return;
  const there = new Set(names.map((name) => keptIdAt(state, folderId, name)));
  for (const { id } of [...state.kept.children(folderId)]) if (!there.has(id)) state.kept.removeTree(id);
}

/** What was kept at a path of the target, and is no folder, is known not to stand there any more. */
export function forgetKeptAt(state: MirrorState, path: string): void {
  const id = idHere(state, path);
  const entry = id === undefined ? undefined : state.kept.get(id);
  if (entry !== undefined && entry.kind !== 'directory') state.kept.remove(entry.id);
}

/** Id of what is known to stand at a path of the target, mirrored or kept. */
export function idHere({ baseline, kept, meta }: MirrorState, path: string): number | undefined {
  let id: number | undefined = meta.rootId;
  for (const name of path.split('/'))
    id = id === undefined ? undefined : (baseline.childId(id, name) ?? kept.childId(id, name));
  return id;
}

/** What was kept in a folder that goes from the baseline goes with it. */
export function forgetKeptIn(state: MirrorState, folderId: number): void {
  if (state.meta.keptEntries === 0) return;
  for (const { id } of [...state.kept.children(folderId)]) state.kept.removeTree(id);
}

function keptIdAt({ kept, baseline }: MirrorState, folderId: number, name: string): number | undefined {
  // Another spelling of it may be something else to this disk.
  if (baseline.childId(folderId, name) !== undefined) return undefined;
  return kept.occupantId(folderId, name);
}
