import { compareFileKeys, type FileKey } from '@lanmirror/engine/core';
import { systemClock } from '@lanmirror/engine/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BulkQueue } from './bulk-queue.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`bulk-queue.test SEED=${seed}`);

/** The key of an id that tells of itself: its tens decide, and from 1000 on it goes first. */
const keyOf = (id: number): FileKey => ({ isFirst: id >= 1000, value: Math.floor(id / 10) });
const byKey = (a: number, b: number): number => compareFileKeys(keyOf(a), keyOf(b));
const batches = fc.array(fc.array(fc.integer({ min: 1, max: 1200 }), { maxLength: 40 }), { maxLength: 8 });

function drained(queue: BulkQueue): number[] {
  const ids: number[] = [];
  for (let id = queue.peek(); id !== undefined; id = queue.peek()) {
    expect(queue.isEmpty).toBe(false);
    ids.push(id);
    queue.skip();
  }
  expect(queue.isEmpty).toBe(true);
  return ids;
}

describe('a queue of many files', () => {
  test('gives all that was added by their order, whenever it was added, equal ones as they came', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (list) => {
        const queue = new BulkQueue(keyOf, systemClock);
        for (const ids of list) await queue.add(ids);
        expect(drained(queue)).toEqual(list.flat().sort(byKey));
      }),
      { seed, numRuns: 200 },
    );
  });

  test('takes what comes later to its place among what is left', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(30), async (list, taken) => {
        const queue = new BulkQueue(keyOf, systemClock);
        const left: number[] = [];
        for (const ids of list) {
          await queue.add(ids);
          left.push(...ids);
          left.sort(byKey);
          for (let count = 0; count < taken && left.length > 0; count += 1) {
            expect(keyOf(queue.peek() ?? -1)).toEqual(keyOf(left[0] as number));
            left.splice(left.indexOf(queue.peek() as number), 1);
            queue.skip();
          }
        }
        expect(drained(queue).sort(byKey).map(keyOf)).toEqual(left.map(keyOf));
      }),
      { seed, numRuns: 200 },
    );
  });

  test('without an order gives them as they came, at once', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (list) => {
        const queue = new BulkQueue(undefined, systemClock);
        const adding = list.map((ids) => queue.add(ids));
        expect(drained(queue)).toEqual(list.flat());
        await Promise.all(adding);
      }),
      { seed, numRuns: 200 },
    );
  });

  test('of many more than are sorted at a time is in one order, too', async () => {
    const count = 100_000;
    const ids = Array.from({ length: count }, (_, at) => (at * 7919) % count);
    const queue = new BulkQueue(
      (id) => ({ isFirst: false, value: `name ${String(id).padStart(7, '0')}` }),
      systemClock,
    );
    await queue.add(ids);
    expect(drained(queue)).toEqual(ids.sort((a, b) => a - b));
  });
});
