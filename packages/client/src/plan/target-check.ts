/**
 * Compares what stands on the target with the baseline, and corrects the baseline: afterwards it says
 * what is there, and what differs from the view is dirty. Edits, deletions and additions behind our back
 * are found this way, as are copies made by other means, which are adopted.
 *
 * Reads only. Works in slices; each folder is judged within one transaction, so an interruption leaves
 * a baseline that is right as far as the check came.
 */
import {
  type Clock,
  foldedName,
  isFolding,
  isSameSpelling,
  isSameTime,
  microseconds,
} from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath, type SourceEntry } from '@lanmirror/protocol';
import {
  atPlace,
  type BaselineEntry,
  diskFacts,
  isAsLeft,
  isModeLeft,
  UNKNOWN_VERSION,
} from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { placedChildId, sourceNameAt, sourceNameOf, sourcePathOf, wanted } from '../state/placement.ts';
import { noteDoubt } from './doubt.ts';

const SLICE_MS = 8;

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

interface PartHost extends CheckHost {
  readonly part: PathPattern | undefined;
}

/** How many changed or missing paths are named. */
const MAX_NAMED = 1000;

/**
 * Checks the target, or what of it matches `part`. Folders on the way to that are looked at, too: nothing in
 * them could get its place otherwise.
 */
export async function checkTarget(whole: CheckHost, part?: PathPattern): Promise<CheckResult> {
  const host = { ...whole, part };
  const { state, clock } = host;
  const result: CheckResult & { added: number } = {
    changed: [],
    missing: [],
    ids: [],
    added: 0,
    unreadable: [],
  };
  if (!adoptRoot(host, result.ids)) return result;
  const stack = [state.meta.rootId];
  let sliceStart = clock.nowMs();
  for (let id = stack.pop(); id !== undefined && !host.isStopped(); id = stack.pop()) {
    const path = state.baseline.pathOf(id);
    if (path !== undefined) state.transact(() => checkFolder(host, id as number, path, stack, result));
    host.looked();
    if (clock.nowMs() - sliceStart < SLICE_MS) continue;
    await clock.turn();
    sliceStart = clock.nowMs();
  }
  host.tree.release();
  return result;
}

/** The target folder itself is the root, whatever it was before. */
function adoptRoot({ tree, state }: CheckHost, ids: number[]): boolean {
  const stat = tree.rootStat();
  const root = state.view.get(state.meta.rootId);
  if (stat?.kind !== 'directory' || root === undefined) return false;
  const before = state.baseline.get(root.id);
  const isSame = before !== undefined && before.disk.mtimeNs === stat.mtimeNs && isModeLeft(before, stat);
  state.transact(() => {
    if (before === undefined) {
      state.baseline.put({
        ...found(state, root.id, root.parentId, root.name, stat, ''),
        version: root.version,
      });
    } else if (!isSame) {
      state.baseline.put({
        ...before,
        mode: stat.mode,
        mtimeUs: microseconds(stat.mtimeNs),
        disk: diskFacts(stat),
      });
    }
    if (!isSame) markDirty(state, root.id, ids);
  });
  return true;
}

function checkFolder(
  host: PartHost,
  id: number,
  path: string,
  stack: number[],
  result: CheckResult & { added: number },
): void {
  const { tree, state } = host;
  let names: readonly string[];
  try {
    names = tree.list(path).names;
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code !== 'ABSENT') result.unreadable.push({ path, error });
    return;
  }
  // A pattern is about paths as they are at the source.
  const shown = sourcePathOf(state, id) ?? path;
  const expected = new Map<string, BaselineEntry>();
  for (const child of state.baseline.children(id)) expected.set(child.name, child);
  for (const [name, known] of matched(state, names, expected)) {
    if (path === '' && isReservedAtTop(name)) continue;
    const childPath = joinPath(path, name);
    const relation = relationOf(host.part, joinPath(shown, known === undefined ? name : sourceNameOf(known)));
    if (relation === 'outside') continue;
    const stat = statOf(tree, childPath, result);
    if (stat === undefined) continue;
    const isFolder = stat.kind === 'directory' || known?.kind === 'directory';
    if (relation === 'on-the-way' && !isFolder) continue;
    const entry =
      known === undefined
        ? adopt(host, id, name, childPath, stat, result)
        : verify(host, respelled(state, known, name, result), childPath, stat, result);
    if (entry?.kind === 'directory') stack.push(entry.id);
  }
  for (const gone of expected.values()) {
    const relation = relationOf(host.part, joinPath(shown, sourceNameOf(gone)));
    if (relation === 'outside') continue;
    if (relation === 'inside' && state.view.get(gone.id) !== undefined)
      name(result.missing, joinPath(path, gone.name));
    forget(state, gone, result);
  }
}

/** Whether a path is asked for, may lead to something that is, or neither. */
function relationOf(part: PathPattern | undefined, path: string): 'inside' | 'on-the-way' | 'outside' {
  if (part === undefined || part.isMatch(path)) return 'inside';
  return part.mayHold(path) ? 'on-the-way' : 'outside';
}

/**
 * Each name of a listing with what the baseline has under it, which is taken out of `expected`. To a target
 * that folds names that may be another spelling; the exact one comes first.
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
  if (!isFolding(rule) || expected.size === 0) return exact;
  const folded = new Map([...expected.values()].map((entry) => [foldedName(rule, entry.name), entry]));
  return exact.map(([name, known]) => {
    const other = known ?? folded.get(foldedName(rule, name));
    if (known === undefined && other !== undefined) {
      folded.delete(foldedName(rule, name));
      expected.delete(other.name);
    }
    return [name, other];
  });
}

/** The entry under the name that the target shows: another form is the same name, another case is to be put right. */
function respelled(
  state: MirrorState,
  known: BaselineEntry,
  listed: string,
  result: CheckResult,
): BaselineEntry {
  if (isSameSpelling(state.meta.traits.names, known.name, listed)) return known;
  const { parentId } = known;
  const now = atPlace(known, { parentId, name: listed, sourceName: sourceNameAt(state, known.id, listed) });
  state.baseline.put(now);
  markDirty(state, known.id, result.ids);
  return now;
}

function statOf(tree: WritableTree, path: string, result: CheckResult): Stat | undefined {
  try {
    return tree.stat(path);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    result.unreadable.push({ path, error });
    return undefined;
  }
}

/** A node that the baseline does not know: the source's entry of that name, or one that only the target has. */
function adopt(
  { state, tree }: CheckHost,
  parentId: number,
  name: string,
  path: string,
  stat: Stat,
  result: CheckResult & { added: number },
): BaselineEntry | undefined {
  result.added += 1;
  const kind = stat.kind === 'other' ? 'file' : stat.kind;
  const twinId = placedChildId(state, parentId, name);
  const twin = twinId === undefined ? undefined : wanted(state, twinId);
  const isTwin = twin !== undefined && twin.kind === stat.kind && state.baseline.get(twin.id) === undefined;
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
  state.baseline.put({ ...entry, version });
  noteDoubt(state, { ...entry, version });
  markDirty(state, id, result.ids);
  return entry;
}

/** Size and time are those of the source, as far as this disk keeps times. */
function isFileAlike(state: MirrorState, twin: SourceEntry, entry: BaselineEntry): boolean {
  return twin.sizeBytes === entry.sizeBytes && isSameTime(state.meta.traits, twin.mtimeUs, entry.mtimeUs);
}

/** A node where the baseline has one: as it was left, or edited. */
function verify(
  host: CheckHost,
  known: BaselineEntry,
  path: string,
  stat: Stat,
  result: CheckResult & { added: number },
): BaselineEntry | undefined {
  const { state } = host;
  if (stat.kind !== known.kind) {
    name(result.changed, path);
    forget(state, known, result);
    return adopt(host, known.parentId, known.name, path, stat, result);
  }
  const isLeft = isAsLeft(known, stat);
  const isTimeLeft = known.disk.mtimeNs === stat.mtimeNs;
  const isModeKept = known.kind === 'link' || isModeLeft(known, stat);
  if (isLeft && isTimeLeft && isModeKept) return known;
  const now: BaselineEntry = {
    ...known,
    mode: isModeKept ? known.mode : stat.mode,
    mtimeUs: isTimeLeft ? known.mtimeUs : microseconds(stat.mtimeNs),
    disk: diskFacts(stat),
    ...(isLeft ? {} : { version: UNKNOWN_VERSION, hash: null, sizeBytes: stat.sizeBytes, linkTarget: '' }),
  };
  state.baseline.put(now);
  markDirty(state, known.id, result.ids);
  if (!isLeft) name(result.changed, path);
  return now;
}

function markDirty(state: MirrorState, id: number, ids: number[]): void {
  state.markDirty(id);
  ids.push(id);
}

function name(paths: string[], path: string): void {
  if (paths.length < MAX_NAMED) paths.push(path);
}

function forget(state: MirrorState, entry: BaselineEntry, result: CheckResult): void {
  state.baseline.removeTree(entry.id, (gone) => {
    if (state.view.get(gone.id) === undefined) state.markClean(gone.id);
    else markDirty(state, gone.id, result.ids);
  });
}

function found(
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
    kind: stat.kind === 'other' ? 'file' : stat.kind,
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
