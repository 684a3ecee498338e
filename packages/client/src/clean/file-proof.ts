/** Reads a file at the source and its copy on the target, now and whole, and says whether the one may go. */
import {
  type CleanRefusal,
  isUntouched,
  type NodeSight,
  refusalBySight,
  refusalOf,
} from '@lanmirror/engine/core';
import { createHasher, ReadAhead, type ReadableTree, type Stat, TreeError } from '@lanmirror/engine/tree';
import type { Candidate } from './candidate.ts';

/** A candidate of which both ends were read and are the same. */
export interface ProvedFile {
  readonly candidate: Candidate;
  readonly source: Stat;
  readonly target: Stat;
  readonly hash: Uint8Array;
}

export interface ProofHost {
  readonly source: ReadableTree;
  readonly target: ReadableTree;
  /** Nobody waits for the rest of a file. */
  isStopped(): boolean;
}

interface WholeRead {
  readonly before: Stat;
  readonly after: Stat;
  readonly hash: Uint8Array;
}

/** Resolves to the reason why it stays, if it does; undefined when it was stopped. Rejects with TreeError. */
export async function proveFile(
  host: ProofHost,
  candidate: Candidate,
): Promise<ProvedFile | CleanRefusal | undefined> {
  const { path, known } = candidate;
  const sourceDev = host.source.rootStat()?.dev;
  if (sourceDev === undefined) return 'NOT_KNOWN';
  // What stays whatever is in it is not read again at each look.
  const stays = refusalAtSight(host, sourceDev, candidate);
  if (stays !== undefined) return stays;
  const source = await readWhole(host, host.source, path);
  const target = source && (await readWhole(host, host.target, path));
  if (source === undefined || target === undefined) return undefined;
  const refusal = refusalOf({ sourceDev, source, target, known });
  return refusal ?? { candidate, source: source.after, target: target.after, hash: source.hash };
}

/** Throws TreeError, with what is there, when that is no file. */
function refusalAtSight(
  host: ProofHost,
  sourceDev: bigint,
  { path, known }: Candidate,
): CleanRefusal | undefined {
  const [source, target] = [host.source, host.target].map((tree) => {
    const there = tree.stat(path);
    if (there?.kind !== 'file') tree.open(path).close();
    return there;
  });
  if (source === undefined || target === undefined) return undefined;
  return refusalBySight({ sourceDev, source, target, known });
}

/** Whether a file stands there now that may go at all: alone in its content, and where the trash of the source is. */
export function isOneFileOf(source: ReadableTree, path: string): boolean {
  try {
    const there = source.stat(path);
    return there?.kind === 'file' && there.links === 1 && there.dev === source.rootStat()?.dev;
  } catch (error) {
    // What cannot be looked at does not go either.
    if (error instanceof TreeError) return false;
    throw error;
  }
}

/** Whether both files are still exactly what was read. Throws TreeError. */
export function isStillProved({ source, target }: ProofHost, proved: ProvedFile): boolean {
  const { path } = proved.candidate;
  return isSame(source.stat(path), proved.source) && isSame(target.stat(path), proved.target);
}

/**
 * Whether the target's file is what was read, by opening it: an open asks the disk of a network drive, where a look may be
 * answered from memory.
 */
export function isCopyThere({ target }: Pick<ProofHost, 'target'>, proved: ProvedFile): boolean {
  try {
    const handle = target.open(proved.candidate.path);
    try {
      return isUntouched(proved.target, handle.opened);
    } finally {
      handle.close();
    }
  } catch (error) {
    if (error instanceof TreeError) return false;
    throw error;
  }
}

function isSame(now: NodeSight | undefined, before: NodeSight): boolean {
  return now !== undefined && isUntouched(before, now);
}

async function readWhole(host: ProofHost, tree: ReadableTree, path: string): Promise<WholeRead | undefined> {
  const handle = tree.open(path);
  try {
    const before = handle.opened;
    const hasher = createHasher();
    const reader = new ReadAhead(handle, 0, before.sizeBytes);
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      if (host.isStopped()) return undefined;
      hasher.update(chunk.bytes);
    }
    // A copy that somebody else made, and that was taken over, may be nowhere but in memory.
    if (tree === host.target) await handle.flush?.();
    return { before, after: handle.stat(), hash: hasher.digest() };
  } finally {
    handle.close();
  }
}
