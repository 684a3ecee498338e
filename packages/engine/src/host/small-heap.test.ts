import fc from 'fast-check';
import { expect, test } from 'vitest';
import { growingPercent } from './small-heap.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.info(`small-heap.test SEED=${SEED}`);

const MIB = 1 << 20;
const aliveBytes = fc.integer({ min: MIB, max: 2 ** 31 - 1 });
const limitOf = (alive: number) => alive * (1 + growingPercent(alive) / 100);

test('a heap grows to 40 MiB or by three tenths, whichever is more, and never by more than 120 percent', () => {
  fc.assert(
    fc.property(aliveBytes, (alive) => {
      const limit = limitOf(alive);
      expect(limit).toBeLessThanOrEqual(Math.max(40 * MIB, 1.3 * alive));
      expect(limit).toBeLessThanOrEqual(2.2 * alive);
      if (alive > 31 * MIB) expect(growingPercent(alive)).toBe(30);
    }),
    { seed: SEED },
  );
});

test('the easier a heap grows the smaller it is', () => {
  fc.assert(
    fc.property(aliveBytes, aliveBytes, (one, other) => {
      const [small, large] = [Math.min(one, other), Math.max(one, other)];
      expect(growingPercent(small)).toBeGreaterThanOrEqual(growingPercent(large));
    }),
    { seed: SEED },
  );
});
