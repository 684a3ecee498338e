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
import { type EntryKind, isReservedAtTop, joinPath, type SourceEntry } from '@lanmirror/protocol';
import { withoutKept } from '../plan/kept.ts';
import { concerning } from '../plan/left-alone.ts';
import { isAsLeft, provedHash } from '../state/baseline-entry.ts';
import { isSameTimeHere, type MirrorState } from '../state/mirror-state.ts';
import { mirroredView } from '../state/mirrored-view.ts';
import { type PlacedEntry, placedPath, sourcePathOf } from '../state/placement.ts';
import { type Finding, type Verdict, WRONG } from './finding.ts';
import { judgeLeft } from './judge-left.ts';

const PART_BYTES = 1 << 20;
const SLICE_MS = 10;
const LOST =
  'damaged on the disk; what was left here is nowhere any more, a repair takes what the source has';
const UNCOMPARED = 'its content was never compared, which does not count';

export interface ComparisonHost {
  readonly tree: ReadableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly wanted: PathPattern;
  /** Whether somebody is at work on this entry, so that what differs now is about to be right. */
  isInFlight(id: number): boolean;
  /** Whether the rule for deletions keeps what stands at a path although the source has nothing there. */
  stays(path: string, kind: EntryKind): boolean;
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
      if (child.kind === 'directory' && (isWanted || wanted.mayHold(childPath)))
        if (isEntered(host, joinPath(here, placed.name))) stack.push(child.id);
      if (!isWanted) continue;
      yield await judge(host, placed, childPath, joinPath(here, placed.name));
      if (clock.nowMs() - sliceStart < SLICE_MS) continue;
      await clock.turn();
      sliceStart = clock.nowMs();
    }
    if (typeof names === 'string') continue;
    for (const name of withoutKept(state, id, concerning(host, id, [...names.values()].flat()))) {
      const finding = judgeExtra(host, id, name, joinPath(here, name));
      if (finding !== undefined && wanted.isMatch(finding.path)) yield finding;
    }
  }
}

/** Undefined for what is to stay: it is kept as soon as the mirror looks at it. */
function judgeExtra(
  { tree, state, stays }: ComparisonHost,
  parentId: number,
  name: string,
  here: string,
): Finding | undefined {
  const id = state.baseline.childId(parentId, name);
  const path = (id === undefined ? undefined : sourcePathOf(state, id)) ?? here;
  if (state.meta.isHeld && id !== undefined) return { path, verdict: 'held', detail: '', id: undefined };
  try {
    const kind = tree.stat(here)?.kind ?? 'file';
    if (stays(path, kind === 'other' ? 'file' : kind)) return undefined;
  } catch (error) {
    // What cannot be looked at stands there all the same.
    if (!(error instanceof TreeError)) throw error;
  }
  return { path, verdict: 'extra', detail: '', id: undefined };
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
    const left = reasonToLeave(host, entry, here, stat, verdict);
    if (left !== undefined && (await isLost(host, entry.id, here, stat))) return found('different', LOST);
    if (left !== undefined) return found('left', left);
    const isNewer = host.state.view.get(entry.id)?.sequence !== entry.sequence;
    const isPending = isNewer || host.isInFlight(entry.id);
    if (verdict[0] === 'same' || !isPending) return explained(host.state, found(...verdict));
    return found('pending');
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return explained(
      host.state,
      error.code === 'ABSENT' ? found('missing') : found('unreadable', error.code),
    );
  }
}

/** With the problem that a person was told of, which says why it is so. */
function explained(state: MirrorState, finding: Finding): Finding {
  const { id, verdict, detail } = finding;
  if (!WRONG.has(verdict) || id === undefined || !state.isDirty(id)) return finding;
  const problem = state.problems.at('failed', id) ?? state.problems.at('kept', id);
  if (problem === undefined) return finding;
  const why = `${problem.code}: ${problem.message}`;
  return { ...finding, detail: detail === '' ? why : `${detail}; ${why}` };
}

function reasonToLeave(
  { tree, state }: ComparisonHost,
  entry: PlacedEntry,
  path: string,
  stat: Stat | undefined,
  [verdict, detail = '']: readonly [Verdict, string?],
): string | undefined {
  if (verdict === 'same') return undefined;
  // What is like the source in size and time is right where contents do not count.
  if (verdict === 'unproved') return state.meta.compare.includes('hash') ? undefined : UNCOMPARED;
  const isContentKnown = verdict === 'different' && detail !== 'content' && detail !== 'it changes';
  return judgeLeft({ tree, state, path, stat }, entry, isContentKnown);
}

/** Where nothing new is made, nothing in a folder of the source is looked for in what is none here. */
function isEntered({ tree, state }: ComparisonHost, here: string): boolean {
  if (state.meta.compare.includes('missing')) return true;
  try {
    return tree.stat(here)?.kind === 'directory';
  } catch (error) {
    // The listing meets it again, and says why.
    if (error instanceof TreeError) return true;
    throw error;
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
  const hash = provedHash(known);
  if (hash === null) return ['unproved'];
  const here = await hashOf(tree, path, entry.sizeBytes);
  if (here === undefined) return ['different', 'it changes'];
  return Buffer.compare(here, hash) === 0 ? undefined : ['different', 'content'];
}

/** Whether a file that nobody has written to since it was left here has another content than it had. Throws TreeError. */
async function isLost(
  { tree, state }: ComparisonHost,
  id: number,
  path: string,
  stat: Stat | undefined,
): Promise<boolean> {
  const known = state.baseline.get(id);
  if (stat === undefined || known === undefined || known.hash === null || known.kind !== 'file') return false;
  if (!isAsLeft(known, stat)) return false;
  const here = await hashOf(tree, path, known.sizeBytes);
  return here !== undefined && Buffer.compare(here, known.hash) !== 0;
}

/** BLAKE3 of a file; undefined when it changes while it is read. Throws TreeError. */
async function hashOf(tree: ReadableTree, path: string, sizeBytes: number): Promise<Uint8Array | undefined> {
  const handle = tree.open(path);
  try {
    const before = handle.stat();
    const hasher = createHasher();
    const buffer = new Uint8Array(Math.min(PART_BYTES, Math.max(1, sizeBytes)));
    for (let at = 0; ; ) {
      const got = await handle.read(buffer, 0, buffer.length, at);
      if (got === 0) break;
      hasher.update(buffer.subarray(0, got));
      at += got;
    }
    const after = handle.stat();
    const isQuiet = before.mtimeNs === after.mtimeNs && before.sizeBytes === after.sizeBytes;
    return isQuiet ? hasher.digest() : undefined;
  } finally {
    handle.close();
  }
}

function byName(one: SourceEntry, other: SourceEntry): number {
  return one.name < other.name ? -1 : 1;
}
