/**
 * What stands on the target, as it was last agreed: the source entry that was applied, and how the disk
 * looked right after, which is how an edit behind our back is recognised.
 */
import type { Placed } from '@lanmirror/engine/core';
import type { Stat } from '@lanmirror/engine/tree';

/** The content is on the target, but it is not known which version of the source it is. */
export const UNKNOWN_VERSION = -1;

export interface BaselineEntry extends Placed {
  readonly sizeBytes: number;
  /** The name at the source, where this target has another one for it. */
  readonly sourceName?: string;
  /** While it is parked: the path at the source that it is renamed from. */
  readonly parkedFrom?: string;
  /** BLAKE3 of the content; null when it was never computed. */
  readonly hash: Uint8Array | null;
  readonly disk: DiskFacts;
  /** When it first appeared on this target, wall clock. */
  readonly bornMs: number;
  /** Number of the checkpoint that makes it durable. */
  readonly checkpoint: number;
  /** While it is kept although the source does not have it: the age of the clock of what is kept when that was heard. */
  readonly goneAtMs?: number;
  /** The source said that it exists no more, which is more than not naming it. */
  readonly isGone?: true;
  /** A rule kept it when it was gone, and something else has its place now: it goes to the trash in any case. */
  readonly isSpared?: true;
  /** What stands there is not what was put there, and nobody is known to have written to it. */
  readonly isDamaged?: true;
  /** It counts as this version for its size and time alone: its hash was never compared with that of this version. */
  readonly isUnproved?: true;
}

/**
 * Whether the content that was left here came from the server, whichever version of it that is by now: a
 * content that was found to be another has no hash.
 */
export function isFromServer({ version, hash }: BaselineEntry): boolean {
  return version !== UNKNOWN_VERSION || hash !== null;
}

/** The hash of the content, as far as it is proved to be that of its version; null when it is not. */
export function provedHash({
  hash,
  isUnproved,
}: Pick<BaselineEntry, 'hash' | 'isUnproved'>): Uint8Array | null {
  return isUnproved === true ? null : hash;
}

/** The entry under another id: what the source said of the old one does not count any more. */
export function withoutWord({ isGone: _word, goneAtMs: _age, ...entry }: BaselineEntry): BaselineEntry {
  return entry;
}

export interface DiskFacts {
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly sizeBytes: number;
  /** Left out by older states. What was set may be another one: not every disk keeps it. */
  readonly mode?: number;
}

export function diskFacts(stat: Stat): DiskFacts {
  const { ino, mtimeNs, ctimeNs, sizeBytes, mode } = stat;
  return { ino, mtimeNs, ctimeNs, sizeBytes, mode };
}

/** Whether the permission bits are those that the disk showed when it was given them. */
export function isModeLeft({ disk, mode }: BaselineEntry, stat: Stat): boolean {
  return stat.mode === (disk.mode ?? mode);
}

/** A place as the target has it. */
export interface TargetPlace {
  readonly parentId: number;
  readonly name: string;
  readonly sourceName?: string | undefined;
}

/** The entry at another place. */
export function atPlace(entry: BaselineEntry, { parentId, name, sourceName }: TargetPlace): BaselineEntry {
  const { sourceName: _before, parkedFrom: _parked, ...rest } = entry;
  return { ...rest, parentId, name, ...(sourceName !== undefined && { sourceName }) };
}

/**
 * Whether the node on disk is what was left there. A folder is whatever folder has its name.
 *
 * Another file of the same size and time that took the name is another node and has another change time.
 * One of the two alone proves nothing: links and modes move the change time, and on some file systems a
 * file has another number after every mount.
 */
export function isAsLeft(entry: Pick<BaselineEntry, 'kind' | 'disk'>, stat: Stat): boolean {
  if (stat.kind !== entry.kind) return false;
  if (entry.kind === 'directory') return true;
  const { ino, mtimeNs, ctimeNs, sizeBytes } = entry.disk;
  if (stat.mtimeNs !== mtimeNs || stat.sizeBytes !== sizeBytes) return false;
  return stat.ino === ino || stat.ctimeNs === ctimeNs;
}

/** The entry under the name that it has at the source. */
export function asAtSource(entry: BaselineEntry): BaselineEntry {
  return entry.sourceName === undefined ? entry : { ...entry, name: entry.sourceName };
}
