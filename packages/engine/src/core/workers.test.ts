import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayBegin, workersOf } from './workers.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`workers.test SEED=${seed}`);

const setting = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant('auto' as const));
const cores = fc.integer({ min: 1, max: 256 });

test('a number is what it says, for all files and on every machine', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), cores, (number, count) => {
      expect(workersOf(number, count)).toEqual({ most: number, large: number });
    }),
    { seed },
  );
});

test('auto is between 1 and 20 on every machine, no less with more cores, and few for large files', () => {
  fc.assert(
    fc.property(cores, (count) => {
      const { most, large } = workersOf('auto', count);
      expect(most).toBeGreaterThanOrEqual(workersOf('auto', Math.max(1, count - 1)).most);
      expect(most).toBeLessThanOrEqual(20);
      expect(large).toBeGreaterThanOrEqual(1);
      expect(large).toBeLessThan(most);
    }),
    { seed },
  );
  expect([1, 2, 4, 8, 64].map((count) => workersOf('auto', count).most)).toEqual([4, 4, 8, 12, 12]);
});

test('whatever comes, no more begin than are allowed, and something always begins while nothing runs', () => {
  const files = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(setting, cores, files, fc.infiniteStream(fc.nat()), (given, count, isLarge, picks) => {
      const workers = workersOf(given, count);
      const running: boolean[] = [];
      for (const next of isLarge) {
        const large = (): number => running.filter(Boolean).length;
        while (!mayBegin(workers, running.length, large(), next)) {
          expect(running.length).toBeGreaterThan(0);
          running.splice(Number(picks.next().value) % running.length, 1);
        }
        running.push(next);
        expect(running.length).toBeLessThanOrEqual(workers.most);
        expect(large()).toBeLessThanOrEqual(workers.large);
      }
    }),
    { seed },
  );
});
