import type { EntryKind } from '@lanmirror/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSizeExcluded } from './size-limit.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`size-limit.test SEED=${seed}`);

const size = fc.oneof(fc.nat(10), fc.maxSafeNat());

test('of files exactly those outside of the limits are left out, and nothing else; 0 is no limit', () => {
  fc.assert(
    fc.property(
      size,
      size,
      size,
      fc.constantFrom<EntryKind>('file', 'directory', 'link'),
      (min, max, sizeBytes, kind) => {
        const isInside = sizeBytes >= min && sizeBytes <= (max === 0 ? Number.POSITIVE_INFINITY : max);
        expect(isSizeExcluded({ minBytes: min, maxBytes: max }, { kind, sizeBytes })).toBe(
          kind === 'file' && !isInside,
        );
      },
    ),
    { seed, numRuns: 2000 },
  );
});
