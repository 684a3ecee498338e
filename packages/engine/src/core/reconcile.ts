/**
 * The planner: two trees with the same ids in, what has to be done to the target out. Pure.
 *
 * `baseline` is what stands on the target, `source` is what should. Entries are known by id, so a
 * rename is the same id at another place, whatever happened in between. A plan is a set, not a log: it
 * leads from any baseline to any source, and planning again after it is empty.
 *
 * The phases of a plan, each of which may be interrupted and planned again:
 *   1. `moves`     renames whose destination is free and rests on nothing that moves or goes
 *   2. `parks`     all other renamed entries leave the tree for the staging folder: that breaks every
 *                  chain and cycle, and takes what stays out of folders that go
 *   3. `removals`  tops of what exists no more
 *   4. `places`    from the top down: new folders, parked entries, links
 *   5. `contents`  files whose bytes may have to come
 *   6. `metadata`  modes and times
 */
import type { EntryKind } from '@lanmirror/protocol';

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
export function reconcile(dirty: Iterable<number>, baseline: TreeView, source: TreeView, rootId: number): Plan {
  const sorted = sortByNeed(dirty, baseline, source);
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
  for (const id of sorted.removed) {
    const parent = baseline.get(id)?.parentId ?? 0;
    if (!replaced.has(id) && !sorted.removed.has(parent)) plan.removals.push(id);
  }
  plan.places.push(...plan.parks, ...sorted.created);
  plan.contents.push(...sorted.contents);
  plan.metadata.push(...sorted.metadata);
  return plan;
}

/** Whether nothing has to be done. */
export function isEmptyPlan(plan: Plan): boolean {
  return Object.values(plan).every((part: readonly unknown[]) => part.length === 0);
}

interface Needs {
  readonly moved: Set<number>;
  readonly removed: Set<number>;
  /** Folders and links to be made. */
  readonly created: number[];
  readonly contents: number[];
  readonly metadata: number[];
}

function sortByNeed(dirty: Iterable<number>, baseline: TreeView, source: TreeView): Needs {
  const needs: Needs = { moved: new Set(), removed: new Set(), created: [], contents: [], metadata: [] };
  for (const id of dirty) {
    const before = baseline.get(id);
    const after = source.get(id);
    if (after === undefined) {
      if (before !== undefined) needs.removed.add(id);
      continue;
    }
    const isKept = before !== undefined && before.kind === after.kind;
    if (before !== undefined && !isKept) needs.removed.add(id);
    if (isKept && (before.parentId !== after.parentId || before.name !== after.name)) needs.moved.add(id);
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
  if (after === undefined || !restsOnSolidGround(after.parentId, id, baseline, leaving, rootId)) return undefined;
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
