import {
  BLOCK_DIGEST_BYTES,
  blockBytesOf,
  DATA_FRAME,
  MAX_BLOCKS,
  MAX_RUN_BYTES,
  MIN_BLOCK_BYTES,
  ProtocolError,
} from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createHasher, hashBytes, loadHash } from '../../tree/index.ts';
import { BlockList } from './block-list.ts';
import { type Piece, type PieceSource, piecesOf } from './content-piece.ts';
import { LargeAnswer, type RecordWriter } from './large-answer.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`content-piece.test SEED=${seed}`);

beforeAll(() => loadHash());

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const nobodyAsks = (): never => {
  throw new Error('nobody asks');
};

/** A file in memory; it reads as others do, a part at a time. */
const handleOf = (bytes: Uint8Array) => ({
  read: (buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> => {
    const part = bytes.subarray(position, position + Math.min(length, 100_000));
    buffer.set(part, offset);
    return Promise.resolve(part.length);
  },
  readSync: () => 0,
  stat: nobodyAsks,
  get opened(): never {
    return nobodyAsks();
  },
  close: () => undefined,
});

function listOf(base: Uint8Array): BlockList {
  const list = new BlockList(base.length);
  for (let at = 0; at < base.length; at += list.blockBytes)
    list.take(hashBytes(base.subarray(at, at + list.blockBytes)).subarray(0, BLOCK_DIGEST_BYTES));
  return list;
}

/** What is said of `bytes`, and what a client with `base` makes of it. */
async function said(
  bytes: Uint8Array,
  base: Uint8Array | undefined,
  list: PieceSource['list'] = base && listOf(base),
) {
  const hasher = createHasher();
  const source = { handle: handleOf(bytes), sizeBytes: bytes.length, list, hasher, position: 0 };
  const made = Buffer.alloc(bytes.length, 0xee);
  const counts = { same: 0, zeros: 0, bytes: 0 };
  let position = 0;
  const pieces = piecesOf(source);
  let next: IteratorResult<Piece, boolean> = await pieces.next();
  for (; next.done !== true; next = await pieces.next()) {
    const piece = next.value;
    const length = piece.kind === 'bytes' ? piece.bytes.length : piece.length;
    if (piece.kind !== 'bytes') expect(length).toBeLessThanOrEqual(MAX_RUN_BYTES);
    if (piece.kind === 'same') made.set(base?.subarray(position, position + length) ?? [], position);
    else if (piece.kind === 'zeros') made.fill(0, position, position + length);
    else if (piece.kind === 'bytes') made.set(piece.bytes, position);
    counts[piece.kind] += length;
    position += length;
  }
  expect([position, next.value]).toEqual([bytes.length, true]);
  expect(isEqual(hasher.digest(), hashBytes(bytes))).toBe(true);
  return { made, counts };
}

/** Contents of a few blocks, equal in some. */
const part = fc.record({
  length: fc.oneof(fc.constant(MIN_BLOCK_BYTES), fc.nat(2 * MIN_BLOCK_BYTES)),
  fill: fc.nat(3),
});
const content = fc
  .array(part, { maxLength: 6 })
  .map((parts) => Buffer.concat(parts.map(({ length, fill }) => Buffer.alloc(length, fill))));

test('a client that has the base makes exactly the file of what is said, whatever both are', async () => {
  await fc.assert(
    fc.asyncProperty(content, content, async (bytes, base) => {
      const { made } = await said(bytes, base.length > 0 ? base : undefined);
      expect(isEqual(made, bytes)).toBe(true);
    }),
    { seed, numRuns: 100 },
  );
});

/** No two blocks of it are equal. */
function distinct(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, 1);
  for (let at = 0; at + 4 <= sizeBytes; at += 4096) bytes.writeUInt32LE(at + 1, at);
  return bytes;
}
const SIZE = 20 * MIN_BLOCK_BYTES + 1000;

test.each<[string, (bytes: Buffer) => Buffer, number]>([
  ['nothing', (bytes) => bytes, 0],
  ['one byte', (bytes) => bytes.fill(9, 5 * MIN_BLOCK_BYTES + 7, 5 * MIN_BLOCK_BYTES + 8), MIN_BLOCK_BYTES],
  ['an appended byte', (bytes) => Buffer.concat([bytes, Buffer.from('x')]), 1],
  [
    'the end cut off in the middle of a block',
    (bytes) => bytes.subarray(0, SIZE - 1500),
    MIN_BLOCK_BYTES - 500,
  ],
  ['a byte put in front', (bytes) => Buffer.concat([Buffer.from('x'), bytes]), SIZE + 1],
])('of a file in which %s changed only that is sent', async (_what, change, sent) => {
  const base = distinct(SIZE);
  const bytes = change(Buffer.from(base));
  const { made, counts } = await said(bytes, base);
  expect(counts).toEqual({ bytes: sent, same: bytes.length - sent, zeros: 0 });
  expect(isEqual(made, bytes)).toBe(true);
});

test('zeros are never sent, with a list or without, but what is the same is said to be so', async () => {
  const bytes = Buffer.concat([distinct(MIN_BLOCK_BYTES), Buffer.alloc(4 * MIN_BLOCK_BYTES)]);
  expect((await said(bytes, undefined)).counts).toEqual({
    ...{ bytes: MIN_BLOCK_BYTES, same: 0, zeros: 4 * MIN_BLOCK_BYTES },
  });
  const base = Buffer.concat([distinct(MIN_BLOCK_BYTES), Buffer.alloc(2 * MIN_BLOCK_BYTES)]);
  expect((await said(bytes, base)).counts).toEqual({
    ...{ bytes: 0, same: 3 * MIN_BLOCK_BYTES, zeros: 2 * MIN_BLOCK_BYTES },
  });
});

/** A list with blocks of 2 MiB, as a base of 32 GiB has; of the blocks behind the file nothing is known. */
function hugeList(base: Buffer): { list: BlockList; blockBytes: number } {
  const baseBytes = MAX_BLOCKS * MIN_BLOCK_BYTES * 16;
  const list = new BlockList(baseBytes);
  const { blockBytes } = list;
  expect(blockBytes).toBe(blockBytesOf(baseBytes));
  const digests = Buffer.alloc(MAX_BLOCKS * BLOCK_DIGEST_BYTES);
  for (let at = 0; at < base.length; at += blockBytes)
    digests.set(
      hashBytes(base.subarray(at, at + blockBytes)).subarray(0, BLOCK_DIGEST_BYTES),
      (at / blockBytes) * BLOCK_DIGEST_BYTES,
    );
  list.take(digests);
  return { list, blockBytes };
}

test('blocks that are larger than what is read in one go are compared as a whole', async () => {
  const base = distinct(8 << 20);
  const { list, blockBytes } = hugeList(base);
  const bytes = Buffer.from(base).fill(9, 3 << 20, (3 << 20) + 1);
  const { made, counts } = await said(bytes, base, list);
  expect(counts).toEqual({ bytes: blockBytes, same: base.length - blockBytes, zeros: 0 });
  expect(isEqual(made, bytes)).toBe(true);
});

/** As a list with such blocks would say it, of a base that is smaller than those which have them. */
function listWithBlocks(base: Buffer, blockBytes: number): PieceSource['list'] {
  const blockAt = (position: number): { start: number; end: number } => {
    const start = position - (position % blockBytes);
    return { start, end: Math.min(start + blockBytes, base.length) };
  };
  const isSame = (start: number, hash: Uint8Array): boolean =>
    isEqual(hashBytes(base.subarray(start, blockAt(start).end)), hash);
  return { baseBytes: base.length, blockAt, isSame };
}

test('with blocks that are larger than what is read in one go everything is said in order, wherever both end', async () => {
  const end = fc.integer({ min: 1, max: 5 << 19 });
  const edits = fc.array(fc.nat(5 << 19), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(end, end, edits, async (baseEnd, fileEnd, edited) => {
      const whole = distinct(5 << 19);
      const base = whole.subarray(0, baseEnd);
      const bytes = Buffer.from(whole.subarray(0, fileEnd));
      for (const at of edited) if (at < fileEnd) bytes[at] = 9;
      const { made } = await said(bytes, base, listWithBlocks(base, 1 << 20));
      expect(isEqual(made, bytes)).toBe(true);
    }),
    {
      seed,
      numRuns: 60,
      examples: [
        [(1 << 20) + 9, (1 << 20) + 99, [1 << 20]],
        [(3 << 19) + 9, 2 << 20, [3 << 19]],
      ],
    },
  );
});

test('a file that became shorter is never said to be whole', async () => {
  const source = { sizeBytes: SIZE, list: undefined, hasher: createHasher(), position: 0 };
  const answer = new LargeAnswer({ ...source, handle: handleOf(distinct(SIZE - 1)) });
  const writer: RecordWriter = { room: () => 2 * SIZE, say: () => undefined };
  expect(await answer.fill(writer)).toBe('short');
});

test('records never exceed the room of their frame, and nothing is lost between frames', async () => {
  const bytes = distinct(SIZE);
  const source = { handle: handleOf(bytes), sizeBytes: SIZE, list: undefined, hasher: createHasher() };
  const answer = new LargeAnswer({ ...source, position: 0 });
  const parts: Buffer[] = [];
  for (let state = 'full'; state === 'full'; ) {
    let room = 50_000 + DATA_FRAME;
    const say: RecordWriter['say'] = (_kind, payload) => {
      expect(payload.length).toBeLessThanOrEqual(room);
      room -= payload.length;
      parts.push(Buffer.from(payload));
    };
    state = await answer.fill({ room: () => room, say });
  }
  expect(isEqual(Buffer.concat(parts), bytes)).toBe(true);
});

test('a list takes as many digests as it was announced with, and no more', async () => {
  const list = new BlockList(3 * MIN_BLOCK_BYTES);
  const digests = (count: number): Uint8Array => new Uint8Array(count * BLOCK_DIGEST_BYTES);
  list.take(digests(2));
  expect(list.isWhole).toBe(false);
  expect(() => list.take(digests(2))).toThrow(ProtocolError);
  list.take(digests(1));
  expect(list.isWhole).toBe(true);
  await list.arrived();
  expect(() => list.take(digests(1))).toThrow(ProtocolError);
});

test('who waits for a list that does not come is let go when the fetch is over', async () => {
  const list = new BlockList(MIN_BLOCK_BYTES);
  const arrived = list.arrived();
  list.abandon();
  await arrived;
  await list.arrived();
  expect(list.isWhole).toBe(false);
});
