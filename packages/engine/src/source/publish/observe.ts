/**
 * A look at the disk: what stands at a path, as the index keeps it.
 */

import { entryFault, MAX_LINK_BYTES, nameOf, ROOT_ID, utf8Length } from '@lanmirror/protocol';
import { microseconds } from '../../core/index.ts';
import type { ReadableTree, Stat } from '../../tree/index.ts';
import type { IndexEntry, Observed } from '../index/index-entry.ts';

/** A node younger than this may be written again within the same clock tick of older kernels. */
const CLOCK_TICK_MS = 20;
const NS_PER_MS = 1e6;

/**
 * Why a node cannot be mirrored. `time-out-of-range`: its modification time is beyond what the wire carries,
 * before 1684 or after 2255. `unsendable`: the protocol has no form for it for any other reason.
 */
export type Unmirrorable =
  | 'not-mirrored-kind'
  | 'link-too-long'
  | 'link-not-utf8'
  | 'time-out-of-range'
  | 'unsendable';

/** Ids of no meaning, to ask whether an entry could be sent. */
const SOME_ID = ROOT_ID + 1;

/**
 * The index form of a node, or why it cannot be mirrored. `wallMs` is the present time. A folder whose
 * modification time cannot be carried has the time of its last change instead, because what is in it can.
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
  if (linkTarget === undefined) return 'link-not-utf8';
  if (utf8Length(linkTarget) > MAX_LINK_BYTES) return 'link-too-long';
  const mtimeNs = stat.kind === 'directory' && !isCarried(stat.mtimeNs) ? stat.ctimeNs : stat.mtimeNs;
  const mtimeUs = microseconds(mtimeNs);
  if (!Number.isSafeInteger(mtimeUs)) return 'time-out-of-range';
  const { kind, ctimeNs, birthtimeNs, mode, dev, ino, links } = stat;
  const sizeBytes = kind === 'file' ? stat.sizeBytes : 0;
  const isFresh = Math.floor(wallMs) - Number(ctimeNs) / NS_PER_MS < CLOCK_TICK_MS;
  // In one piece: objects that are merged are slow to make and to read, and a scan makes one for every node.
  const seen = {
    kind,
    sizeBytes,
    mtimeNs,
    mtimeUs,
    ctimeNs,
    birthtimeNs,
    mode,
    linkTarget,
    dev,
    ino,
    links,
    isFresh,
  };
  return isSendable(path, seen) ? seen : 'unsendable';
}

function isCarried(mtimeNs: bigint): boolean {
  return Number.isSafeInteger(microseconds(mtimeNs));
}

/** What the check of the wire refuses would end every connection, again and again. */
function isSendable(path: string, seen: Observed): boolean {
  const { kind, sizeBytes, mtimeUs, mode, linkTarget } = seen;
  const isRoot = path === '';
  const id = isRoot ? ROOT_ID : SOME_ID + 1;
  const parentId = isRoot ? 0 : path.includes('/') ? SOME_ID : ROOT_ID;
  const name = nameOf(path);
  const issued = { id, parentId, name, kind, sequence: 1, version: 1, sizeBytes, mtimeUs, mode, linkTarget };
  return entryFault(issued) === undefined;
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
