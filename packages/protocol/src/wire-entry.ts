/**
 * The form of an entry on the wire: a tuple, because a feed carries millions of them. The only
 * place that knows both forms.
 */
import type { EntryKind, SourceEntry } from './entry.ts';

const KIND_CODES: Readonly<Record<EntryKind, number>> = { directory: 0, file: 1, link: 2 };
/** A folder whose content is not known. */
const OPAQUE = 3;
/** A file whose content is not published. */
const EXCLUDED = 4;
const KINDS: readonly EntryKind[] = ['directory', 'file', 'link', 'directory', 'file'];

/** [id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget] */
export type WireEntry = readonly [
  number,
  number,
  string,
  number,
  number,
  number,
  number,
  number,
  number,
  string,
];

export function toWire(entry: SourceEntry): WireEntry {
  return [
    entry.id,
    entry.parentId,
    entry.name,
    kindCodeOf(entry),
    entry.sequence,
    entry.version,
    entry.sizeBytes,
    entry.mtimeUs,
    entry.mode,
    entry.linkTarget,
  ];
}

function kindCodeOf({ kind, isOpaque, isExcluded }: SourceEntry): number {
  if (isOpaque === true) return OPAQUE;
  return isExcluded === true ? EXCLUDED : KIND_CODES[kind];
}

/** The fields by name, unchecked; undefined when the value is not a tuple of this length. */
export function fromWire(value: unknown): Record<keyof Required<SourceEntry>, unknown> | undefined {
  if (!Array.isArray(value) || value.length !== 10) return undefined;
  return {
    id: value[0],
    parentId: value[1],
    name: value[2],
    // Not every value can be an index: one from the wire may be a text, or refuse to become one.
    kind: typeof value[3] === 'number' ? KINDS[value[3]] : undefined,
    sequence: value[4],
    version: value[5],
    sizeBytes: value[6],
    mtimeUs: value[7],
    mode: value[8],
    linkTarget: value[9],
    isOpaque: value[3] === OPAQUE,
    isExcluded: value[3] === EXCLUDED,
  };
}

/** An upper bound of the bytes that an entry takes on the wire. */
export function wireBytes(entry: SourceEntry): number {
  return 64 + 3 * (entry.name.length + entry.linkTarget.length);
}
