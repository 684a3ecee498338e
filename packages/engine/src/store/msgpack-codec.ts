/** Values as MessagePack: the codec that tables use unless they have a reason not to. */
import { Packr } from 'msgpackr';
import type { ValueCodec } from './port.ts';

/**
 * One for all tables: each has functions of its own, which run slowly until they were called often, and are of no use to
 * another one. No records: the extension is readable by this library only, and a table is read by later versions.
 */
const packr = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true });

/**
 * A codec for plain data: null, booleans, numbers, bigints of up to 64 bits, strings, Uint8Arrays,
 * arrays and plain objects of these. Numbers come back as numbers and bigints as bigints, whatever
 * their size; bytes come back as a Uint8Array of their own, never as a view of what was decoded.
 * A lone surrogate in a string becomes U+FFFD, -0 becomes 0.
 * The type is taken on trust: `V` is what the same program stored.
 * @throws (`encode`) RangeError for a bigint of more than 64 bits.
 */
export function msgpackCodec<V>(): ValueCodec<V> {
  return {
    encode: (value) => packr.pack(value),
    // From a Buffer the bytes inside would come out as Buffers.
    decode: (bytes) => packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as V,
  };
}
