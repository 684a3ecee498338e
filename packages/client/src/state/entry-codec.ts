/**
 * How entries of the view and of the baseline are stored: their values in a fixed order, without names. That is half
 * the bytes, and half the time, of a map with names. What an older program stored with names is still read.
 */
import { msgpackCodec, type ValueCodec } from '@lanmirror/engine/store';
import type { EntryKind, SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from './baseline-entry.ts';

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
  ...(readonly [sourceName?: string | null, parkedFrom?: string | null, isGone?: true | null]),
];

export function sourceEntryCodec(): ValueCodec<SourceEntry> {
  return rowCodec(packSource, unpackSource);
}

export function baselineEntryCodec(): ValueCodec<BaselineEntry> {
  return rowCodec(packBaseline, unpackBaseline);
}

function rowCodec<V extends object, R extends readonly unknown[]>(
  pack: (value: V) => R,
  unpack: (row: R) => V,
): ValueCodec<V> {
  const codec = msgpackCodec<R | V>();
  return {
    encode: (value) => codec.encode(pack(value)),
    decode(bytes) {
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
  const [id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget, isOpaque] = row;
  const entry = { id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget };
  return isOpaque === true ? { ...entry, isOpaque } : entry;
}

function packBaseline(entry: BaselineEntry): BaselineRow {
  const { id, parentId, name, kind, version, sizeBytes, mtimeUs, mode, linkTarget, hash } = entry;
  const { bornMs, checkpoint, sourceName = null, parkedFrom = null, isGone = null } = entry;
  const { ino, mtimeNs, ctimeNs, sizeBytes: diskSizeBytes, mode: diskMode = null } = entry.disk;
  const facts = [id, parentId, name, kind, version, sizeBytes, mtimeUs, mode, linkTarget, hash] as const;
  const disk = [ino, mtimeNs, ctimeNs, diskSizeBytes, diskMode] as const;
  if (sourceName === null && parkedFrom === null && isGone === null)
    return [...facts, ...disk, bornMs, checkpoint];
  return [...facts, ...disk, bornMs, checkpoint, sourceName, parkedFrom, isGone];
}

function unpackBaseline(row: BaselineRow): BaselineEntry {
  const [id, parentId, name, kind, version, sizeBytes, mtimeUs, mode, linkTarget, hash, ...rest] = row;
  const [ino, mtimeNs, ctimeNs, diskSizeBytes, diskMode, bornMs, checkpoint, ...seldom] = rest;
  const disk = { ino, mtimeNs, ctimeNs, sizeBytes: diskSizeBytes };
  const facts = { id, parentId, name, kind, version, sizeBytes, mtimeUs, mode, linkTarget, hash };
  const entry = {
    ...facts,
    disk: diskMode === null ? disk : { ...disk, mode: diskMode },
    bornMs,
    checkpoint,
  };
  return seldom.length === 0 ? entry : withSeldom(entry, seldom);
}

function withSeldom(
  entry: BaselineEntry,
  [sourceName, parkedFrom, isGone]: readonly (string | true | null | undefined)[],
): BaselineEntry {
  return {
    ...entry,
    ...(typeof sourceName === 'string' && { sourceName }),
    ...(typeof parkedFrom === 'string' && { parkedFrom }),
    ...(isGone === true && { isGone }),
  };
}
