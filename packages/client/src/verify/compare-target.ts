/**
 * Compares a target with what the source is known to be, content by content: every file here is read, and
 * its hash is compared with the one under which the server sent it, or agreed to it.
 *
 * Changes nothing. What differs because the source has changed, so that it is about to be put right, is
 * `pending`; a file of the target that somebody writes to while it is read is `different`.
 */
import { type Clock, foldedName, microseconds } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { createHasher, type ReadableTree, type Stat, TreeError } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath, type SourceEntry } from '@lanmirror/protocol';
import { withoutKept } from '../plan/kept.ts';
import { concerning } from '../plan/left-alone.ts';
import { isSameTimeHere, type MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { type PlacedEntry, placedPath, sourcePathOf } from '../state/placement.ts';

const PART_BYTES = 1 << 20;
const SLICE_MS = 10;

/**
 * `unproved`: like the source in size and time, and its content was never compared. `pending`: a change of
 * it is on its way. `held`: the source does not have it any more, and a person is asked.
 */
export type Verdict =
  | 'same'
  | 'different'
  | 'missing'
  | 'extra'
  | 'unreadable'
  | 'unproved'
  | 'pending'
  | 'held';

/** What there is to do something about. `pending` is done by itself. */
export const WRONG: ReadonlySet<Verdict> = new Set(['different', 'missing', 'extra', 'unreadable']);

export interface Finding {
  readonly path: string;
  readonly verdict: Verdict;
  /** What differs, or why it cannot be read; '' when there is nothing to add. */
  readonly detail: string;
  /** The entry of the source; undefined for what is extra. */
  readonly id: number | undefined;
}

export interface ComparisonHost {
  readonly tree: ReadableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly wanted: PathPattern;
  /** Whether somebody is at work on this entry, so that what differs now is about to be right. */
  isInFlight(id: number): boolean;
  isStopped(): boolean;
}

/** One finding for every path that is wanted, folders before what is in them. */
export async function* compareTarget(host: ComparisonHost): AsyncGenerator<Finding> {
  const { state, clock, wanted } = host;
  const mirrored = mirroredView(state);
  const stack = [state.meta.rootId];
  let sliceStart = clock.nowMs();
  for (let id = stack.pop(); id !== undefined && !host.isStopped(); id = stack.pop()) {
    const path = state.view.pathOf(id);
    const here = placedPath(state, id);
    if (path === undefined || here === undefined) continue;
    const names = listed(host, here);
    if (typeof names === 'string') yield { path, verdict: 'unreadable', detail: names, id };
    for (const child of [...state.view.children(id)].sort(byName)) {
      const childPath = joinPath(path, child.name);
      const placed = mirrored.get(child.id);
      // Links that are left out by the rule for them are not missed.
      if (placed === undefined) continue;
      if (typeof names !== 'string') take(host, names, placed.name);
      const isWanted = wanted.isMatch(childPath);
      if (child.kind === 'directory' && (isWanted || wanted.mayHold(childPath))) stack.push(child.id);
      if (!isWanted) continue;
      yield await judge(host, placed, childPath, joinPath(here, placed.name));
      if (clock.nowMs() - sliceStart < SLICE_MS) continue;
      await clock.turn();
      sliceStart = clock.nowMs();
    }
    if (typeof names === 'string') continue;
    for (const name of withoutKept(state, id, concerning(host, id, [...names.values()].flat()))) {
      const finding = judgeExtra(host, id, name, joinPath(here, name));
      if (wanted.isMatch(finding.path)) yield finding;
    }
  }
}

function judgeExtra({ state }: ComparisonHost, parentId: number, name: string, path: string): Finding {
  const id = state.baseline.childId(parentId, name);
  const verdict = state.meta.isHeld && id !== undefined ? 'held' : 'extra';
  const known = id === undefined ? undefined : sourcePathOf(state, id);
  return { path: known ?? path, verdict, detail: '', id: undefined };
}

/** Takes the name of an entry out of a listing, in whatever spelling the target shows it. */
function take({ state }: ComparisonHost, names: Listed, name: string): void {
  const spellings = names.get(foldedName(state.meta.traits.names, name)) ?? [];
  const exact = spellings.indexOf(name);
  spellings.splice(Math.max(0, exact), 1);
}

/** Names in a folder of the target: those that are one name to it together. */
type Listed = ReadonlyMap<string, string[]>;

/** The names, or why they are not known. A folder that is not there has none. */
function listed({ tree, state }: ComparisonHost, path: string): Listed | string {
  const names = new Map<string, string[]>();
  try {
    for (const name of tree.list(path).names) {
      if (path === '' && isReservedAtTop(name)) continue;
      const key = foldedName(state.meta.traits.names, name);
      const spellings = names.get(key);
      if (spellings === undefined) names.set(key, [name]);
      else spellings.push(name);
    }
    return names;
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return error.code === 'ABSENT' ? names : error.code;
  }
}

/** `path`: at the source, for a person; `here`: on the target. */
async function judge(host: ComparisonHost, entry: PlacedEntry, path: string, here: string): Promise<Finding> {
  const found = (verdict: Verdict, detail = ''): Finding => ({ path, verdict, detail, id: entry.id });
  try {
    const stat = host.tree.stat(here);
    const verdict = await compare(host, entry, here, stat);
    const isNewer = host.state.view.get(entry.id)?.sequence !== entry.sequence;
    const isPending = isNewer || host.isInFlight(entry.id);
    return verdict[0] !== 'same' && isPending ? found('pending') : found(...verdict);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return error.code === 'ABSENT' ? found('missing') : found('unreadable', error.code);
  }
}

async function compare(
  host: ComparisonHost,
  entry: SourceEntry,
  path: string,
  stat: Stat | undefined,
): Promise<[Verdict, string?]> {
  if (stat === undefined) return ['missing'];
  if (stat.kind !== entry.kind) return ['different', `a ${stat.kind} instead of a ${entry.kind}`];
  if (entry.kind === 'link' && host.tree.readLink(path) !== entry.linkTarget)
    return ['different', 'link target'];
  if (entry.kind === 'file') {
    if (stat.sizeBytes !== entry.sizeBytes) return ['different', 'size'];
    const content = await compareContent(host, entry, path);
    if (content !== undefined) return content;
  }
  const { traits } = host.state.meta;
  if (traits.keepsModes && entry.kind !== 'link' && stat.mode !== entry.mode) return ['different', 'mode'];
  if (entry.kind === 'directory' || isSameTimeHere(host.state, microseconds(stat.mtimeNs), entry.mtimeUs))
    return ['same'];
  // Some disks take a time for a link and keep none: it is as it was when it had been set.
  const isAsLeft = entry.kind === 'link' && host.state.baseline.get(entry.id)?.disk.mtimeNs === stat.mtimeNs;
  return isAsLeft ? ['same'] : ['different', 'time'];
}

/** Undefined when the content is proved to be the same. */
async function compareContent(
  { tree, state }: ComparisonHost,
  entry: SourceEntry,
  path: string,
): Promise<[Verdict, string?] | undefined> {
  const known = state.baseline.get(entry.id);
  if (known?.version !== entry.version) return ['different', 'content'];
  if (known.hash === null) return ['unproved'];
  const handle = tree.open(path);
  try {
    const before = handle.stat();
    const hasher = createHasher();
    const buffer = new Uint8Array(Math.min(PART_BYTES, Math.max(1, entry.sizeBytes)));
    for (let at = 0; ; ) {
      const got = await handle.read(buffer, 0, buffer.length, at);
      if (got === 0) break;
      hasher.update(buffer.subarray(0, got));
      at += got;
    }
    const after = handle.stat();
    if (before.mtimeNs !== after.mtimeNs || before.sizeBytes !== after.sizeBytes)
      return ['different', 'it changes'];
    return Buffer.compare(hasher.digest(), known.hash) === 0 ? undefined : ['different', 'content'];
  } finally {
    handle.close();
  }
}

function byName(one: SourceEntry, other: SourceEntry): number {
  return one.name < other.name ? -1 : 1;
}
