/**
 * The planner: two trees with the same ids in, what has to be done to the target out. Pure.
 *
 * `baseline` is what stands on the target, `source` is what should. Entries are known by id, so a
 * rename is the same id at another place, whatever happened in between. A plan is a set, not a log: it
 * leads from any baseline to any source, and planning again after it is empty.
 *
 * The phases of a plan, each of which may be interrupted and planned again:
 *   1. `moves`     renames whose destination is free and rests on nothing that moves or goes
 *   2. `parks`     all other renamed entries leave the tree for the staging folder, from the bottom up:
 *                  that breaks every chain and cycle, and takes what stays out of folders that go
 *   3. `removals`  tops of what exists no more
 *   4. `places`    from the top down: new folders, parked entries, links
 *   5. `contents`  files whose bytes may have to come
 *   6. `metadata`  modes and times
 *
 * Nothing can be renamed or removed inside a folder that is in the staging folder. What would have to be
 * waits, as a move that nobody can make yet, and is planned again when the folder has its place. The
 * mirrored folder itself never moves and never goes.
 */
import { type EntryKind, MAX_PATH_DEPTH } from '@lanmirror/protocol';

/** What the planner knows of an entry on either side. */
export interface Placed {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
  readonly kind: EntryKind;
  readonly version: number;
  readonly mtimeUs: number;
  readonly mode: number;
  readonly linkTarget: string;
}

/** A tree by id and by place. */
export interface TreeView {
  get(id: number): Placed | undefined;
  /** Id of the entry with this name in this folder. */
  childId(parentId: number, name: string): number | undefined;
}

export interface Move {
  readonly id: number;
  /** The file that has the name now and goes: it is replaced in the same step, so the name is never missing. */
  readonly replaces?: number;
  /** Nothing can be done for this entry before another plan: it has no path or no place now. */
  readonly waits?: true;
}

export interface Plan {
  readonly moves: Move[];
  readonly parks: number[];
  readonly removals: number[];
  readonly places: number[];
  readonly contents: number[];
  readonly metadata: number[];
}

/** Where a parked entry of the baseline has its place. */
export const PARKED_PARENT = -1;

/** Everything that has to be done for the entries `dirty`, whose state may differ between the two trees. */
export function reconcile(
  dirty: Iterable<number>,
  baseline: TreeView,
  source: TreeView,
  rootId: number,
): Plan {
  const sorted = sortByNeed(dirty, baseline, source, rootId);
  const leaving = new Set([...sorted.moved, ...sorted.removed]);
  const plan: Plan = { moves: [], parks: [], removals: [], places: [], contents: [], metadata: [] };
  const replaced = new Set<number>();
  for (const id of sorted.moved) {
    const move = directMove(id, baseline, source, leaving, sorted.removed, rootId);
    if (move === undefined) plan.parks.push(id);
    else {
      plan.moves.push(move);
      if (move.replaces !== undefined) replaced.add(move.replaces);
    }
  }
  sortByDepth(plan.parks, baseline, rootId, 'bottom-up');
  const parked = new Set(plan.parks);
  for (const id of sorted.removed) {
    const before = baseline.get(id);
    if (before === undefined || replaced.has(id) || sorted.removed.has(before.parentId)) continue;
    // One that comes again as another kind is overwritten where it stands.
    if (source.get(id) === undefined && isInStaging(before, baseline, parked)) sorted.waiting.add(id);
    else plan.removals.push(id);
  }
  append(plan.places, plan.parks);
  append(plan.places, sorted.created);
  // Without parked folders whoever places an entry makes the folders above it first.
  if (parked.size > 0) sortByDepth(plan.places, source, rootId, 'top-down');
  append(plan.contents, sorted.contents);
  append(plan.metadata, sorted.metadata);
  return sorted.waiting.size === 0 ? plan : holdBack(plan, sorted.waiting, baseline, source);
}

/** Whether nothing has to be done. */
export function isEmptyPlan(plan: Plan): boolean {
  return Object.values(plan).every((part: readonly unknown[]) => part.length === 0);
}

interface Needs {
  readonly moved: Set<number>;
  readonly removed: Set<number>;
  /** What has to be renamed or removed and cannot be reached yet. */
  readonly waiting: Set<number>;
  /** Folders and links to be made. */
  readonly created: number[];
  readonly contents: number[];
  readonly metadata: number[];
}

function sortByNeed(dirty: Iterable<number>, baseline: TreeView, source: TreeView, rootId: number): Needs {
  const needs: Needs = {
    moved: new Set(),
    removed: new Set(),
    waiting: new Set(),
    created: [],
    contents: [],
    metadata: [],
  };
  for (const id of dirty) {
    const before = baseline.get(id);
    const after = source.get(id);
    if (after === undefined) {
      if (before !== undefined && id !== rootId) needs.removed.add(id);
      continue;
    }
    const isKept = before !== undefined && before.kind === after.kind;
    if (before !== undefined && !isKept) needs.removed.add(id);
    if (isKept && id !== rootId && (before.parentId !== after.parentId || before.name !== after.name)) {
      if (isInStaging(before, baseline, NONE)) {
        needs.waiting.add(id);
        continue;
      }
      needs.moved.add(id);
    }
    sortByContent(needs, isKept ? before : undefined, after);
  }
  return needs;
}

function sortByContent(needs: Needs, before: Placed | undefined, after: Placed): void {
  if (after.kind === 'file') {
    if (before === undefined || before.version !== after.version) needs.contents.push(after.id);
    else if (isOtherMetadata(before, after)) needs.metadata.push(after.id);
    return;
  }
  if (before === undefined || before.linkTarget !== after.linkTarget) needs.created.push(after.id);
  else if (isOtherMetadata(before, after)) needs.metadata.push(after.id);
  if (after.kind === 'directory' && before === undefined) needs.metadata.push(after.id);
}

/** The mode of a link means nothing anywhere. */
function isOtherMetadata(before: Placed, after: Placed): boolean {
  return before.mtimeUs !== after.mtimeUs || (after.kind !== 'link' && before.mode !== after.mode);
}

/** A rename that can be done at once, or undefined when the entry has to be parked. */
function directMove(
  id: number,
  baseline: TreeView,
  source: TreeView,
  leaving: ReadonlySet<number>,
  removed: ReadonlySet<number>,
  rootId: number,
): Move | undefined {
  const after = source.get(id);
  if (baseline.get(id)?.parentId === PARKED_PARENT) return undefined;
  if (after === undefined || !restsOnSolidGround(after.parentId, id, baseline, leaving, rootId))
    return undefined;
  const occupant = baseline.childId(after.parentId, after.name);
  if (occupant === undefined) return { id };
  const isFileOverFile = after.kind === 'file' && baseline.get(occupant)?.kind === 'file';
  return isFileOverFile && removed.has(occupant) ? { id, replaces: occupant } : undefined;
}

/** Whether a folder of the target, and every folder above it, stays where it is during the plan. */
function restsOnSolidGround(
  folderId: number,
  movingId: number,
  baseline: TreeView,
  leaving: ReadonlySet<number>,
  rootId: number,
): boolean {
  let at = folderId;
  while (at !== rootId) {
    const folder = at === movingId || leaving.has(at) ? undefined : baseline.get(at);
    if (folder?.kind !== 'directory') return false;
    at = folder.parentId;
  }
  return true;
}

const NONE: ReadonlySet<number> = new Set();

/** Whether a folder above this entry of the target is in the staging folder, or will be (`parked`). */
function isInStaging(entry: Placed, baseline: TreeView, parked: ReadonlySet<number>): boolean {
  let folder = baseline.get(entry.parentId);
  while (folder !== undefined) {
    if (folder.parentId === PARKED_PARENT || parked.has(folder.id)) return true;
    folder = baseline.get(folder.parentId);
  }
  return false;
}

/** Sorts ids by how deep they lie in `tree`; equal ones keep their order. */
function sortByDepth(ids: number[], tree: TreeView, rootId: number, order: 'top-down' | 'bottom-up'): void {
  if (ids.length < 2) return;
  const depths = new Map<number, number>();
  for (const id of ids) {
    let depth = 0;
    // Bounded, because nobody has checked that the parents of a source lead to its root.
    let at = id;
    for (; at !== rootId && depth <= MAX_PATH_DEPTH; depth++) at = tree.get(at)?.parentId ?? rootId;
    depths.set(id, order === 'top-down' ? depth : -depth);
  }
  ids.sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
}

/**
 * Takes out of a plan what depends on entries that wait: what belongs into a waiting folder, and a new
 * folder that has the place of one, with all that belongs into it. A new folder would be the old one,
 * and what is in that would stay for ever.
 */
function holdBack(plan: Plan, waiting: ReadonlySet<number>, baseline: TreeView, source: TreeView): Plan {
  const known = new Map<number, boolean>();
  const isBlocked = (id: number, depth: number): boolean => {
    const after = source.get(id);
    if (after === undefined || depth > MAX_PATH_DEPTH) return false;
    const isNewFolder = after.kind === 'directory' && baseline.get(id) === undefined;
    const occupant = isNewFolder ? baseline.childId(after.parentId, after.name) : undefined;
    const waits = waiting.has(id) || (occupant !== undefined && waiting.has(occupant));
    const found = waits || (known.get(after.parentId) ?? isBlocked(after.parentId, depth + 1));
    known.set(id, found);
    return found;
  };
  const isFree = (id: number): boolean => !isBlocked(id, 0);
  const parked = new Set(plan.parks);
  const places = plan.places.filter(isFree);
  const contents = plan.contents.filter(isFree);
  const done = new Set([...places, ...contents, ...parked]);
  const due = [...plan.places, ...plan.contents, ...waiting].filter((id) => !done.has(id));
  const waits = [...new Set(due)].map((id): Move => ({ id, waits: true }));
  // Left in the staging folder by an interruption, and now it belongs below something that is in it:
  // given up, so that it comes anew.
  const stranded = plan.parks.filter((id) => baseline.get(id)?.parentId === PARKED_PARENT);
  const isStuck = stranded.length > 0 && !stranded.some((id) => places.includes(id));
  const removals = isStuck ? [...plan.removals, ...stranded] : plan.removals;
  return { ...plan, moves: [...plan.moves, ...waits], removals, places, contents };
}

/** For lists of any length: as arguments of one call they would have to fit on the stack. */
function append<T>(list: T[], more: readonly T[]): void {
  for (const one of more) list.push(one);
}
