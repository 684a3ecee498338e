/**
 * What the index keeps of one entry: what the wire carries, and what identifies the node on disk.
 */

import type { EntryKind, SourceEntry } from '@lanmirror/protocol';
import type { NodeFacts } from '../../core/index.ts';

export interface IndexEntry extends SourceEntry, NodeFacts {
  readonly kind: EntryKind;
  /** Sequence at which it last came from another folder; 0 when it is where it was created. */
  readonly movedIn: number;
  /** BLAKE3 of the content at `version`, null until it was read once. */
  readonly hash: Uint8Array | null;
  /**
   * The node had changed less than a clock tick before it was looked at: a later write may have left
   * the very same times, so equal times do not prove equal content.
   */
  readonly isFresh: boolean;
  /** The disk does not give the content of `version` any more, though nobody has written to the file. */
  readonly isDamaged?: true;
}

/** Fields of an entry that a look at the disk decides. */
export type Observed = Omit<
  IndexEntry,
  | 'id'
  | 'parentId'
  | 'name'
  | 'sequence'
  | 'version'
  | 'hash'
  | 'movedIn'
  | 'isOpaque'
  | 'isExcluded'
  | 'isDamaged'
>;

/** The part of an index entry that goes over the wire. */
export function toSourceEntry(entry: IndexEntry): SourceEntry {
  const { id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget } = entry;
  const plain = { id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget };
  if (entry.isOpaque === true) return { ...plain, isOpaque: true };
  return entry.isExcluded === true ? { ...plain, isExcluded: true } : plain;
}
