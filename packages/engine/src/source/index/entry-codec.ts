/**
 * How an entry of the index becomes bytes: fields at fixed places, because a tree has a million of them and every
 * one is read and written many times.
 *
 *   at   type
 *    0   u8         kind (0 folder, 1 file, 2 link), + 4 isFresh, + 8 isOpaque, + 16 isDamaged, + 32 with a hash, + 64 isExcluded
 *    1   u16        mode
 *    3   u32        links
 *    7   7 x f64    id, parentId, sequence, version, movedIn, sizeBytes, mtimeUs
 *   63   5 x i64    mtimeNs, ctimeNs, birthtimeNs, dev, ino
 *  103   32 bytes   hash, if there is one
 *        u16        bytes of the name
 *        the name and the target of a link, in UTF-8                      all numbers big-endian
 */

import { type EntryKind, MAX_LINK_BYTES, MAX_NAME_BYTES } from '@lanmirror/protocol';
import { asBuffer, type ValueCodec } from '../../store/index.ts';
import type { IndexEntry } from './index-entry.ts';

const KINDS: readonly EntryKind[] = ['directory', 'file', 'link'];
const KIND_CODES: Readonly<Record<EntryKind, number>> = { directory: 0, file: 1, link: 2 };
const KIND_MASK = 3;
const FRESH = 4;
const OPAQUE = 8;
const DAMAGED = 16;
const EXCLUDED = 64;
const HASHED = 32;

const TAIL_AT = 103;
const HASH_BYTES = 32;
const MAX_ROW_BYTES = TAIL_AT + HASH_BYTES + 2 + MAX_NAME_BYTES + MAX_LINK_BYTES;

/**
 * A codec for entries that follow the path rule. What `encode` returns is good until it is called again.
 * @throws (`encode`) RangeError for a name or link target longer than the rule allows; (`decode`) RangeError for
 * bytes that are too few.
 */
export function entryCodec(): ValueCodec<IndexEntry> {
  const row = Buffer.alloc(MAX_ROW_BYTES);
  return { encode: (entry) => row.subarray(0, writeEntry(row, entry)), decode: readEntry };
}

function writeEntry(row: Buffer, entry: IndexEntry): number {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  view.setUint8(0, KIND_CODES[entry.kind] + flagsOf(entry));
  view.setUint16(1, entry.mode);
  view.setUint32(3, entry.links);
  view.setFloat64(7, entry.id);
  view.setFloat64(15, entry.parentId);
  view.setFloat64(23, entry.sequence);
  view.setFloat64(31, entry.version);
  view.setFloat64(39, entry.movedIn);
  view.setFloat64(47, entry.sizeBytes);
  view.setFloat64(55, entry.mtimeUs);
  view.setBigInt64(63, entry.mtimeNs);
  view.setBigInt64(71, entry.ctimeNs);
  view.setBigInt64(79, entry.birthtimeNs);
  view.setBigInt64(87, entry.dev);
  view.setBigInt64(95, entry.ino);
  let at = TAIL_AT;
  if (entry.hash !== null) {
    row.set(entry.hash, at);
    at += HASH_BYTES;
  }
  const nameBytes = writeText(row, at + 2, entry.name, MAX_NAME_BYTES);
  view.setUint16(at, nameBytes);
  at += 2 + nameBytes;
  return at + writeText(row, at, entry.linkTarget, MAX_LINK_BYTES);
}

function flagsOf({ isFresh, isOpaque, isDamaged, isExcluded, hash }: IndexEntry): number {
  return (
    (isFresh ? FRESH : 0) +
    (isOpaque === true ? OPAQUE : 0) +
    (isDamaged === true ? DAMAGED : 0) +
    (isExcluded === true ? EXCLUDED : 0) +
    (hash === null ? 0 : HASHED)
  );
}

function writeText(row: Buffer, at: number, text: string, maxBytes: number): number {
  if (text === '') return 0;
  // A write stops at the end of its room without a word.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
    throw new RangeError(`a name or link target of more than ${maxBytes} bytes`);
  return row.write(text, at);
}

function readEntry(bytes: Uint8Array): IndexEntry {
  const row = asBuffer(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = view.getUint8(0);
  const isHashed = (code & HASHED) !== 0;
  const nameAt = TAIL_AT + (isHashed ? HASH_BYTES : 0) + 2;
  const nameEnd = nameAt + view.getUint16(nameAt - 2);
  const entry: IndexEntry = {
    id: view.getFloat64(7),
    parentId: view.getFloat64(15),
    name: row.toString('utf8', nameAt, nameEnd),
    kind: KINDS[code & KIND_MASK] as EntryKind,
    sequence: view.getFloat64(23),
    version: view.getFloat64(31),
    movedIn: view.getFloat64(39),
    sizeBytes: view.getFloat64(47),
    mtimeUs: view.getFloat64(55),
    mode: view.getUint16(1),
    linkTarget: nameEnd === row.length ? '' : row.toString('utf8', nameEnd),
    hash: isHashed ? new Uint8Array(bytes.subarray(TAIL_AT, TAIL_AT + HASH_BYTES)) : null,
    isFresh: (code & FRESH) !== 0,
    mtimeNs: view.getBigInt64(63),
    ctimeNs: view.getBigInt64(71),
    birthtimeNs: view.getBigInt64(79),
    dev: view.getBigInt64(87),
    ino: view.getBigInt64(95),
    links: view.getUint32(3),
  };
  return (code & (OPAQUE | DAMAGED | EXCLUDED)) === 0 ? entry : marked(entry, code);
}

function marked(entry: IndexEntry, code: number): IndexEntry {
  const isOpaque = (code & OPAQUE) !== 0 ? ({ isOpaque: true } as const) : {};
  const isDamaged = (code & DAMAGED) !== 0 ? ({ isDamaged: true } as const) : {};
  const isExcluded = (code & EXCLUDED) !== 0 ? ({ isExcluded: true } as const) : {};
  return { ...entry, ...isOpaque, ...isDamaged, ...isExcluded };
}
