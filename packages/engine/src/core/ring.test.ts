import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortestRing } from './ring.ts';

const SEED = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };
const graph = fc.integer({ min: 0, max: 7 }).chain((count) =>
  fc.array(fc.uniqueArray(fc.nat({ max: Math.max(0, count - 1) }), { maxLength: 3 }), {
    minLength: count,
    maxLength: count,
  }),
);

/** Whether `from` leads to `to`, by one step or many, never by staying where it is. */
function doesLead(next: readonly (readonly number[])[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const visit = (at: number): boolean => {
    for (const one of next[at] ?? []) {
      if (one === at || seen.has(one)) continue;
      if (one === to) return true;
      seen.add(one);
      if (visit(one)) return true;
    }
    return false;
  };
  return visit(from);
}

test.each([
  ['none', [], undefined],
  ['a chain', [[1], [2], []], undefined],
  ['what leads to itself', [[0], [1]], undefined],
  ['two', [[1], [0]], [0, 1]],
  ['two behind others', [[1], [2], [3], [2]], [2, 3]],
  ['a short one beside a long one', [[1], [2], [0], [4], [3]], [3, 4]],
])('%s', (_what, next, ring) => {
  expect(shortestRing(next)).toEqual(ring);
});

test('a ring is found exactly when something leads back to itself, and each of it leads to the one behind it', () => {
  const check = fc.property(graph, (next) => {
    const ring = shortestRing(next);
    const isAny = next.some((_to, at) => doesLead(next, at, at));
    expect(ring !== undefined).toBe(isAny);
    for (const [at, one] of ring?.entries() ?? [])
      expect(next[one]).toContain(ring?.[(at + 1) % ring.length]);
    expect(new Set(ring).size).toBe(ring?.length ?? 0);
  });
  fc.assert(check, { numRuns: 500, ...SEED });
});
