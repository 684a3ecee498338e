import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueQueue } from './due-queue.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`due-queue.test SEED=${seed}`);

test('paths come out by time, and of one time in the order of scheduling', () => {
  const queue = new DueQueue();
  for (const [path, at] of [
    ['c', 3],
    ['a', 1],
    ['b2', 2],
    ['b1', 2],
  ] as const)
    queue.schedule(path, at);
  expect(queue.next()).toBe(1);
  expect(queue.take(2)).toEqual(['a', 'b2', 'b1']);
  expect(queue.next()).toBe(3);
  expect(queue.take(2)).toEqual([]);
  expect(queue.take(3)).toEqual(['c']);
  expect(queue.next()).toBeUndefined();
});

test('a path has one time: it can move both ways and be cancelled', () => {
  const queue = new DueQueue();
  queue.schedule('a', 10);
  queue.schedule('a', 20);
  expect(queue.take(10)).toEqual([]);
  expect(queue.next()).toBe(20);
  queue.schedule('a', 5);
  expect(queue.next()).toBe(5);
  queue.schedule('a', 30);
  expect(queue.take(29)).toEqual([]);
  queue.cancel('a');
  expect([queue.size, queue.next()]).toEqual([0, undefined]);
});

test('it agrees with a plain map for every sequence of operations', () => {
  const step = fc.record({
    kind: fc.constantFrom(
      'schedule' as const,
      'schedule' as const,
      'schedule' as const,
      'cancel' as const,
      'take' as const,
    ),
    path: fc.nat(30).map((n) => `p${n}`),
    at: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const queue = new DueQueue();
      const model = new Map<string, number>();
      for (const { kind, path, at } of steps) {
        if (kind === 'schedule') {
          queue.schedule(path, at);
          model.set(path, at);
        } else if (kind === 'cancel') {
          queue.cancel(path);
          model.delete(path);
        } else {
          const taken = queue.take(at);
          const times = taken.map((one) => model.get(one) ?? Number.NaN);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          const expected = [...model].filter(([, due]) => due <= at).map(([one]) => one);
          expect(taken.toSorted()).toEqual(expected.toSorted());
          for (const one of taken) model.delete(one);
        }
        expect(queue.size).toBe(model.size);
        expect(queue.next()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
    }),
    { seed, numRuns: 300 },
  );
});
