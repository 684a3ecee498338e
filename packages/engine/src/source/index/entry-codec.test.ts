import { MAX_NAME_BYTES, utf8Length } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryCodec } from './entry-codec.ts';
import type { IndexEntry } from './index-entry.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const count = fc.maxSafeNat();
const bits64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const facts = fc.record({
  id: count,
  parentId: count,
  name: fc.string({ unit: 'binary', maxLength: 80 }).filter((name) => utf8Length(name) <= MAX_NAME_BYTES),
  kind: fc.constantFrom('directory' as const, 'file' as const, 'link' as const),
  sequence: count,
  version: count,
  movedIn: count,
  sizeBytes: count,
  mtimeUs: fc.maxSafeInteger(),
  mode: fc.nat(0o777),
  linkTarget: fc.string({ unit: 'binary', maxLength: 400 }),
  hash: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
  isFresh: fc.boolean(),
  mtimeNs: bits64,
  ctimeNs: bits64,
  birthtimeNs: bits64,
  dev: bits64,
  ino: bits64,
  links: fc.nat(2 ** 32 - 1),
});
const mark = fc.constantFrom(
  {},
  { isOpaque: true as const },
  { isDamaged: true as const },
  { isExcluded: true as const },
);
const entry: fc.Arbitrary<IndexEntry> = fc.tuple(facts, mark).map(([one, marks]) => ({ ...one, ...marks }));

describe(`the row of an entry (SEED=${SEED})`, () => {
  test('reads back as the entry that was written, whatever was written before it', () => {
    const codec = entryCodec();
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        const bytes = new Uint8Array(codec.encode(one));
        codec.encode(other);
        expect(codec.decode(bytes)).toStrictEqual(one);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('keeps its hash when the bytes that it was read from are used again', () => {
    const codec = entryCodec();
    const [one] = fc.sample(entry, { seed: SEED, numRuns: 1 });
    const bytes = new Uint8Array(codec.encode({ ...(one as IndexEntry), hash: new Uint8Array(32).fill(7) }));
    const { hash } = codec.decode(bytes);
    bytes.fill(0);
    expect(hash).toEqual(new Uint8Array(32).fill(7));
  });

  test('is not made of a name that is longer than the path rule allows', () => {
    const [one] = fc.sample(entry, { seed: SEED, numRuns: 1 });
    expect(() => entryCodec().encode({ ...(one as IndexEntry), name: 'é'.repeat(128) })).toThrow(RangeError);
  });

  test('is not read from too few bytes', () => {
    const [one] = fc.sample(entry, { seed: SEED, numRuns: 1 });
    const bytes = entryCodec().encode(one as IndexEntry);
    expect(() => entryCodec().decode(bytes.subarray(0, 50))).toThrow(RangeError);
  });
});
