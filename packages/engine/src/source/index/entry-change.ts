/**
 * What a change makes of an entry of the index. Pure: the entry of before in, the next one out.
 */
import type { IndexEntry, Observed } from './index-entry.ts';

/** Where an entry stands, and as what. */
export interface EntryPlace {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
}

/**
 * An entry that was not known before. Field by field, in the order in which an entry is read: a scan makes a million of
 * them, and objects that are merged take several times as long to make and to read.
 */
export function createdEntry(place: EntryPlace, seen: Observed, sequence: number): IndexEntry {
  return {
    id: place.id,
    parentId: place.parentId,
    name: place.name,
    kind: seen.kind,
    sequence,
    version: sequence,
    movedIn: 0,
    sizeBytes: seen.sizeBytes,
    mtimeUs: seen.mtimeUs,
    mode: seen.mode,
    linkTarget: seen.linkTarget,
    hash: null,
    isFresh: seen.isFresh,
    mtimeNs: seen.mtimeNs,
    ctimeNs: seen.ctimeNs,
    birthtimeNs: seen.birthtimeNs,
    dev: seen.dev,
    ino: seen.ino,
    links: seen.links,
  };
}

/** The entry as a look found it. With another content it is a new version, of which nothing bad is known. */
export function updatedEntry(
  entry: IndexEntry,
  seen: Observed,
  sequence: number,
  isContent: boolean,
): IndexEntry {
  const { version, hash } = entry;
  if (!isContent) return { ...entry, ...seen, sequence, version, hash };
  const { isDamaged: _before, ...healthy } = { ...entry, ...seen };
  return { ...healthy, sequence, version: sequence, hash: null };
}

/** The entry in another place. It came from another folder at the sequence `movedIn`. */
export function movedEntry(entry: IndexEntry, parentId: number, name: string, sequence: number): IndexEntry {
  const movedIn = parentId === entry.parentId ? entry.movedIn : sequence;
  return { ...entry, parentId, name, sequence, movedIn };
}

/** The entry, of whose content it is known or not what is in it. */
export function opaqueEntry(entry: IndexEntry, isOpaque: boolean, sequence: number): IndexEntry {
  const { isOpaque: _before, ...plain } = { ...entry, sequence };
  return isOpaque ? { ...plain, isOpaque } : plain;
}

/** The file, whose content is published or not. */
export function excludedEntry(entry: IndexEntry, isExcluded: boolean, sequence: number): IndexEntry {
  const { isExcluded: _before, ...plain } = { ...entry, sequence };
  return isExcluded ? { ...plain, isExcluded } : plain;
}

/** The entry, whose content the disk does not give any more, or gives again. */
export function damagedEntry(entry: IndexEntry, isDamaged: boolean): IndexEntry {
  const { isDamaged: _before, ...plain } = entry;
  return isDamaged ? { ...plain, isDamaged } : plain;
}
