import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NewFile, Stat } from '../port.ts';
import { packFiles, packStats, unpackFiles, unpackStats } from './placing-message.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.info(`placing-message.test SEED=${SEED}`);

const time = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const stat: fc.Arbitrary<Stat> = fc.record({
  kind: fc.constant('file' as const),
  sizeBytes: fc.nat(2 ** 31 - 1),
  mtimeNs: time,
  ctimeNs: time,
  birthtimeNs: time,
  mode: fc.nat(0o777),
  dev: number,
  ino: number,
  links: fc.integer({ min: 1, max: 65_000 }),
});

test('what is packed comes out as it was, and what was not placed as undefined', () => {
  fc.assert(
    fc.property(fc.array(fc.option(stat, { nil: undefined })), (stats) => {
      expect(unpackStats(packStats(stats))).toEqual(stats);
    }),
    { seed: SEED },
  );
});

/** Of several memories, shared and not, at any offset. */
const file: fc.Arbitrary<NewFile> = fc
  .record({
    stagedName: fc.stringMatching(/^part-[0-9a-z-]+$/),
    path: fc.string({ unit: 'binary', minLength: 1 }).map((path) => path.replaceAll('\0', '/')),
    content: fc.tuple(fc.nat(3), fc.nat(30), fc.nat(30)),
    mode: fc.option(fc.nat(0o777), { nil: undefined }),
    mtimeUs: fc.maxSafeInteger(),
  })
  .map(({ content: [memory, offset, length], ...facts }) => ({
    ...facts,
    bytes: new Uint8Array(MEMORIES[memory] ?? new ArrayBuffer(60), offset, length),
  }));
const MEMORIES = [new SharedArrayBuffer(60), new SharedArrayBuffer(60), new ArrayBuffer(60)].map(
  (memory, at) => {
    new Uint8Array(memory).forEach((_, index, all) => {
      all[index] = at * 60 + index;
    });
    return memory;
  },
);

test('files that are asked for come out as they were, shared contents in the same memory', () => {
  fc.assert(
    fc.property(fc.array(file), (files) => {
      const asked = unpackFiles(structuredClone(packFiles(files)));
      expect(asked).toEqual(files);
      for (const [at, { bytes }] of files.entries()) {
        if (!(bytes.buffer instanceof SharedArrayBuffer) || bytes.length === 0) continue;
        bytes[0] = ((bytes[0] ?? 0) + 1) % 256;
        expect(asked[at]?.bytes[0]).toBe(bytes[0]);
      }
    }),
    { seed: SEED },
  );
});
