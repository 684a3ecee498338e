/**
 * Compares one folder of the target with the baseline. A folder that looks like it did when all in it was as the
 * baseline says is not compared node by node; the table of rolls knows how that was.
 */
import { foldedName, isFolding, isMarkedName } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { isSameDigest, mountedError, type RollCall, type Stat, TreeError } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath } from '@lanmirror/protocol';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNameOf, sourcePathOf } from '../state/placement.ts';
import type { SeenFolder } from './beside-looks.ts';
import { foreignMountAt, isMountPoint, isOwnDisk, refuseForeignMount } from './foreign-mount.ts';
import { forgetMissingKept, withoutKept } from './kept.ts';
import { concerning } from './left-alone.ts';
import {
  addPath,
  adopt,
  type CheckHost,
  forget,
  type OpenResult,
  respelled,
  statOf,
  verify,
} from './node-check.ts';

export interface FolderCheckHost extends CheckHost {
  /** What is asked for; undefined for all. */
  readonly part: PathPattern | undefined;
  readonly call: RollCall;
  /** Nothing was known of the target before: whatever stands there belongs to it. */
  readonly isFirst: boolean;
}

interface Folder {
  readonly id: number;
  readonly path: string;
  readonly names: readonly string[];
}

/** Checks what is directly in a folder; the ids of the folders in it that have to be checked come into `folderIds`. */
export function checkFolder(
  host: FolderCheckHost,
  { id, path }: Omit<Folder, 'names'>,
  folderIds: number[],
  result: OpenResult,
): void {
  if (isOwnDisk(host, id, path)) return;
  let names: readonly string[];
  try {
    names = namesIn(host, id, path);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code !== 'ABSENT') result.unreadable.push({ path, error });
    return;
  }
  const folder = { id, path, names };
  const within = unchangedFolders(host, folder) ?? compare(host, folder, result);
  for (const folderId of within) folderIds.push(folderId);
}

/**
 * Ids of the folders in a folder that was looked at beside the check, in which all was as it was when that was as the
 * baseline says; undefined when it has to be looked at here.
 */
export function unchangedAsSeen(
  host: FolderCheckHost,
  { id, path, look }: SeenFolder,
): readonly number[] | undefined {
  const { state } = host;
  const roll = look === undefined ? undefined : state.rolls.get(id);
  if (look === undefined || roll === undefined || !isSameDigest(look.digest, roll.digest)) return undefined;
  // What is kept is forgotten by a look of the moment only, and what is left out is in no roll.
  if (state.meta.keptEntries > 0 || isOwnDisk(host, id, path)) return undefined;
  return concerning(host, id, look.names).length === look.names.length ? roll.folderIds : undefined;
}

/** The names in a folder of the target that are any business of this mirror. Throws TreeError. */
function namesIn(host: FolderCheckHost, id: number, path: string): readonly string[] {
  const listed = host.tree.list(path).names;
  const names = path === '' ? listed.filter((name) => !isReservedAtTop(name)) : listed;
  const { state } = host;
  forgetMissingKept(state, id, names);
  return withoutKept(state, id, concerning(host, id, names));
}

/** Ids of the folders in a folder in which all is as it was when that was as the baseline says; else undefined. */
function unchangedFolders(
  { tree, state, part, call }: FolderCheckHost,
  folder: Folder,
): readonly number[] | undefined {
  const roll = part === undefined ? state.rolls.get(folder.id) : undefined;
  if (roll === undefined) return undefined;
  call.begin();
  try {
    for (const name of folder.names) {
      // What is the same by number and times is the same node, whichever way led to it.
      const stat = tree.glance(joinPath(folder.path, name));
      if (stat === undefined) return undefined;
      call.note(name, stat);
    }
  } catch (error) {
    // The comparison meets it again, and says where.
    if (error instanceof TreeError) return undefined;
    throw error;
  }
  return call.isEqual(roll.digest) ? roll.folderIds : undefined;
}

/** Compares node by node. Returns the ids of the folders to be checked. */
function compare(host: FolderCheckHost, { id, path, names }: Folder, result: OpenResult): number[] {
  const { tree, state, call } = host;
  // A pattern is about paths as they are at the source.
  const shown = sourcePathOf(state, id) ?? path;
  const expected = new Map<string, BaselineEntry>();
  for (const child of state.baseline.children(id)) expected.set(child.name, child);
  const folderIds: number[] = [];
  let isAllLeft = host.part === undefined;
  call.begin();
  for (const [name, known] of matched(state, names, expected)) {
    const childPath = joinPath(path, name);
    const relation = relationOf(host.part, joinPath(shown, known === undefined ? name : sourceNameOf(known)));
    if (relation === 'outside') continue;
    const stat = statOf(tree, childPath, result);
    isAllLeft &&= stat !== undefined;
    if (stat === undefined) continue;
    const isFolder = stat.kind === 'directory' || known?.kind === 'directory';
    if (relation === 'on-the-way' && !isFolder) continue;
    if (isOfOthers(host, known, childPath, stat, result)) {
      isAllLeft = false;
      continue;
    }
    if (known === undefined && isFolder && isOthersDisk(host, id, name, childPath, result)) {
      isAllLeft = false;
      continue;
    }
    const entry =
      known === undefined
        ? adopt(host, id, name, childPath, stat, result)
        : verify(host, respelled(state, known, name, result), childPath, stat, result);
    isAllLeft &&= known !== undefined && entry === known;
    if (isAllLeft) call.note(name, stat);
    if (entry?.kind === 'directory') folderIds.push(entry.id);
  }
  for (const gone of expected.values()) {
    isAllLeft = false;
    const relation = relationOf(host.part, joinPath(shown, sourceNameOf(gone)));
    if (relation === 'outside') continue;
    if (relation === 'inside' && state.view.get(gone.id) !== undefined)
      addPath(result.missing, joinPath(path, gone.name));
    forget(state, gone, result);
  }
  if (isAllLeft) state.rolls.put(id, { digest: call.digest(), folderIds });
  return folderIds;
}

/**
 * Whether a folder that the baseline does not have is a disk of somebody's own. One that the source has is refused, and
 * named, by who makes it.
 */
function isOthersDisk(
  { tree, state, isFirst }: FolderCheckHost,
  parentId: number,
  name: string,
  path: string,
  { unreadable }: OpenResult,
): boolean {
  if (!isMountPoint(tree, path)) return false;
  const twinId = state.view.childId(parentId, name);
  if (twinId === undefined) unreadable.push({ path, error: mountedError(path, path) });
  if (twinId === undefined || isFirst || state.view.get(twinId)?.kind !== 'directory')
    return twinId === undefined;
  try {
    refuseForeignMount({ tree, state }, twinId, path);
    return false;
  } catch (error) {
    if (error instanceof TreeError) return error.code === 'MOUNTED';
    throw error;
  }
}

/** Whether a folder is not to be judged, because of what is mounted there; notes why. */
function isOfOthers(
  host: FolderCheckHost,
  known: BaselineEntry | undefined,
  path: string,
  stat: Stat,
  { unreadable }: OpenResult,
): boolean {
  try {
    const error = foreignMountAt(host, known, path, stat);
    if (error !== undefined) unreadable.push({ path, error });
    return error !== undefined;
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code !== 'ABSENT') unreadable.push({ path, error });
    return error.code !== 'ABSENT';
  }
}

/** Whether a path is asked for, may lead to something that is, or neither. */
function relationOf(part: PathPattern | undefined, path: string): 'inside' | 'on-the-way' | 'outside' {
  if (part === undefined || part.isMatch(path)) return 'inside';
  return part.mayHold(path) ? 'on-the-way' : 'outside';
}

/**
 * Each name of a listing with what the baseline has under it, which is taken out of `expected`. To a target
 * that folds names that may be another spelling; the exact one comes first. What nothing is known of comes with those
 * that stood aside first: such a name is that of one entry, and a spelling may be that of another one that is gone.
 */
function matched(
  state: MirrorState,
  names: readonly string[],
  expected: Map<string, BaselineEntry>,
): [string, BaselineEntry | undefined][] {
  const exact = names.map((name): [string, BaselineEntry | undefined] => {
    const known = expected.get(name);
    expected.delete(name);
    return [name, known];
  });
  const rule = state.meta.traits.names;
  if (!isFolding(rule)) return exact;
  const folded = new Map([...expected.values()].map((entry) => [foldedName(rule, entry.name), entry]));
  const all = exact.map(([name, known]): [string, BaselineEntry | undefined] => {
    const other = known ?? folded.get(foldedName(rule, name));
    if (known === undefined && other !== undefined) {
      folded.delete(foldedName(rule, name));
      expected.delete(other.name);
    }
    return [name, other];
  });
  const stoodAside = all.filter(([name, known]) => known === undefined && isMarkedName(name));
  return stoodAside.length === 0 ? all : [...new Set([...stoodAside, ...all])];
}
