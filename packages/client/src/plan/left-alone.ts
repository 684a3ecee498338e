/**
 * What the rules leave out, those of the share and those of this mirror, is left alone here: it is not in the baseline, so
 * nothing is planned for it, and it counts in no fingerprint. What was mirrored before is forgotten, not removed. When it is published again it is found at
 * its place, as everything that somebody copied there by other means.
 */
import { foldedName, isFolding, naturalName, sideName } from '@lanmirror/engine/core';
import { hashText, type ReadableTree, type Stat, TreeError } from '@lanmirror/engine/tree';
import { joinPath, nameOf, parentOf, type SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { LeftOut } from '../state/left-out.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { listedKey, sourceNameOf, sourceNamesAt, sourcePathOf } from '../state/placement.ts';
import { forgetKeptIn } from './kept.ts';
import { forgetBeside } from './sift.ts';

type TreeNode = Pick<BaselineEntry, 'id' | 'kind'>;

export interface LeftAloneHost {
  readonly state: MirrorState;
  readonly tree: ReadableTree;
}

/**
 * Forgets all that is left out by now in the baseline, and what the share leaves out in the view: equal sums of the two
 * are taken for a proof that a view has no more than its source. Returns the tops of what stands here, by their paths at the source.
 */
export function forgetExcluded(state: MirrorState): string[] {
  const { baseline, shareRules } = state;
  const pathOf = (entry: BaselineEntry, folderPath: string): string =>
    judgedPath(state, entry.id) ?? joinPath(folderPath, sourceNameOf(entry));
  const paths = [...excludedIn(state, state.leftOut, (id) => baseline.children(id), pathOf)];
  for (const [entry] of paths) forget(state, entry);
  // Until a head is reached the view has places of before, and the rules may be about those that follow.
  if (!shareRules.isChanging) forgetInView(state);
  return paths.map(([entry, path]) => shownOf(entry, path));
}

function forgetInView(state: MirrorState): void {
  const { view, baseline, shareRules } = state;
  const pathOf = ({ name }: SourceEntry, folderPath: string): string => joinPath(folderPath, name);
  for (const [{ id }] of [...excludedIn(state, shareRules, (folderId) => view.children(folderId), pathOf)])
    view.removeTree(id, (gone) => {
      forgetBeside(state, gone.id);
      if (baseline.get(gone.id) === undefined) state.markClean(gone.id);
    });
}

/**
 * Where the source has an entry by now: its folder may not have been renamed here yet. Undefined when it has it nowhere, or
 * nobody knows, because rules and places are not of the same moment.
 */
function judgedPath({ view, shareRules }: MirrorState, id: number): string | undefined {
  return shareRules.isChanging ? undefined : view.pathOf(id);
}

/** The tops of what the rules exclude in a tree, with their paths. Read to the end before anything is written. */
function* excludedIn<E extends TreeNode>(
  { meta }: MirrorState,
  rules: Pick<LeftOut, 'isEmpty' | 'isExcluded'>,
  childrenOf: (id: number) => Iterable<E>,
  pathOf: (entry: E, folderPath: string) => string,
): Generator<readonly [E, string]> {
  const folders: [id: number, path: string][] = rules.isEmpty ? [] : [[meta.rootId, '']];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const [folderId, folderPath] = folder;
    for (const entry of childrenOf(folderId)) {
      const path = pathOf(entry, folderPath);
      if (rules.isExcluded(path, entry.kind)) yield [entry, path];
      else if (entry.kind === 'directory') folders.push([entry.id, path]);
    }
  }
}

/**
 * The same for those of these entries that the source does not name any more: at its place there, which may be another
 * one with its folder, an entry that is left out is not known to be gone.
 */
export function forgetUnnamed(state: MirrorState, ids: Iterable<number>): string[] {
  const { leftOut, excluded, unwanted, baseline, view, meta } = state;
  const paths: string[] = [];
  if (!isAnythingLeftOut(state)) return paths;
  for (const id of ids) {
    const entry = baseline.get(id);
    if (entry === undefined || id === meta.rootId || view.get(id) !== undefined) continue;
    // With a new index it is there under another id.
    const name = sourceNameOf(entry);
    const isSized = [excluded, unwanted].some((tree) => tree.childId(entry.parentId, name) !== undefined);
    const path = pathsOf(state, entry).find((one) => isSized || leftOut.isExcluded(one, entry.kind));
    if (path === undefined) continue;
    forget(state, entry);
    paths.push(shownOf(entry, path));
  }
  return paths;
}

function shownOf({ kind }: TreeNode, path: string): string {
  return kind === 'directory' ? `${path}/` : path;
}

/** Where it stands here, and where its folder is at the source by now. */
function pathsOf(state: MirrorState, entry: BaselineEntry): string[] {
  const folder = state.view.pathOf(entry.parentId);
  const here = sourcePathOf(state, entry.id);
  const there = folder === undefined ? undefined : joinPath(folder, sourceNameOf(entry));
  return [here, there].filter((path) => path !== undefined);
}

/**
 * The names of a listing that are any business of this mirror: the share leaves out the others. `folderId` is the
 * folder of the baseline.
 */
export function concerning(
  host: LeftAloneHost,
  folderId: number,
  names: readonly string[],
): readonly string[] {
  const { state } = host;
  const sized = sizedNames(state, folderId);
  if (state.leftOut.isEmpty && sized.size === 0) return names;
  const path = state.baseline.pathOf(folderId) ?? '';
  const folder = { id: folderId, shown: shownPaths(state, folderId), path };
  const isSized = (name: string): boolean => sized.has(listedKey(state.meta.traits.names, name));
  return names.filter((name) => !isSized(name) && !isExcludedHere(host, folder, name));
}

/** Where what stands in a folder of the baseline is judged, by names of the source: every one of these paths counts. */
function shownPaths(state: MirrorState, folderId: number): readonly string[] {
  const there = judgedPath(state, folderId);
  if (there !== undefined) return [there];
  const here = sourcePathOf(state, folderId) ?? state.baseline.pathOf(folderId) ?? '';
  return [here, ...(state.shareRules.isChanging ? [state.view.pathOf(folderId) ?? here] : [])];
}

/**
 * The path of what stands at a place of the target and is left alone there, in the spelling that the target shows;
 * undefined when nothing stands there, or something that is some business of this mirror. Throws TreeError.
 */
export function leftAloneAt(host: LeftAloneHost, path: string): string | undefined {
  const { state } = host;
  if (!isAnythingLeftOut(state)) return undefined;
  const folderId = state.baseline.idAt(parentOf(path));
  if (folderId === undefined) return undefined;
  const names = namesAt(host, path);
  const concerned = new Set(concerning(host, folderId, names));
  const left = names.find((name) => !concerned.has(name));
  return left === undefined ? undefined : joinPath(parentOf(path), left);
}

/** What stands at a path: a disk that folds names may show it in another spelling. */
function namesAt({ state, tree }: LeftAloneHost, path: string): readonly string[] {
  const rule = state.meta.traits.names;
  if (!isFolding(rule)) return tree.stat(path) === undefined ? [] : [nameOf(path)];
  const folded = foldedName(rule, nameOf(path));
  return tree.list(parentOf(path)).names.filter((name) => foldedName(rule, name) === folded);
}

function isAnythingLeftOut({ leftOut, ownRules, excluded }: MirrorState): boolean {
  return !leftOut.isEmpty || !ownRules.isEmpty || excluded.all().next().done !== true;
}

/**
 * The spellings in a folder under which the source has a file that is left out for its size: it may have stood aside
 * here for another one.
 */
function sizedNames(state: MirrorState, folderId: number): ReadonlySet<string> {
  const rule = state.meta.traits.names;
  const names = new Set<string>();
  const children = [...state.excluded.children(folderId), ...state.unwanted.children(folderId)];
  for (const { name } of children) {
    if (state.view.childId(folderId, name) !== undefined) continue;
    names.add(listedKey(rule, naturalName(rule, name, hashText)));
    if (isFolding(rule)) names.add(listedKey(rule, sideName(rule, name, hashText)));
  }
  return names;
}

/**
 * Whether the rules leave out what stands under a name in a folder of the target. What they could mean, and cannot be
 * looked at or is known by a side name only, they do: nothing is concluded about it.
 */
function isExcludedHere(
  { state, tree }: LeftAloneHost,
  folder: { readonly id: number; readonly shown: readonly string[]; readonly path: string },
  name: string,
): boolean {
  const { leftOut } = state;
  if (leftOut.isEmpty) return false;
  const names = sourceNamesAt(state, folder.id, name);
  if (names === undefined) return true;
  const kindOf = (): Stat['kind'] | undefined => tree.stat(joinPath(folder.path, name))?.kind;
  const paths = folder.shown.flatMap((shown) => names.map((one) => joinPath(shown, one)));
  return paths.some((one) => isExcludedAs(leftOut, one, kindOf));
}

/** The kind is looked at only where a rule asks for it. */
function isExcludedAs(rules: LeftOut, path: string, kindOf: () => Stat['kind'] | undefined): boolean {
  if (rules.isExcluded(path)) return true;
  if (!rules.isExcluded(path, 'directory') && !rules.isExcluded(path, 'file')) return false;
  try {
    const kind = kindOf();
    return kind !== undefined && rules.isExcluded(path, kind === 'other' ? 'file' : kind);
  } catch (error) {
    if (error instanceof TreeError) return true;
    throw error;
  }
}

/** With all that is below it. What the source has of that elsewhere is told by the feed. */
function forget(state: MirrorState, { id }: BaselineEntry): void {
  state.baseline.removeTree(id, (entry) => {
    forgetKeptIn(state, entry.id);
    if (state.view.get(entry.id) === undefined) state.markClean(entry.id);
  });
}
