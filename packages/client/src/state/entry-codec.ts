/**
 * How entries of the view and of the baseline are stored: at fixed places (`fixed-row.ts`), or, where they have what
 * most have not, as values in a fixed order, without names. What an older program stored with names, or all in that
 * order, is still read.
 */
import { msgpackCodec, type ValueCodec } from '@lanmirror/engine/store';
import type { EntryKind, SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from './baseline-entry.ts';
import { baselineRows, type FixedRows, isFixedRow, sourceRows } from './fixed-row.ts';

type SourceRow = readonly [
  ...(readonly [
    id: number,
    parentId: number,
    name: string,
    kind: EntryKind,
    sequence: number,
    version: number,
  ]),
  ...(readonly [sizeBytes: number, mtimeUs: number, mode: number, linkTarget: string, isOpaque?: true]),
];

type BaselineRow = readonly [
  ...(readonly [id: number, parentId: number, name: string, kind: EntryKind, version: number]),
  ...(readonly [
    sizeBytes: number,
    mtimeUs: number,
    mode: number,
    linkTarget: string,
    hash: Uint8Array | null,
  ]),
  ...(readonly [
    ino: bigint,
    mtimeNs: bigint,
    ctimeNs: bigint,
    diskSizeBytes: number,
    diskMode: number | null,
  ]),
  ...(readonly [bornMs: number, checkpoint: number]),
  ...(readonly [
    sourceName?: string | null,
    parkedFrom?: string | null,
    isGone?: true | null,
    goneAtMs?: number | null,
    isSpared?: true | null,
    isDamaged?: true | null,
    isUnproved?: true,
  ]),
];

export function sourceEntryCodec(): ValueCodec<SourceEntry> {
  return rowCodec(sourceRows(), packSource, unpackSource);
}

export function baselineEntryCodec(): ValueCodec<BaselineEntry> {
  return rowCodec(baselineRows(), packBaseline, unpackBaseline);
}

function rowCodec<V extends object, R extends readonly unknown[]>(
  fixed: FixedRows<V>,
  pack: (value: V) => R,
  unpack: (row: R) => V,
): ValueCodec<V> {
  const codec = msgpackCodec<R | V>();
  return {
    encode: (value) => fixed.write(value) ?? codec.encode(pack(value)),
    decode(bytes) {
      if (isFixedRow(bytes)) return fixed.read(bytes);
      const stored = codec.decode(bytes);
      return Array.isArray(stored) ? unpack(stored as unknown as R) : (stored as V);
    },
  };
}

function packSource(entry: SourceEntry): SourceRow {
  const { id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget } = entry;
  const row = [id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget] as const;
  return entry.isOpaque === true ? [...row, true] : row;
}

function unpackSource(row: SourceRow): SourceEntry {
  // By index: taking an array apart by pattern costs several times as much, and this is done for every entry.
  const entry = {
    id: row[0],
    parentId: row[1],
    name: row[2],
    kind: row[3],
    sequence: row[4],
    version: row[5],
    sizeBytes: row[6],
    mtimeUs: row[7],
    mode: row[8],
    linkTarget: row[9],
  };
  return row[10] === true ? { ...entry, isOpaque: true } : entry;
}

function packBaseline(entry: BaselineEntry): BaselineRow {
  const { id, parentId, name, kind, version, sizeBytes, mtimeUs, mode, linkTarget, hash } = entry;
  const { bornMs, checkpoint, sourceName = null, parkedFrom = null, isGone = null, goneAtMs = null } = entry;
  const { ino, mtimeNs, ctimeNs, sizeBytes: diskSizeBytes, mode: diskMode = null } = entry.disk;
  const facts = [id, parentId, name, kind, version, sizeBytes, mtimeUs, mode, linkTarget, hash] as const;
  const disk = [ino, mtimeNs, ctimeNs, diskSizeBytes, diskMode] as const;
  const words = [sourceName, parkedFrom, isGone, goneAtMs] as const;
  const { isSpared = null, isDamaged = null, isUnproved } = entry;
  if (isUnproved === true)
    return [...facts, ...disk, bornMs, checkpoint, ...words, isSpared, isDamaged, true];
  if (isDamaged === true) return [...facts, ...disk, bornMs, checkpoint, ...words, isSpared, true];
  if (isSpared === true) return [...facts, ...disk, bornMs, checkpoint, ...words, true];
  if (words.every((word) => word === null)) return [...facts, ...disk, bornMs, checkpoint];
  return [...facts, ...disk, bornMs, checkpoint, ...words];
}

function unpackBaseline(row: BaselineRow): BaselineEntry {
  const disk = { ino: row[10], mtimeNs: row[11], ctimeNs: row[12], sizeBytes: row[13] };
  const entry = {
    id: row[0],
    parentId: row[1],
    name: row[2],
    kind: row[3],
    version: row[4],
    sizeBytes: row[5],
    mtimeUs: row[6],
    mode: row[7],
    linkTarget: row[8],
    hash: row[9],
    disk: row[14] === null ? disk : { ...disk, mode: row[14] },
    bornMs: row[15],
    checkpoint: row[16],
  };
  if (row.length === 17) return entry;
  return {
    ...entry,
    ...(typeof row[17] === 'string' && { sourceName: row[17] }),
    ...(typeof row[18] === 'string' && { parkedFrom: row[18] }),
    ...(row[19] === true && { isGone: true }),
    ...(typeof row[20] === 'number' && { goneAtMs: row[20] }),
    ...(row[21] === true && { isSpared: true }),
    ...(row[22] === true && { isDamaged: true }),
    ...(row[23] === true && { isUnproved: true }),
  };
}
