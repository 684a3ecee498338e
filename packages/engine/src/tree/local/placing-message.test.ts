import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Stat } from '../port.ts';
import { packStats, unpackStats } from './placing-message.ts';

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
