/**
 * Compares one node of the target with what the baseline says of it, and corrects the baseline. Reads of the target
 * only; inside a transaction.
 */
import { type Clock, isSameSpelling, microseconds } from '@lanmirror/engine/core';
import { type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import type { SourceEntry } from '@lanmirror/protocol';
import {
  atPlace,
  type BaselineEntry,
  diskFacts,
  isAsLeft,
  isModeLeft,
  UNKNOWN_VERSION,
} from '../state/baseline-entry.ts';
import { isSameTimeHere, type MirrorState } from '../state/mirror-state.ts';
import { type PlacedEntry, placedChildId, sourceNameAt, sourceNamesAt, wanted } from '../state/placement.ts';
import { isSame } from './difference.ts';
import { noteDoubt } from './doubt.ts';
import { forgetKeptIn } from './kept.ts';

/** How many changed or missing paths are named. */
const MAX_NAMED = 1000;

export interface CheckResult {
  /** Files edited or replaced since they were applied. */
  readonly changed: string[];
  /** What is gone since it was applied, and the source still has; of a folder only its top. */
  readonly missing: string[];
  /** Everything that has to be planned because of what was found. */
  readonly ids: number[];
  /** Entries the baseline did not know. */
  readonly added: number;
  /** Folders that could not be listed: nothing is concluded about what is in them. */
  readonly unreadable: { readonly path: string; readonly error: TreeError }[];
}

export interface CheckHost {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  isStopped(): boolean;
  /** One more folder was looked at. */
  looked(): void;
}

/** A result that is being made. */
export type OpenResult = CheckResult & { added: number };

/** The entry under the name that the target shows: another form is the same name, another case is to be put right. */
export function respelled(
  state: MirrorState,
  known: BaselineEntry,
  listed: string,
  result: OpenResult,
): BaselineEntry {
  if (isSameSpelling(state.meta.traits.names, known.name, listed)) return known;
  const { parentId } = known;
  const now = atPlace(known, { parentId, name: listed, sourceName: sourceNameAt(state, known.id, listed) });
  state.baseline.put(now);
  markDirty(state, known.id, result.ids);
  return now;
}

export function statOf(tree: WritableTree, path: string, result: OpenResult): Stat | undefined {
  try {
    return tree.stat(path);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    result.unreadable.push({ path, error });
    return undefined;
  }
}

/** A node that the baseline does not know: the source's entry of that name, or one that only the target has. */
export function adopt(
  { state, tree }: CheckHost,
  parentId: number,
  name: string,
  path: string,
  stat: Stat,
  result: OpenResult,
): BaselineEntry | undefined {
  result.added += 1;
  const kind = recordedKind(stat);
  const twin = twinOf(state, parentId, name);
  const isTwin = twin !== undefined && twin.kind === stat.kind;
  const id = isTwin ? twin.id : state.newLocalId();
  // A target that is not UTF-8 is that of no entry of the source, and neither is an empty one.
  const linkTarget = stat.kind === 'link' ? (tree.readLink(path) ?? '') : '';
  const standing = { ...found(state, id, parentId, name, stat, linkTarget), kind };
  // What is the same spelling to the target counts as the right one: it would not keep another.
  const placeName = isTwin && isSameSpelling(state.meta.traits.names, twin.name, name) ? twin.name : name;
  const sourceName = isTwin ? sourceNameAt(state, id, placeName) : undefined;
  const entry = atPlace(standing, { parentId, name: placeName, sourceName });
  const isAlike = isTwin && (kind !== 'file' || isFileAlike(state, twin, entry));
  const version = isAlike ? twin.version : UNKNOWN_VERSION;
  const adopted = { ...entry, version };
  state.baseline.put(adopted);
  noteDoubt(state, adopted);
  // A copy that is right is most often right as a whole: nothing has to be planned for what is.
  if (!isTwin || !isSame(adopted, twin)) markDirty(state, id, result.ids);
  return adopted;
}

/**
 * The entry of the source that a node stands for, of those that nothing is known to stand for: the one that has this place.
 * To a disk that folds names another one may have this very name, and was here before it: it comes first, and gives way
 * by being renamed.
 */
function twinOf(state: MirrorState, parentId: number, name: string): PlacedEntry | undefined {
  const { view, baseline, meta } = state;
  const placedId = placedChildId(state, parentId, name);
  const placeName = placedId === undefined ? undefined : wanted(state, placedId)?.name;
  const isSpelledSo = placeName !== undefined && isSameSpelling(meta.traits.names, placeName, name);
  const namesakes = (sourceNamesAt(state, parentId, name) ?? []).map((one) => view.childId(parentId, one));
  const ids = isSpelledSo ? [placedId, ...namesakes] : [...namesakes, placedId];
  const id = ids.find((one) => one !== undefined && baseline.get(one) === undefined);
  return id === undefined ? undefined : wanted(state, id);
}

/** Size and time are those of the source, as far as this disk keeps times and the settings ask for them. */
function isFileAlike(state: MirrorState, twin: SourceEntry, entry: BaselineEntry): boolean {
  return twin.sizeBytes === entry.sizeBytes && isSameTimeHere(state, entry.mtimeUs, twin.mtimeUs);
}

/** A node where the baseline has one: as it was left, or edited. */
export function verify(
  host: CheckHost,
  known: BaselineEntry,
  path: string,
  stat: Stat,
  result: OpenResult,
): BaselineEntry | undefined {
  const { state } = host;
  if (stat.kind !== known.kind) {
    addPath(result.changed, path);
    forget(state, known, result);
    return adopt(host, known.parentId, known.name, path, stat, result);
  }
  const isLeft = isAsLeft(known, stat);
  const isTimeLeft = known.disk.mtimeNs === stat.mtimeNs;
  const isModeKept = known.kind === 'link' || isModeLeft(known, stat);
  if (isLeft && isTimeLeft && isModeKept) return known;
  const { isDamaged: _damage, isUnproved: _doubt, ...rest } = known;
  const now: BaselineEntry = {
    ...(isLeft ? known : rest),
    mode: isModeKept ? known.mode : stat.mode,
    mtimeUs: isTimeLeft ? known.mtimeUs : microseconds(stat.mtimeNs),
    disk: diskFacts(stat),
    ...(isLeft ? {} : { version: UNKNOWN_VERSION, hash: null, sizeBytes: stat.sizeBytes, linkTarget: '' }),
  };
  state.baseline.put(now);
  markDirty(state, known.id, result.ids);
  if (!isLeft) addPath(result.changed, path);
  return now;
}

export function markDirty(state: MirrorState, id: number, ids: number[]): void {
  state.markDirty(id);
  ids.push(id);
}

export function addPath(paths: string[], path: string): void {
  if (paths.length < MAX_NAMED) paths.push(path);
}

export function forget(state: MirrorState, entry: BaselineEntry, result: OpenResult): void {
  state.baseline.removeTree(entry.id, (gone) => {
    forgetKeptIn(state, gone.id);
    if (state.view.get(gone.id) === undefined) state.markClean(gone.id);
    else markDirty(state, gone.id, result.ids);
  });
}

export function found(
  state: MirrorState,
  id: number,
  parentId: number,
  name: string,
  stat: Stat,
  linkTarget: string,
): BaselineEntry {
  return {
    id,
    parentId,
    name,
    kind: recordedKind(stat),
    version: UNKNOWN_VERSION,
    sizeBytes: stat.sizeBytes,
    mtimeUs: microseconds(stat.mtimeNs),
    mode: stat.mode,
    linkTarget,
    hash: null,
    disk: diskFacts(stat),
    // It was here before us: the delete guard counts it.
    bornMs: 0,
    checkpoint: state.meta.checkpoint,
  };
}

/**
 * What is of no kind that is mirrored counts as a link to nowhere, which the source cannot have: so it is never taken for
 * the file or folder that belongs there.
 */
function recordedKind({ kind }: Stat): BaselineEntry['kind'] {
  return kind === 'other' ? 'link' : kind;
}
