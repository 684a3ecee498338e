import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ABSENT, ValueCache } from './value-cache.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));

const key = fc.oneof(fc.nat(7), fc.tuple(fc.nat(2), fc.constantFrom('', 'a', 'b')));
const step = fc.oneof(fc.record({ key, value: fc.oneof(fc.nat(), fc.constant(ABSENT)) }), fc.record({ key }));

test(`what is remembered is what was set last, whatever was forgotten in between (SEED=${SEED})`, () => {
  const property = fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step), (size, steps) => {
    const cache = new ValueCache<number>(size);
    const model = new Map<string, number | typeof ABSENT>();
    for (const one of steps) {
      const name = JSON.stringify(one.key);
      if ('value' in one) {
        cache.set(one.key, one.value);
        model.set(name, one.value);
        expect(cache.get(one.key)).toBe(one.value);
      } else expect([undefined, model.get(name)]).toContain(cache.get(one.key));
    }
  });
  fc.assert(property, { seed: SEED });
});

test('the values used last are kept, and no more than twice as many as were asked for', () => {
  const cache = new ValueCache<number>(3);
  for (let id = 0; id < 100; id += 1) {
    cache.set(id, id);
    expect(cache.get(0)).toBe(0);
  }
  const kept = Array.from({ length: 100 }, (_, id) => id).filter((id) => cache.get(id) !== undefined);
  expect(kept).toContain(99);
  expect(kept.length).toBeLessThanOrEqual(6);
});

test('what is set again and again takes the room of one value', () => {
  const cache = new ValueCache<number>(10);
  cache.set(0, 0);
  cache.set([0, 'a'], 0);
  for (let round = 1; round <= 100; round += 1) {
    cache.set(1, round);
    cache.set([0, 'b'], round);
  }
  expect([cache.get(0), cache.get([0, 'a'])]).toEqual([0, 0]);
});

test('pairs of ever new numbers take no more room than others', () => {
  const cache = new ValueCache<number>(8);
  for (let id = 0; id < 100; id += 1) cache.set([id, 'a'], id);
  const kept = Array.from({ length: 100 }, (_, id) => id).filter((id) => cache.get([id, 'a']) !== undefined);
  expect(kept).toContain(99);
  expect(kept.length).toBeLessThanOrEqual(4);
});

test('nothing is remembered after it was cleared', () => {
  const cache = new ValueCache<number>(2);
  for (let id = 0; id < 4; id += 1) cache.set(id, id);
  cache.clear();
  for (let id = 0; id < 4; id += 1) expect(cache.get(id)).toBeUndefined();
});
