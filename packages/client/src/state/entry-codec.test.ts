import { msgpackCodec } from '@lanmirror/engine/store';
import type { SourceEntry } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BaselineEntry } from './baseline-entry.ts';
import { baselineEntryCodec, sourceEntryCodec } from './entry-codec.ts';

const SEED = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const name = fc.string({ unit: 'grapheme', maxLength: 40 });
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
