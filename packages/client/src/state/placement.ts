/**
 * Where entries of the source stand on a target that cannot hold every name: the view with the names of the
 * target. On a plain target everything here is the view itself, and costs nothing.
 */
import {
  foldedName,
  isMarkedName,
  isPlainRule,
  type NameRule,
  naturalName,
  sideName,
  sourceName,
  type TargetTraits,
  type TreeView,
} from '@lanmirror/engine/core';
import { hashText } from '@lanmirror/engine/tree';
import { RESERVED_NAME, type SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from './baseline-entry.ts';
import type { MirrorState } from './mirror-state.ts';

/** An entry of the source as it is to stand on the target. */
export interface PlacedEntry extends SourceEntry {
  /** The name at the source, where the target has another one. */
  readonly sourceName?: string;
}

/** What is one name to the target has equal keys; undefined where every name is its own. */
export function foldedKey(rule: NameRule, name: string): string | undefined {
  return isPlainRule(rule) ? undefined : foldedName(rule, name);
}

/** The same for a name of the source, which may be mapped first. */
export function foldedSourceKey(rule: NameRule, name: string): string | undefined {
  return isPlainRule(rule) ? undefined : foldedName(rule, naturalName(rule, name, hashText));
}

/** An entry of the view with its name on the target. */
export function placed(state: MirrorState, entry: SourceEntry): PlacedEntry {
  const name = placedName(state, entry);
  return name === entry.name ? entry : { ...entry, name, sourceName: entry.name };
}

/** An entry of the view as it is to stand on the target; undefined when the source does not have it. */
export function wanted(state: MirrorState, id: number): PlacedEntry | undefined {
  const entry = state.view.get(id);
  return entry && placed(state, entry);
}

function placedName(state: MirrorState, { id, parentId, name }: SourceEntry): string {
  const { traits, rootId } = state.meta;
  const rule = traits.names;
  if (isPlainRule(rule) || id === rootId) return name;
  const natural = naturalName(rule, name, hashText);
  const folded = foldedName(rule, natural);
  // Another spelling of our own folder would be our own folder.
  const isOurs = parentId === rootId && folded === RESERVED_NAME;
  const isFirst = !isOurs && state.view.firstFolded(parentId, folded) === id;
  return isFirst ? natural : sideName(rule, name, hashText);
}

/** Path on the target where an entry of the view belongs; undefined when it is not below the mirrored folder. */
export function placedPath(state: MirrorState, id: number): string | undefined {
  return state.view.pathOf(id, (entry) => placedName(state, entry));
}

/** Id of the entry of the view whose place in this folder has this name on the target. */
export function placedChildId(state: MirrorState, parentId: number, name: string): number | undefined {
  const { view, meta } = state;
  const rule = meta.traits.names;
  if (isPlainRule(rule)) return view.childId(parentId, name);
  if (!isMarkedName(name)) return naturalChildId(state, parentId, name);
  const key = foldedName(rule, name);
  for (const child of view.children(parentId))
    if (foldedName(rule, placedName(state, child)) === key) return child.id;
  return undefined;
}

/** The first of those that would have the name if nobody else had. */
function naturalChildId(state: MirrorState, parentId: number, name: string): number | undefined {
  const id = state.view.firstFolded(parentId, foldedName(state.meta.traits.names, name));
  return id !== undefined && isMarkedName(wanted(state, id)?.name ?? '') ? undefined : id;
}

/** The name at the source of what stands on the target; its own when it stands there as it is. */
export function sourceNameOf({ name, sourceName }: BaselineEntry): string {
  return sourceName ?? name;
}

/**
 * The names that what stands under `name` in a folder of the target may have at the source. Undefined when nothing tells:
 * who was cut or stood aside, and is in neither tree, may be anybody.
 */
export function sourceNamesAt(
  state: MirrorState,
  folderId: number,
  name: string,
): readonly string[] | undefined {
  const { baseline, view, meta } = state;
  const rule = meta.traits.names;
  if (isPlainRule(rule)) return [name];
  const knownId = baseline.occupantId(folderId, name);
  const known = knownId === undefined ? undefined : baseline.get(knownId);
  if (known !== undefined) return [sourceNameOf(known)];
  const undone = sourceName(rule, name);
  if (undone !== undefined)
    return rule.foldsForm ? [undone, undone.normalize('NFC'), undone.normalize('NFD')] : [undone];
  const wantedId = placedChildId(state, folderId, name);
  const owner = wantedId === undefined ? standingAside(state, folderId, name) : view.get(wantedId);
  return owner && [owner.name];
}

/**
 * Who in a folder of the view would have this made-up name if it stood aside, and is nowhere on the target: it did stand
 * aside here, and has the better right to the common name by now.
 */
function standingAside(
  { baseline, view, meta }: MirrorState,
  folderId: number,
  name: string,
): SourceEntry | undefined {
  const rule = meta.traits.names;
  if (!isMarkedName(name)) return undefined;
  const key = foldedName(rule, name);
  for (const child of view.children(folderId)) {
    const isNowhere = baseline.get(child.id) === undefined;
    if (isNowhere && foldedName(rule, sideName(rule, child.name, hashText)) === key) return child;
  }
  return undefined;
}

/** Equal for names that a listing may show for each other: some disks do not keep the Unicode form. */
export function listedKey({ foldsForm }: NameRule, name: string): string {
  return foldsForm ? name.normalize('NFC') : name;
}

/** What a baseline entry that stands under `name` has as its `sourceName` when it is the source's entry `id`. */
export function sourceNameAt({ view }: MirrorState, id: number, name: string): string | undefined {
  const entry = view.get(id);
  return entry === undefined || entry.name === name ? undefined : entry.name;
}

/** Path at the source of what stands on the target, for a person. */
export function sourcePathOf(state: MirrorState, id: number): string | undefined {
  return state.baseline.pathOf(id, sourceNameOf);
}

/** Everything that stands under another name than at the source: both paths. Looks at all of the baseline. */
export function renamedPaths(state: MirrorState): { path: string; placedPath: string }[] {
  const { baseline, meta } = state;
  if (isPlainRule(meta.traits.names)) return [];
  const found: { path: string; placedPath: string }[] = [];
  for (const { id, sourceName } of baseline.all()) {
    const path = sourceName === undefined ? undefined : sourcePathOf(state, id);
    if (path !== undefined) found.push({ path, placedPath: baseline.pathOf(id) ?? path });
  }
  return found;
}

/** The baseline as the planner may see it: a place is taken when the target says so. */
export function targetView({ baseline }: MirrorState): TreeView {
  return {
    get: (id) => baseline.get(id),
    childId: (parentId, name) => baseline.occupantId(parentId, name),
  };
}

/** Takes up what the target was found to be: entries whose name there is another one now are planned again. */
export function useTraits(state: MirrorState, traits: TargetTraits): void {
  const before = state.meta.traits;
  if (JSON.stringify(before) === JSON.stringify(traits)) return;
  state.transact(() => {
    state.setMeta({ traits });
    state.view.foldAnew();
    state.baseline.foldAnew();
    state.kept.foldAnew();
    // They were made by comparing names as the target was thought to take them.
    state.rolls.clear();
    for (const id of concerned(state, before)) state.markDirty(id);
  });
}

function concerned(state: MirrorState, before: TargetTraits): number[] {
  const { traits } = state.meta;
  const areNamesPlain = isPlainRule(before.names) && isPlainRule(traits.names);
  const areLinksEqual = before.hasLinks === traits.hasLinks;
  if (areNamesPlain && areLinksEqual) return [];
  const ids: number[] = [];
  for (const entry of state.view.all()) {
    const isRenamed = !areNamesPlain && state.baseline.get(entry.id)?.name !== placedName(state, entry);
    if (isRenamed || (entry.kind === 'link' && !areLinksEqual)) ids.push(entry.id);
  }
  return ids;
}
