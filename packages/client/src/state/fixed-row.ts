/**
 * How most entries of the view and of the baseline become bytes: fields at fixed places, because a first copy writes both
 * for every file, and reads each again. What has no place in them (an entry that is kept, damaged or renamed for this
 * target) is stored in another form, which begins with a byte of 128 or more.
 *
 *   at   type           view                                           baseline
 *    0   u8             kind (0 folder, 1 file, 2 link), + 4 isOpaque  kind, + 8 with a hash
 *    1   u16            mode                                           the same
 *    3   6 or 9 x f64   id, parentId, version, sizeBytes, mtimeUs,     the same five, size on the disk, mode on the
 *                       sequence                                       disk, bornMs, checkpoint
 *        3 x i64                                                       ino (unsigned), mtimeNs, ctimeNs
 *        32 bytes                                                      hash, if there is one
 *        u16            bytes of the name                              the same
 *        the name and the target of a link, in UTF-8                   all numbers big-endian
 */
import { asBuffer } from '@lanmirror/engine/store';
import { type EntryKind, MAX_LINK_BYTES, MAX_NAME_BYTES, type SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from './baseline-entry.ts';

const KINDS: readonly EntryKind[] = ['directory', 'file', 'link'];
const KIND_MASK = 3;
const OPAQUE = 4;
const HASHED = 8;
const LOWEST_OF_OTHERS = 128;

const HASH_BYTES = 32;
const VIEW_TEXT_AT = 51;
const HASH_AT = 99;
const MAX_ROW_BYTES = HASH_AT + HASH_BYTES + 2 + MAX_NAME_BYTES + MAX_LINK_BYTES;

/** What both forms have. */
type Facts = Omit<SourceEntry, 'sequence' | 'isOpaque' | 'isExcluded'>;

export interface FixedRows<V> {
  /** The bytes of an entry, good until it is called again; undefined when it has no such form. */
  write(entry: V): Uint8Array | undefined;
  /** Throws RangeError for bytes that are too few. */
  read(bytes: Uint8Array): V;
}

/** Whether bytes that were stored have this form. */
export function isFixedRow(bytes: Uint8Array): boolean {
  return (bytes[0] ?? LOWEST_OF_OTHERS) < LOWEST_OF_OTHERS;
}

export function sourceRows(): FixedRows<SourceEntry> {
  const [row, view] = newRow();
  return {
    write(entry) {
      if (!isShort(entry)) return undefined;
      writeFacts(view, entry, entry.isOpaque === true ? OPAQUE : 0);
      view.setFloat64(43, entry.sequence);
      return row.subarray(0, writeTexts(row, VIEW_TEXT_AT, entry));
    },
    read: readSource,
  };
}

export function baselineRows(): FixedRows<BaselineEntry> {
  const [row, view] = newRow();
  return {
    write(entry) {
      if (!isPlain(entry) || !isShort(entry)) return undefined;
      const { hash, disk } = entry;
      writeFacts(view, entry, hash === null ? 0 : HASHED);
      view.setFloat64(43, disk.sizeBytes);
      view.setFloat64(51, disk.mode ?? 0);
      view.setFloat64(59, entry.bornMs);
      view.setFloat64(67, entry.checkpoint);
      view.setBigUint64(75, disk.ino);
      view.setBigInt64(83, disk.mtimeNs);
      view.setBigInt64(91, disk.ctimeNs);
      if (hash !== null) row.set(hash, HASH_AT);
      return row.subarray(0, writeTexts(row, hash === null ? HASH_AT : HASH_AT + HASH_BYTES, entry));
    },
    read: readBaseline,
  };
}

function newRow(): [Buffer, DataView] {
  const row = Buffer.alloc(MAX_ROW_BYTES);
  return [row, new DataView(row.buffer, row.byteOffset, row.byteLength)];
}

/** Fields of an entry of the baseline that have a place. A new one belongs here or to those that most have not. */
type Placed = keyof Facts | 'hash' | 'disk' | 'bornMs' | 'checkpoint';

/** Most have none of these. */
const RARE: Readonly<Record<Exclude<keyof BaselineEntry, Placed>, true>> = {
  ...{ sourceName: true, parkedFrom: true, isGone: true, goneAtMs: true },
  ...{ isSpared: true, isDamaged: true, isUnproved: true },
};
const RARE_FIELDS = Object.keys(RARE) as (keyof typeof RARE)[];

function isPlain(entry: BaselineEntry): boolean {
  for (const field of RARE_FIELDS) if (entry[field] !== undefined) return false;
  return entry.disk.mode !== undefined && (entry.hash === null || entry.hash.length === HASH_BYTES);
}

/** A text of so few characters is no longer than its room, whatever they are; others are measured. */
function isShort({ name, linkTarget }: Facts): boolean {
  return hasRoom(name, MAX_NAME_BYTES) && hasRoom(linkTarget, MAX_LINK_BYTES);
}

function hasRoom(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;
}

function writeFacts(view: DataView, entry: Facts, flags: number): void {
  view.setUint8(0, KINDS.indexOf(entry.kind) + flags);
  view.setUint16(1, entry.mode);
  view.setFloat64(3, entry.id);
  view.setFloat64(11, entry.parentId);
  view.setFloat64(19, entry.version);
  view.setFloat64(27, entry.sizeBytes);
  view.setFloat64(35, entry.mtimeUs);
}

/** Returns where the row ends. */
function writeTexts(row: Buffer, at: number, { name, linkTarget }: Facts): number {
  const nameEnd = at + 2 + row.write(name, at + 2);
  row.writeUInt16BE(nameEnd - at - 2, at);
  return linkTarget === '' ? nameEnd : nameEnd + row.write(linkTarget, nameEnd);
}

function readSource(bytes: Uint8Array): SourceEntry {
  const row = asBuffer(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = view.getUint8(0);
  const nameEnd = VIEW_TEXT_AT + 2 + view.getUint16(VIEW_TEXT_AT);
  const entry = {
    id: view.getFloat64(3),
    parentId: view.getFloat64(11),
    name: row.toString('utf8', VIEW_TEXT_AT + 2, nameEnd),
    kind: KINDS[code & KIND_MASK] as EntryKind,
    sequence: view.getFloat64(43),
    version: view.getFloat64(19),
    sizeBytes: view.getFloat64(27),
    mtimeUs: view.getFloat64(35),
    mode: view.getUint16(1),
    linkTarget: nameEnd === row.length ? '' : row.toString('utf8', nameEnd),
  };
  return (code & OPAQUE) === 0 ? entry : { ...entry, isOpaque: true };
}

function readBaseline(bytes: Uint8Array): BaselineEntry {
  const row = asBuffer(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = view.getUint8(0);
  const textAt = (code & HASHED) === 0 ? HASH_AT : HASH_AT + HASH_BYTES;
  const nameEnd = textAt + 2 + view.getUint16(textAt);
  return {
    id: view.getFloat64(3),
    parentId: view.getFloat64(11),
    name: row.toString('utf8', textAt + 2, nameEnd),
    kind: KINDS[code & KIND_MASK] as EntryKind,
    version: view.getFloat64(19),
    sizeBytes: view.getFloat64(27),
    mtimeUs: view.getFloat64(35),
    mode: view.getUint16(1),
    linkTarget: nameEnd === row.length ? '' : row.toString('utf8', nameEnd),
    hash: textAt === HASH_AT ? null : new Uint8Array(bytes.subarray(HASH_AT, textAt)),
    disk: {
      ino: view.getBigUint64(75),
      mtimeNs: view.getBigInt64(83),
      ctimeNs: view.getBigInt64(91),
      sizeBytes: view.getFloat64(43),
      mode: view.getFloat64(51),
    },
    bornMs: view.getFloat64(59),
    checkpoint: view.getFloat64(67),
  };
}
