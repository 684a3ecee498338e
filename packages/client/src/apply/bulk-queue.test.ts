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

  test('gives all that is left by another order from the moment when that is asked for, and nothing twice', async () => {
    const other = (id: number): FileKey => ({ isFirst: id % 7 === 0, value: -id });
    const ways = fc.array(fc.constantFrom(keyOf, other, undefined), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(60), ways, fc.nat(20), async (list, before, orders, between) => {
        const [first, ...later] = orders;
        const queue = new BulkQueue(first, systemClock);
        const adding = list.map((ids) => queue.add(ids));
        const taken: number[] = [];
        const take = (count: number): void => {
          for (let id = queue.peek(); id !== undefined && count > 0; id = queue.peek(), count -= 1) {
            taken.push(id);
            queue.skip();
          }
        };
        take(before);
        const reordering = later.map((order) => {
          const done = queue.reorder(order);
          take(between);
          return done;
        });
        await Promise.all([...adding, ...reordering]);
        const left = drained(queue);
        const ascending = (a: number, b: number): number => a - b;
        expect([...taken, ...left].sort(ascending)).toEqual(list.flat().sort(ascending));
        const last = orders.at(-1);
        if (last === undefined) return;
        for (const [at, id] of left.slice(1).entries())
          expect(compareFileKeys(last(left[at] as number), last(id))).toBeLessThanOrEqual(0);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('of more than are sorted at a time gives what is in order already while the rest is sorted', async () => {
    const count = 40_000;
    const queue = new BulkQueue(undefined, systemClock);
    await queue.add(Array.from({ length: count }, (_, at) => at));
    const reordered = queue.reorder((id) => ({ isFirst: false, value: -id }));
    const first = queue.peek();
    queue.skip();
    await reordered;
    expect([first, ...drained(queue)]).toEqual([
      0,
      ...Array.from({ length: count - 1 }, (_, at) => count - 1 - at),
    ]);
  });

  test('of many more than are sorted at a time is in one order, too', async () => {
    const count = 40_000;
    const ids = Array.from({ length: count }, (_, at) => (at * 7919) % count);
    const queue = new BulkQueue(
      (id) => ({ isFirst: false, value: `name ${String(id).padStart(7, '0')}` }),
      systemClock,
    );
    await queue.add(ids);
    expect(drained(queue)).toEqual(ids.sort((a, b) => a - b));
  });
});
