/**
 * How a key becomes bytes whose plain byte order is the order of keys.
 *
 * number   0x10, then eight bytes of the IEEE double, big-endian; all bits are flipped below zero,
 *          else the sign bit alone.
 * string   0x20, then each UTF-16 code unit as if it were a code point in UTF-8 (surrogates take three
 *          bytes each), 0x00 written as 0x00 0xFF, then 0x00. Ordinary UTF-8 would sort by code
 *          point, which is another order than that of JavaScript's `<`.
 * tuple    0x08, then its parts: so a tuple of one is not the same key as the part alone.
 *
 * Every part ends where it ends: no sequence of parts is the start of another one by accident.
 */
import { asBuffer } from './buffer.ts';
import type { Key, KeyPart } from './port.ts';
import { StoreError } from './store-error.ts';

/** Longest key in bytes that the store on disk takes. */
const MAX_KEY_BYTES = 1978;

const TUPLE = 0x08;
const NUMBER = 0x10;
const STRING = 0x20;

/** A code unit takes three bytes at most, so nothing that fits in a key can reach the end. */
const scratch = new Uint8Array(MAX_KEY_BYTES + 16);
const scratchView = new DataView(scratch.buffer);
const double = new DataView(new ArrayBuffer(8));

/**
 * @returns the bytes of `key`. They are valid until the next call only.
 * @throws StoreError MISUSE for NaN, for a tuple without parts and for a key that is too long.
 */
export function encodeKey(key: Key): Uint8Array {
  let at = 0;
  if (typeof key === 'object') {
    if (key.length === 0) throw new StoreError('MISUSE', 'a key has at least one part');
    scratch[at++] = TUPLE;
    for (const part of key) at = writePart(part, at);
  } else {
    at = writePart(key, at);
  }
  return scratch.subarray(0, at);
}

function writePart(part: KeyPart, at: number): number {
  const end = typeof part === 'number' ? writeNumber(part, at) : writeString(part, at);
  if (end > MAX_KEY_BYTES) throw tooLong();
  return end;
}

function writeNumber(value: number, at: number): number {
  if (Number.isNaN(value)) throw new StoreError('MISUSE', 'NaN has no place in an order of keys');
  if (at + 9 > MAX_KEY_BYTES) throw tooLong();
  // Adding 0 turns -0 into 0: they are equal, so they are one key.
  double.setFloat64(0, value + 0);
  const high = double.getUint32(0);
  const low = double.getUint32(4);
  const isNegative = high >= 0x80000000;
  scratch[at] = NUMBER;
  scratchView.setUint32(at + 1, isNegative ? ~high : high ^ 0x80000000);
  scratchView.setUint32(at + 5, isNegative ? ~low : low);
  return at + 9;
}

function writeString(text: string, start: number): number {
  if (start + text.length + 2 > MAX_KEY_BYTES) throw tooLong();
  let at = start;
  scratch[at++] = STRING;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0) {
      scratch[at++] = 0;
      scratch[at++] = 0xff;
    } else if (unit < 0x80) {
      scratch[at++] = unit;
    } else if (unit < 0x800) {
      scratch[at++] = 0xc0 | (unit >> 6);
      scratch[at++] = 0x80 | (unit & 0x3f);
    } else {
      scratch[at++] = 0xe0 | (unit >> 12);
      scratch[at++] = 0x80 | ((unit >> 6) & 0x3f);
      scratch[at++] = 0x80 | (unit & 0x3f);
    }
    if (at > MAX_KEY_BYTES) throw tooLong();
  }
  scratch[at++] = 0;
  return at;
}

function tooLong(): StoreError {
  return new StoreError('MISUSE', `a key is longer than ${MAX_KEY_BYTES} bytes`);
}

/**
 * The inverse of {@link encodeKey}.
 * @throws StoreError CORRUPT when the bytes are not a key.
 */
export function decodeKey(bytes: Uint8Array): Key {
  const source = asBuffer(bytes);
  const parts: KeyPart[] = [];
  const isTuple = source[0] === TUPLE;
  let at = isTuple ? 1 : 0;
  while (at < source.length) {
    if (source[at] === NUMBER && at + 9 <= source.length) {
      parts.push(readNumber(source, at + 1));
      at += 9;
    } else if (source[at] === STRING) {
      const end = endOfString(source, at + 1);
      parts.push(readString(source, at + 1, end));
      at = end + 1;
    } else {
      throw notAKey();
    }
  }
  const first = parts[0];
  if (first === undefined || (!isTuple && parts.length > 1)) throw notAKey();
  return isTuple ? parts : first;
}

function notAKey(): StoreError {
  return new StoreError('CORRUPT', 'a key of the store is damaged');
}

function readNumber(source: Buffer, at: number): number {
  const high = source.readUInt32BE(at);
  const low = source.readUInt32BE(at + 4);
  const isNegative = high < 0x80000000;
  double.setUint32(0, (isNegative ? ~high : high ^ 0x80000000) >>> 0);
  double.setUint32(4, (isNegative ? ~low : low) >>> 0);
  return double.getFloat64(0);
}

/** Index of the 0x00 that ends the string starting at `from`. */
function endOfString(source: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const zero = source.indexOf(0, at);
    if (zero < 0) throw notAKey();
    if (source[zero + 1] !== 0xff) return zero;
    at = zero + 2;
  }
}

function readString(source: Buffer, from: number, end: number): string {
  let at = from;
  while (at < end && isPlain(source[at])) at++;
  if (at === end) return source.toString('latin1', from, end);
  let text = source.toString('latin1', from, at);
  while (at < end) {
    const byte = source[at] ?? 0;
    if (byte === 0) {
      text += '\0';
      at += 2;
    } else if (byte < 0x80) {
      text += String.fromCharCode(byte);
      at += 1;
    } else if (byte < 0xe0) {
      text += String.fromCharCode(((byte & 0x1f) << 6) | tail(source, at + 1));
      at += 2;
    } else {
      const unit = ((byte & 0x0f) << 12) | (tail(source, at + 1) << 6) | tail(source, at + 2);
      text += String.fromCharCode(unit);
      at += 3;
    }
  }
  return text;
}

function isPlain(byte: number | undefined): boolean {
  return byte !== undefined && byte !== 0 && byte < 0x80;
}

function tail(source: Buffer, at: number): number {
  return (source[at] ?? 0) & 0x3f;
}

/**
 * The order of keys, said without bytes: tuples before numbers before strings; numbers by value,
 * strings by code unit, tuples part by part and the shorter one first.
 * @returns below, equal to or above 0.
 */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a !== 'object' && typeof b !== 'object') return compareParts(a, b);
  if (typeof a !== 'object') return 1;
  if (typeof b !== 'object') return -1;
  for (let index = 0; index < a.length && index < b.length; index++) {
    const order = compareParts(a[index] as KeyPart, b[index] as KeyPart);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: KeyPart, b: KeyPart): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
