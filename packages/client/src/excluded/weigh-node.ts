/**
 * Counts what stands at a place of the target, with all that is in it, and finds what forbids to put it away. What was
 * weighed twice with the same mark is the same: nobody wrote to it, added to it or took from it in between.
 */
import type { Clock, DeleteRule } from '@lanmirror/engine/core';
import { createHasher, type NodeKind, type Stat, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { joinPath, nameOf, RESERVED_NAME } from '@lanmirror/protocol';
import { cleanedRowOf } from '../clean/cleaned-guard.ts';
import type { CleanedRecord } from '../clean/cleaned-record.ts';
import type { MirrorState } from '../state/mirror-state.ts';

const SLICE_MS = 10;

/**
 * Why it stays. `never`: the rule for deletions says so. `cleaned`: it was taken from the source, and may be the only copy. `mounted`: another disk, whose files would seem to be in the
 * trash. `target`: a mirror of its own. `problem`: a place that could not be handled. `blind`: the source cannot look
 * there now. `unreadable`: not all of it can be looked at.
 */
export type Obstacle = 'never' | 'cleaned' | 'mounted' | 'target' | 'problem' | 'blind' | 'unreadable';

export interface Weight {
  readonly kind: NodeKind;
  /** All that is no folder. */
  readonly files: number;
  /** With the one at the top. */
  readonly folders: number;
  /** Bytes of the files. */
  readonly sizeBytes: number;
  /** The first thing that forbids to put it away, and its path at the source; undefined when nothing does. */
  readonly stays: { readonly why: Obstacle; readonly path: string } | undefined;
  /** Equal for what is the same. */
  readonly mark: string;
}

export interface WeighHost {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly deleteRule: DeleteRule;
  /** What was taken from the source because it is here. */
  readonly cleaned: CleanedRecord;
  /** Paths at the source of what could not be handled. */
  readonly problemPaths: ReadonlySet<string>;
}

interface Place {
  /** On the target. */
  readonly here: string;
  /** At the source. */
  readonly path: string;
}

/** @returns undefined when nothing stands there. Throws TreeError for what cannot be looked at itself. */
export async function weighNode(host: WeighHost, top: Place): Promise<Weight | undefined> {
  const stat = host.tree.stat(top.here);
  if (stat === undefined) return undefined;
  const hasher = createHasher();
  const device = host.tree.rootStat()?.dev;
  // A part of the same file system that is mounted there (a bind mount) has no device of its own.
  const mounted = new Set(host.tree.mountedIn?.(top.here));
  const sum = { files: 0, folders: 0, sizeBytes: 0 };
  let stays: Weight['stays'];
  const stack: (Place & { readonly stat: Stat })[] = [{ ...top, stat }];
  let sliceStart = host.clock.nowMs();
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    hasher.update(Buffer.from(`${at.here}\0${factsOf(at.stat)}\n`));
    const why = mounted.has(at.here) ? 'mounted' : obstacleOf(host, at, device);
    if (why !== undefined) stays ??= { why, path: at.path };
    if (at.stat.kind === 'directory') {
      sum.folders += 1;
      // What is on another disk is not counted: that may be all of a network.
      if (why !== 'mounted' && !lookInto(host, at, stack, hasher, sum))
        stays ??= { why: 'unreadable', path: at.path };
    } else {
      sum.files += 1;
      if (at.stat.kind === 'file') sum.sizeBytes += at.stat.sizeBytes;
    }
    if (host.clock.nowMs() - sliceStart < SLICE_MS) continue;
    await host.clock.turn();
    sliceStart = host.clock.nowMs();
  }
  return { kind: stat.kind, ...sum, stays, mark: Buffer.from(hasher.digest()).toString('hex') };
}

/** Returns whether all of a folder could be looked at. Names that are no text are counted, and go with it. */
function lookInto(
  { tree }: WeighHost,
  { here, path }: Place,
  stack: (Place & { readonly stat: Stat })[],
  hasher: { update(bytes: Uint8Array): unknown },
  sum: { files: number },
): boolean {
  try {
    const { names, undecodable } = tree.list(here);
    hasher.update(Buffer.from(`${[...undecodable].sort().join('\n')}\n`));
    sum.files += undecodable.length;
    for (const name of [...names].sort()) {
      const child = { here: joinPath(here, name), path: joinPath(path, name) };
      const stat = tree.stat(child.here);
      if (stat !== undefined) stack.push({ ...child, stat });
    }
    return true;
  } catch (error) {
    if (error instanceof TreeError) return false;
    throw error;
  }
}

/** A file of an overlay may be of another device than its folder; a folder is not. */
function obstacleOf(
  { tree, state, deleteRule, cleaned, problemPaths }: WeighHost,
  { here, path, stat }: Place & { readonly stat: Stat },
  device: bigint | undefined,
): Obstacle | undefined {
  const isFolder = stat.kind === 'directory';
  if (isFolder && stat.dev !== device) return 'mounted';
  if (isFolder && nameOf(here) === RESERVED_NAME && tree.stat(joinPath(here, 'marker')) !== undefined)
    return 'target';
  if (problemPaths.has(path)) return 'problem';
  const known = { kind: stat.kind === 'other' ? ('file' as const) : stat.kind, hash: null, disk: stat };
  if (cleanedRowOf(cleaned, { tree, state }, path, known) !== undefined) return 'cleaned';
  const { choice, never } = deleteRule;
  return choice === 'never' || never.isExcluded(path, known.kind) ? 'never' : undefined;
}

function factsOf({ kind, ino, sizeBytes, mtimeNs, ctimeNs }: Stat): string {
  return [kind, ino, sizeBytes, mtimeNs, ctimeNs].join(' ');
}
