/**
 * A look at the disk: what stands at a path, as the index keeps it.
 */
import { microseconds } from '@lanmirror/engine/core';
import type { ReadableTree, Stat } from '@lanmirror/engine/tree';
import { MAX_LINK_BYTES, utf8Length } from '@lanmirror/protocol';
import type { IndexEntry, Observed } from '../index/index-entry.ts';

/** A node younger than this may be written again within the same clock tick of older kernels. */
const CLOCK_TICK_NS = 20_000_000n;

/** Why a node cannot be mirrored. */
export type Unmirrorable = 'not-mirrored-kind' | 'link-too-long';

/**
 * The index form of a node, or why it cannot be mirrored. `wallMs` is the present time.
 * Throws TreeError when a link cannot be read.
 */
export function observe(
  tree: ReadableTree,
  path: string,
  stat: Stat,
  wallMs: number,
): Observed | Unmirrorable {
  if (stat.kind === 'other') return 'not-mirrored-kind';
  const linkTarget = stat.kind === 'link' ? tree.readLink(path) : '';
  if (utf8Length(linkTarget) > MAX_LINK_BYTES) return 'link-too-long';
  return {
    ...stat,
    kind: stat.kind,
    sizeBytes: stat.kind === 'file' ? stat.sizeBytes : 0,
    mtimeUs: microseconds(stat.mtimeNs),
    linkTarget,
    isFresh: BigInt(Math.floor(wallMs)) * 1_000_000n - stat.ctimeNs < CLOCK_TICK_NS,
  };
}

/** Whether an open file is still exactly what the index knows. */
export function isAsIndexed(entry: IndexEntry, stat: Stat): boolean {
  return (
    stat.kind === 'file' &&
    stat.sizeBytes === entry.sizeBytes &&
    stat.mtimeNs === entry.mtimeNs &&
    stat.ctimeNs === entry.ctimeNs &&
    stat.ino === entry.ino
  );
}
