import { msgpackCodec } from '@lanmirror/engine/store';
import type { SourceEntry } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BaselineEntry } from './baseline-entry.ts';
import { baselineEntryCodec, sourceEntryCodec } from './entry-codec.ts';
import { isFixedRow } from './fixed-row.ts';

const SEED = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
/** Up to the longest there may be on a disk, and beyond. */
const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.nat({ max: 300 }).map((length) => 'é'.repeat(length)),
);
const facts = {
  ...{ id: fc.integer(), parentId: fc.integer(), name, version: fc.integer({ min: -1 }), sizeBytes: count },
  kind: fc.constantFrom('file' as const, 'directory' as const, 'link' as const),
  ...{ mtimeUs: fc.maxSafeInteger(), mode: fc.nat({ max: 0o777 }), linkTarget: name },
};
const nanoseconds = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });

const sourceEntry: fc.Arbitrary<SourceEntry> = fc.record(
  { ...facts, sequence: count, isOpaque: fc.constant(true as const) },
  { noNullPrototype: true, requiredKeys: ['sequence', ...(Object.keys(facts) as (keyof typeof facts)[])] },
);

const disk = fc.record(
  {
    ...{ ino: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), mtimeNs: nanoseconds, ctimeNs: nanoseconds },
    ...{ sizeBytes: count, mode: fc.nat({ max: 0o777 }) },
  },
  { noNullPrototype: true, requiredKeys: ['ino', 'mtimeNs', 'ctimeNs', 'sizeBytes'] },
);

const baselineEntry: fc.Arbitrary<BaselineEntry> = fc.record(
  {
    ...facts,
    disk,
    hash: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
    ...{ bornMs: count, checkpoint: count, sourceName: name, parkedFrom: name },
    isGone: fc.constant(true as const),
    goneAtMs: count,
    isSpared: fc.constant(true as const),
    isDamaged: fc.constant(true as const),
    isUnproved: fc.constant(true as const),
  },
  {
    noNullPrototype: true,
    requiredKeys: ['disk', 'hash', 'bornMs', 'checkpoint', ...(Object.keys(facts) as (keyof typeof facts)[])],
  },
);

test('an entry of the view comes back as it was stored', () => {
  const codec = sourceEntryCodec();
  fc.assert(
    fc.property(sourceEntry, (entry) => {
      expect(codec.decode(codec.encode(entry))).toStrictEqual(entry);
    }),
    SEED,
  );
});

test('an entry of the baseline comes back as it was stored', () => {
  const codec = baselineEntryCodec();
  fc.assert(
    fc.property(baselineEntry, (entry) => {
      expect(codec.decode(codec.encode(entry))).toStrictEqual(entry);
    }),
    SEED,
  );
});

test('what an older program stored with names is still read', () => {
  fc.assert(
    fc.property(sourceEntry, baselineEntry, (source, baseline) => {
      const named = msgpackCodec<object>();
      expect(sourceEntryCodec().decode(named.encode(source))).toStrictEqual(source);
      expect(baselineEntryCodec().decode(named.encode(baseline))).toStrictEqual(baseline);
    }),
    SEED,
  );
});

test('a file that is as the source has it takes the form that is quick to read, and one that is kept does not', () => {
  const codec = baselineEntryCodec();
  const file: BaselineEntry = {
    ...{ id: 2, parentId: 1, name: 'a', kind: 'file', version: 3, sizeBytes: 4, mtimeUs: 5, mode: 0o644 },
    ...{ linkTarget: '', hash: new Uint8Array(32).fill(6), bornMs: 7, checkpoint: 8 },
    disk: { ino: 9n, mtimeNs: 10n, ctimeNs: 11n, sizeBytes: 4, mode: 0o644 },
  };
  const forms = [file, { ...file, hash: null }, { ...file, isGone: true as const }].map((entry) => {
    const bytes = codec.encode(entry).slice();
    expect(codec.decode(bytes)).toStrictEqual(entry);
    return isFixedRow(bytes);
  });
  expect(forms).toEqual([true, true, false]);
});

test('what a program before stored as values in a fixed order is still read', () => {
  const packed = msgpackCodec<readonly unknown[]>();
  const source = [2, 1, 'a', 'file', 9, 3, 4, 5, 0o644, '', true];
  const disk = [9n, 10n, 11n, 4, null];
  const baseline = [2, 1, 'a', 'link', 3, 0, 5, 0o777, 'b', null, ...disk, 7, 8, null, null, true];
  expect(sourceEntryCodec().decode(packed.encode(source))).toStrictEqual({
    ...{ id: 2, parentId: 1, name: 'a', kind: 'file', sequence: 9, version: 3, sizeBytes: 4, mtimeUs: 5 },
    ...{ mode: 0o644, linkTarget: '', isOpaque: true },
  });
  expect(baselineEntryCodec().decode(packed.encode(baseline))).toStrictEqual({
    ...{ id: 2, parentId: 1, name: 'a', kind: 'link', version: 3, sizeBytes: 0, mtimeUs: 5, mode: 0o777 },
    ...{ linkTarget: 'b', hash: null, bornMs: 7, checkpoint: 8, isGone: true },
    disk: { ino: 9n, mtimeNs: 10n, ctimeNs: 11n, sizeBytes: 4 },
  });
});
