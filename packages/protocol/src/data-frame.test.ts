import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeMessage } from './codec.ts';
import {
  DATA_FRAME,
  FRAME_HEADER_BYTES,
  isDataFrame,
  MAX_RECORD_PAYLOAD,
  RECORD_HEADER_BYTES,
  RECORD_KIND,
  type RecordKind,
  readRecords,
  recordBytes,
  runBytes,
  writeRecordHeader,
} from './data-frame.ts';
import { MAX_FRAME_BYTES, MAX_PAYLOAD_BYTES, MAX_RUN_BYTES, MAX_TEXT, SMALL_FILE_BYTES } from './limit.ts';
import { ProtocolError } from './protocol-error.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`data-frame.test SEED=${seed}`);

interface Written {
  readonly request: number;
  readonly item: number;
  readonly kind: RecordKind;
  readonly payload: Uint8Array;
}

function frameOf(records: readonly Written[]): Uint8Array {
  const length = records.reduce((sum, { payload }) => sum + recordBytes(payload.length), FRAME_HEADER_BYTES);
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  frame[0] = DATA_FRAME;
  let at = FRAME_HEADER_BYTES;
  for (const { payload, ...record } of records) {
    const behind = writeRecordHeader(view, at, { ...record, length: payload.length });
    frame.set(payload, behind);
    at = behind + payload.length;
  }
  return frame;
}

const read = (frame: Uint8Array): Written[] =>
  [...readRecords(frame)].map((one) => ({ ...one, payload: one.payload.slice() }));

const u32 = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 0xffffffff }), fc.constant(0xffffffff));
const ofLength = (kind: RecordKind, minLength: number, maxLength: number): fc.Arbitrary<Written> =>
  fc.record({
    request: u32,
    item: u32,
    kind: fc.constant(kind),
    payload: fc.uint8Array({ minLength, maxLength }),
  });
const record: fc.Arbitrary<Written> = fc.oneof(
  ofLength('start', 8, 8),
  ofLength('bytes', 1, 300),
  ofLength('end', 32, 32),
  ofLength('changed', 0, 0),
  ofLength('gone', 0, 0),
  ofLength('unreadable', 1, 20),
  ofLength('same', 4, 4),
  ofLength('zeros', 4, 4),
);
const records = fc.array(record, { minLength: 1, maxLength: 12 });

describe('round trip', () => {
  test('records are read as they were written, in order', () => {
    fc.assert(
      fc.property(records, (list) => {
        expect(read(frameOf(list))).toEqual(list);
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('a frame inside a larger buffer is read within its bounds only', () => {
    fc.assert(
      fc.property(records, fc.nat(20), (list, shift) => {
        const frame = frameOf(list);
        const buffer = new Uint8Array(frame.length + 40).fill(0xff);
        buffer.set(frame, shift);
        expect(read(buffer.subarray(shift, shift + frame.length))).toEqual(list);
      }),
      { seed, numRuns: 200 },
    );
  });

  test('the layout is the one that is published: 1, u32, u32, u8, u32, payload, big-endian', () => {
    const frame = frameOf([
      { request: 0x01020304, item: 5, kind: 'start', payload: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0) },
    ]);
    expect([...frame]).toEqual([1, 1, 2, 3, 4, 0, 0, 0, 5, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(RECORD_KIND).toEqual({
      start: 1,
      bytes: 2,
      end: 3,
      changed: 4,
      gone: 5,
      unreadable: 6,
      same: 7,
      zeros: 8,
    });
  });

  test('the largest payload fills a frame, and one byte more is refused', () => {
    const largest = (length: number) =>
      frameOf([{ request: 1, item: 0, kind: 'bytes', payload: new Uint8Array(length) }]);
    expect(largest(MAX_RECORD_PAYLOAD)).toHaveLength(MAX_FRAME_BYTES);
    expect(read(largest(MAX_RECORD_PAYLOAD))[0]?.payload).toHaveLength(MAX_RECORD_PAYLOAD);
    expect(() => read(largest(MAX_RECORD_PAYLOAD + 1))).toThrow(ProtocolError);
  });

  test('a small file with its start and its end fits into one frame, and a frame into what a WebSocket accepts', () => {
    expect(
      FRAME_HEADER_BYTES + recordBytes(8) + recordBytes(SMALL_FILE_BYTES) + recordBytes(32),
    ).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    expect(MAX_FRAME_BYTES).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
  });
});

describe('what is refused', () => {
  test('a frame cut anywhere but between two records', () => {
    fc.assert(
      fc.property(records, fc.nat(), (list, number) => {
        const frame = frameOf(list);
        const ends = list.map((_, at) => frameOf(list.slice(0, at + 1)).length);
        const cut = number % frame.length;
        const isWhole = ends.includes(cut);
        if (isWhole) expect(read(frame.subarray(0, cut))).toEqual(list.slice(0, ends.indexOf(cut) + 1));
        else expect(() => read(frame.subarray(0, cut))).toThrow(ProtocolError);
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('a frame without a record, and bytes that are no frame', () => {
    for (const bytes of [[], [DATA_FRAME], [0], [0x80, 1, 2, 3], [2, ...new Array(13).fill(0)]]) {
      expect(() => read(Uint8Array.from(bytes))).toThrow(ProtocolError);
    }
  });

  test('a run of no bytes, and of more than one record may stand for', () => {
    for (const [payload, bytes] of [
      [[0, 0, 0, 1], 1],
      [[0, 0x80, 0, 0], MAX_RUN_BYTES],
    ] as const)
      expect(runBytes(Uint8Array.from(payload))).toBe(bytes);
    for (const payload of [
      [0, 0, 0, 0],
      [0, 0x80, 0, 1],
      [255, 255, 255, 255],
    ])
      expect(() => runBytes(Uint8Array.from(payload))).toThrow(ProtocolError);
  });

  test('a record of a kind that does not exist', () => {
    for (const kind of [0, 9, 255]) {
      const frame = frameOf([{ request: 1, item: 0, kind: 'gone', payload: new Uint8Array(0) }]);
      frame[FRAME_HEADER_BYTES + 8] = kind;
      expect(() => read(frame)).toThrow(/kind/);
    }
  });

  test('a record that claims more than its frame has, up to 4 GiB, without allocating it', () => {
    const frame = frameOf([{ request: 1, item: 0, kind: 'bytes', payload: new Uint8Array(10) }]);
    for (const length of [11, MAX_FRAME_BYTES, 0x7fffffff, 0xffffffff]) {
      new DataView(frame.buffer).setUint32(FRAME_HEADER_BYTES + 9, length);
      const before = process.memoryUsage().arrayBuffers;
      expect(() => read(frame)).toThrow(ProtocolError);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    }
  });

  test('a payload whose length does not belong to its kind', () => {
    // biome-ignore format: a table
    const wrong: readonly [RecordKind, number][] = [
      ['start', 0], ['start', 7], ['start', 9], ['bytes', 0], ['end', 0], ['end', 31], ['end', 33],
      ['changed', 1], ['gone', 1], ['unreadable', 0], ['unreadable', MAX_TEXT + 1],
    ];
    for (const [kind, length] of wrong) {
      const frame = frameOf([{ request: 1, item: 0, kind, payload: new Uint8Array(length) }]);
      expect(() => read(frame), `${kind} of ${length} bytes`).toThrow(
        new RegExp(`${kind} record of ${length} bytes`),
      );
    }
  });

  test('random bytes behind the first throw nothing but a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          read(Uint8Array.from([DATA_FRAME, ...bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('frames with some bytes flipped throw nothing but a ProtocolError and never yield what is not theirs', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(255), (list, at, value) => {
        const frame = frameOf(list);
        frame[at % frame.length] = value;
        try {
          const total = read(frame).reduce(
            (sum, { payload }) => sum + recordBytes(payload.length),
            FRAME_HEADER_BYTES,
          );
          expect(total).toBe(frame.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { seed, numRuns: 2000 },
    );
  });
});

test('no control message is taken for a data frame', () => {
  expect(isDataFrame(encodeMessage({ type: 'ping' }))).toBe(false);
  expect(isDataFrame(encodeMessage({ type: 'cancel', request: 1 }))).toBe(false);
  expect(isDataFrame(new Uint8Array(0))).toBe(false);
  expect(RECORD_HEADER_BYTES).toBe(13);
});
