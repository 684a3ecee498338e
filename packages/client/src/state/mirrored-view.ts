/**
 * The source as this client mirrors it: what is below the mirrored folder, without the links that its rule or its
 * target leaves out, and under the names that the target can hold. The planner sees nothing else, so what is left
 * out is removed where it stands, and comes back when it is allowed again.
 */
import {
  isPlainRule,
  judgeLink,
  type LinkRule,
  type LinkVerdict,
  type TreeView,
} from '@lanmirror/engine/core';
import { isReservedAtTop, type SourceEntry } from '@lanmirror/protocol';
import type { MirrorState } from './mirror-state.ts';
import { type PlacedEntry, placed, placedChildId } from './placement.ts';

export interface MirroredView extends TreeView {
  get(id: number): PlacedEntry | undefined;
}

/** The view as the planner may see it. */
export function mirroredView(state: MirrorState): MirroredView {
  const { view } = state;
  const { rootId, traits } = state.meta;
  // Below the root of the share everything is mirrored: the way up need not be walked.
  if (rootId === 1 && !mayLeaveLinksOut(state) && isPlainRule(traits.names)) return view;
  // A reserved name at the top is our own folder on the target; at the top of the share none is published.
  const isBelow = (id: number): boolean => {
    if (rootId === 1 || id === rootId) return true;
    const path = view.pathOf(id);
    return path !== undefined && !isReservedAtTop(path.split('/', 1)[0] ?? '');
  };
  return {
    get(id) {
      const entry = view.get(id);
      if (entry === undefined || !isBelow(id)) return undefined;
      return linkVerdict(state, entry) === 'mirrored' ? placed(state, entry) : undefined;
    },
    childId: (parentId, name) =>
      parentId === rootId && isReservedAtTop(name) ? undefined : placedChildId(state, parentId, name),
  };
}

/** Whether links may be in the view and not on the target, with nothing that marks them dirty. */
export function mayLeaveLinksOut({ meta }: MirrorState): boolean {
  return meta.links !== 'keep' || !meta.traits.hasLinks;
}

/** `impossible`: the target cannot hold links. */
export type MirroredVerdict = LinkVerdict | 'impossible';

/** What the rule for links, and the target, say about an entry of the view; everything but links is mirrored. */
export function linkVerdict(state: MirrorState, entry: SourceEntry): MirroredVerdict {
  const { links, traits } = state.meta;
  if (entry.kind !== 'link') return 'mirrored';
  if (!traits.hasLinks && links !== 'skip') return 'impossible';
  if (links === 'keep') return 'mirrored';
  return judgeLink(links, depthOf(state.view.pathOf(entry.parentId)), entry.linkTarget);
}

/** Takes up a rule for links: those that were judged by another one are planned again. */
export function useLinkRule(state: MirrorState, rule: LinkRule): void {
  if (state.meta.links === rule) return;
  const ids = linksOf(state.view.all());
  state.transact(() => {
    state.setMeta({ links: rule });
    for (const id of ids) state.markDirty(id);
  });
}

/**
 * Links below folders that come to lie deeper or higher than they do on the target: where they lead is to be judged
 * again, although nothing about themselves changed.
 */
export function linksBelowMoved(state: MirrorState, ids: Iterable<number>): number[] {
  if (state.meta.links !== 'safe') return [];
  const found: number[] = [];
  for (const id of ids) {
    const before = state.baseline.get(id);
    if (before?.kind !== 'directory' || state.view.get(id)?.kind !== 'directory') continue;
    const isAsDeep = depthOf(state.baseline.pathOf(id)) === depthOf(state.view.pathOf(id));
    if (!isAsDeep) for (const link of linksOf(below(state, id))) found.push(link);
  }
  return found;
}

function* below(state: MirrorState, folderId: number): Generator<SourceEntry> {
  const stack = [folderId];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const child of state.view.children(id)) {
      yield child;
      if (child.kind === 'directory') stack.push(child.id);
    }
  }
}

function linksOf(entries: Iterable<SourceEntry>): number[] {
  const ids: number[] = [];
  for (const entry of entries) if (entry.kind === 'link') ids.push(entry.id);
  return ids;
}

/** Folders from the mirrored one down to this one; a path that is not known (parked) is as deep as none. */
function depthOf(path: string | undefined): number {
  if (path === undefined) return -1;
  return path === '' ? 0 : path.split('/').length;
}
