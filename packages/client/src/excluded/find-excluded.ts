/**
 * Finds what stands on the target although the rules leave it out: the tops, for in a folder that is left out everything
 * is. Goes through the mirrored folders as they are on the disk, and changes nothing.
 */
import type { PathPattern } from '@lanmirror/engine/host';
import { TreeError } from '@lanmirror/engine/tree';
import { joinPath, parentOf } from '@lanmirror/protocol';
import { type ExcludedPlace, type ExcludingRule, excludedPlace } from '../plan/excluded-place.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNameOf, sourcePathOf } from '../state/placement.ts';
import { type WeighHost, type Weight, weighNode } from './weigh-node.ts';

/** What is left out and stands here, at the top of what goes as one. */
export interface ExcludedNode extends Weight {
  /** At the source, or as it would be there. */
  readonly path: string;
  /** On the target. */
  readonly here: string;
  readonly rule: ExcludingRule;
}

export interface FindHost extends Omit<WeighHost, 'problemPaths'> {
  readonly state: MirrorState;
  isStopped(): boolean;
  /** Nothing is known of what stands at this path of the target. */
  unreadable(path: string, code: string): void;
}

interface Folder {
  readonly id: number;
  readonly here: string;
  readonly path: string;
  /** The source cannot look into it, or into one above it. */
  readonly isBlind: boolean;
}

/** Every top that is wanted, folder by folder. */
export async function* findExcluded(host: FindHost, wanted: PathPattern): AsyncGenerator<ExcludedNode> {
  const { state, clock } = host;
  if (!isAnythingLeftOut(state)) return;
  const weighing = { ...host, problemPaths: problemPathsOf(state) };
  const stack = [folderAt(state, state.meta.rootId, false)];
  for (let folder = stack.pop(); folder !== undefined && !host.isStopped(); folder = stack.pop()) {
    for (const { place, here } of placesIn(host, folder)) {
      if (host.isStopped()) return;
      if (!wanted.isMatch(place.path)) continue;
      const node = await weighed(weighing, place, here, folder.isBlind);
      if (node !== undefined) yield node;
    }
    for (const child of [...state.baseline.children(folder.id)].sort(byNameFromLast)) {
      if (child.kind !== 'directory') continue;
      const below = folderAt(state, child.id, folder.isBlind);
      if (below !== undefined && (wanted.isMatch(below.path) || wanted.mayHold(below.path)))
        stack.push(below);
    }
    await clock.turn();
  }
}

/** What is left out at a place of the target now; undefined when nothing is. Throws TreeError. */
export async function excludedAt(host: FindHost, here: string): Promise<ExcludedNode | undefined> {
  const { state, tree } = host;
  const folderId = state.baseline.idAt(parentOf(here));
  const folder = folderId === undefined ? undefined : folderAt(state, folderId, false);
  const stat = tree.stat(here);
  if (folder === undefined || stat === undefined) return undefined;
  const place = excludedPlace(state, folder, here.slice(here.lastIndexOf('/') + 1), stat.kind);
  const weighing = { ...host, problemPaths: problemPathsOf(state) };
  return place && weighed(weighing, place, here, isBlindAt(state, folder.id));
}

/**
 * A mirrored folder; undefined for one of which it is not certain what may be in it: it is about to go, or to be renamed,
 * and other rules count there then.
 */
function folderAt(state: MirrorState, id: number, isBlindAbove: boolean): Folder | undefined {
  const { view, baseline } = state;
  const [told, path, here] = [view.get(id), sourcePathOf(state, id), baseline.pathOf(id)];
  if (told?.kind !== 'directory' || path === undefined || here === undefined) return undefined;
  if (view.pathOf(id) !== path) return undefined;
  return { id, path, here, isBlind: isBlindAbove || told.isOpaque === true };
}

function isBlindAt({ view }: MirrorState, folderId: number): boolean {
  for (let at = view.get(folderId); at !== undefined; at = view.get(at.parentId))
    if (at.isOpaque === true) return true;
  return false;
}

function placesIn(host: FindHost, { id, here, path }: Folder): { place: ExcludedPlace; here: string }[] {
  const { tree, state } = host;
  const found: { place: ExcludedPlace; here: string }[] = [];
  for (const name of namesIn(host, here)) {
    if (state.baseline.childId(id, name) !== undefined) continue;
    const at = joinPath(here, name);
    try {
      const stat = tree.stat(at);
      const place = stat && excludedPlace(state, { id, path }, name, stat.kind);
      if (place !== undefined) found.push({ place, here: at });
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      host.unreadable(at, error.code);
    }
  }
  return found;
}

function namesIn({ tree, unreadable }: FindHost, here: string): string[] {
  try {
    return [...tree.list(here).names].sort();
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code !== 'ABSENT') unreadable(here, error.code);
    return [];
  }
}

async function weighed(
  host: WeighHost & Pick<FindHost, 'unreadable'>,
  { path, rule }: ExcludedPlace,
  here: string,
  isBlind: boolean,
): Promise<ExcludedNode | undefined> {
  try {
    const weight = await weighNode(host, { here, path });
    if (weight === undefined) return undefined;
    const stays = isBlind ? ({ why: 'blind', path } as const) : (isInProblem(host, path) ?? weight.stays);
    return { ...weight, stays, path, here, rule };
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    host.unreadable(here, error.code);
    return undefined;
  }
}

/** It stands in a folder that could not be handled. */
function isInProblem({ problemPaths }: WeighHost, path: string): Weight['stays'] {
  for (let above = parentOf(path); ; above = parentOf(above)) {
    if (problemPaths.has(above)) return { why: 'problem', path: above };
    if (above === '') return undefined;
  }
}

/** A place that is taken by what is left out is no riddle: to put that away is the cure. */
function problemPathsOf({ problems }: MirrorState): ReadonlySet<string> {
  return new Set(problems.all().flatMap(({ path, code }) => (code === 'PLACE_EXCLUDED' ? [] : [path])));
}

function isAnythingLeftOut({ leftOut, excluded, unwanted }: MirrorState): boolean {
  return !leftOut.isEmpty || [excluded, unwanted].some((tree) => tree.all().next().done !== true);
}

function byNameFromLast(one: Parameters<typeof sourceNameOf>[0], other: typeof one): number {
  return sourceNameOf(one) < sourceNameOf(other) ? 1 : -1;
}
