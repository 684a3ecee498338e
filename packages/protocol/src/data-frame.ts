/**
 * Data frames: file contents on their way from server to client.
 *
 * A frame is one byte 0x01 and then records back to back, at most MAX_FRAME_BYTES in all:
 *
 *   request u32 | item u32 | kind u8 | length u32 | payload (length bytes)        big-endian
 *
 * `item` is the index within the fetch. The records of one item come in order: `start`, any number
 * of `bytes`, `same` and `zeros`, then exactly one of `end`, `changed`, `gone`, `unreadable`. A control message can
 * never be mistaken for a frame: MessagePack maps begin at 0x80.
 */
import { MAX_FRAME_BYTES, MAX_RUN_BYTES, MAX_TEXT } from './limit.ts';
import { ProtocolError } from './protocol-error.ts';

export const DATA_FRAME = 0x01;
export const FRAME_HEADER_BYTES = 1;
export const RECORD_HEADER_BYTES = 13;

export const RECORD_KIND = {
  /** Payload: the offset (u64) from which bytes follow: the offered one if it was right, else 0. */
  start: 1,
  /** Payload: the next bytes of the file. */
  bytes: 2,
  /** The file is complete. Payload: BLAKE3 of the whole file (32 bytes). */
  end: 3,
  /** The file is not of the asked version any more, or changed while it was read. Discard; a change follows. */
  changed: 4,
  /** The entry exists no more. Discard; a change follows. */
  gone: 5,
  /** The server could not read it. Payload: the code as UTF-8. */
  unreadable: 6,
  /** The next bytes are those that the client's base has at the same position. Payload: how many (u32). */
  same: 7,
  /** The next bytes are zero. Payload: how many (u32). */
  zeros: 8,
} as const;

export type RecordKind = keyof typeof RECORD_KIND;

/** Shortest and longest payload of each kind, in bytes. */
const PAYLOAD_BYTES: Readonly<Record<RecordKind, readonly [number, number]>> = {
  start: [8, 8],
  bytes: [1, MAX_FRAME_BYTES],
  end: [32, 32],
  changed: [0, 0],
  gone: [0, 0],
  unreadable: [1, MAX_TEXT],
  same: [4, 4],
  zeros: [4, 4],
};

const KIND_NAMES = new Map<number, RecordKind>(
  Object.entries(RECORD_KIND).map(([name, code]) => [code, name as RecordKind]),
);

export interface DataRecord {
  readonly request: number;
  readonly item: number;
  readonly kind: RecordKind;
  /** A view into the frame: copy it before keeping it. */
  readonly payload: Uint8Array;
}

/** Whether these bytes are a data frame (else they are a control message). */
export function isDataFrame(bytes: Uint8Array): boolean {
  return bytes[0] === DATA_FRAME;
}

/** Room that a record with this payload takes in a frame. */
export function recordBytes(payloadBytes: number): number {
  return RECORD_HEADER_BYTES + payloadBytes;
}

/** Largest payload of a record that has a frame to itself. */
export const MAX_RECORD_PAYLOAD = MAX_FRAME_BYTES - FRAME_HEADER_BYTES - RECORD_HEADER_BYTES;

/** Writes a record's header at `at`; the payload belongs right behind it. Returns where that is. */
export function writeRecordHeader(
  frame: DataView,
  at: number,
  record: {
    readonly request: number;
    readonly item: number;
    readonly kind: RecordKind;
    readonly length: number;
  },
): number {
  frame.setUint32(at, record.request);
  frame.setUint32(at + 4, record.item);
  frame.setUint8(at + 8, RECORD_KIND[record.kind]);
  frame.setUint32(at + 9, record.length);
  return at + RECORD_HEADER_BYTES;
}

/** How many bytes a `same` or `zeros` record stands for. Throws ProtocolError for none or too many. */
export function runBytes(payload: Uint8Array): number {
  const bytes = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0);
  if (bytes === 0 || bytes > MAX_RUN_BYTES) throw new ProtocolError(`a run of ${bytes} bytes`);
  return bytes;
}

/** The records of a frame, in order. Throws ProtocolError when the bytes are not exactly records. */
export function* readRecords(frame: Uint8Array): Generator<DataRecord> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = FRAME_HEADER_BYTES;
  if (frame.length <= at || !isDataFrame(frame)) throw new ProtocolError('empty data frame');
  if (frame.length > MAX_FRAME_BYTES) throw new ProtocolError('data frame over the limit');
  while (at < frame.length) {
    if (at + RECORD_HEADER_BYTES > frame.length) throw new ProtocolError('cut record header');
    const kind = KIND_NAMES.get(view.getUint8(at + 8));
    const length = view.getUint32(at + 9);
    const start = at + RECORD_HEADER_BYTES;
    if (kind === undefined) throw new ProtocolError('unknown record kind');
    const [shortest, longest] = PAYLOAD_BYTES[kind];
    if (length < shortest || length > longest) throw new ProtocolError(`a ${kind} record of ${length} bytes`);
    if (start + length > frame.length) throw new ProtocolError('record longer than its frame');
    yield {
      request: view.getUint32(at),
      item: view.getUint32(at + 4),
      kind,
      payload: frame.subarray(start, start + length),
    };
    at = start + length;
  }
}
