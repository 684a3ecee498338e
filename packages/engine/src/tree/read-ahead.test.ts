import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TreeError } from './error.ts';
import { type ByteSource, CHUNK_BYTES, ReadAhead } from './read-ahead.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`read-ahead.test SEED=${seed}`);

const BYTES = Buffer.alloc(5 * CHUNK_BYTES + 77);
for (let at = 0; at + 4 <= BYTES.length; at += 4) BYTES.writeUInt32LE(at, at);

/** Gives at most `most` bytes at a time, and an error from `failsAt` on. */
const sourceOf = (bytes: Uint8Array, most: number, failsAt = Number.POSITIVE_INFINITY): ByteSource => ({
  read: async (buffer, offset, length, position) => {
    if (position + length > failsAt) throw new TreeError('IO', 'f', 'the disk');
    const part = bytes.subarray(position, position + Math.min(length, most));
    buffer.set(part, offset);
    return part.length;
  },
});

async function readAll(reader: ReadAhead): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    expect(Math.floor(chunk.position / CHUNK_BYTES)).toBe(
      Math.floor((chunk.position + chunk.bytes.length - 1) / CHUNK_BYTES),
    );
    parts.push(Buffer.from(chunk.bytes));
  }
  return Buffer.concat(parts);
}

test('every byte of a range is given once, in order, in chunks that end at multiples of their size', async () => {
  const spare: Uint8Array[] = [];
  await fc.assert(
    fc.asyncProperty(fc.nat(BYTES.length), fc.nat(BYTES.length), async (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const all = await readAll(new ReadAhead(sourceOf(BYTES, 200_000), start, end, spare));
      expect(Buffer.compare(all, BYTES.subarray(start, end))).toBe(0);
    }),
    { seed, numRuns: 40 },
  );
});

test('what turns out to be shorter ends with the last whole chunk', async () => {
  const all = await readAll(new ReadAhead(sourceOf(BYTES, 1e9), 0, BYTES.length + 1));
  expect(all.length).toBe(5 * CHUNK_BYTES);
});

test('an error comes when its chunk is wanted, and not before', async () => {
  const reader = new ReadAhead(sourceOf(BYTES, 1e9, 2 * CHUNK_BYTES), 0, BYTES.length);
  expect((await reader.next())?.position).toBe(0);
  expect((await reader.next())?.position).toBe(CHUNK_BYTES);
  await expect(reader.next()).rejects.toThrow('the disk');
});
