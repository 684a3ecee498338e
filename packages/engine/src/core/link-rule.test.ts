import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeLink } from './link-rule.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`link-rule.test SEED=${seed}`);

const NAMES = ['a', 'b', 'c'];
const target = fc
  .array(fc.constantFrom('..', '.', '', ...NAMES), { minLength: 1, maxLength: 7 })
  .map((parts) => parts.join('/'));
const place = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 });
/** Links by their path; every other path is a folder. */
const links = fc.array(fc.record({ place, target }), { maxLength: 12 });

/** Goes where a system would go. True when that leaves the mirrored folder at any step. */
function escapes(tree: ReadonlyMap<string, string>, from: readonly string[], path: string): boolean {
  const at = [...from];
  const rest = path.split('/');
  if (path.startsWith('/')) return true;
  for (let steps = 0; rest.length > 0 && steps < 200; steps += 1) {
    const name = rest.shift() as string;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (at.pop() === undefined) return true;
      continue;
    }
    at.push(name);
    const next = tree.get(at.join('/'));
    if (next === undefined) continue;
    if (next.startsWith('/')) return true;
    at.pop();
    rest.unshift(...next.split('/'));
  }
  return false;
}

describe('safe links', () => {
  test('nothing that is reached through safe links alone is outside, however they are combined', () => {
    fc.assert(
      fc.property(links, (wanted) => {
        const tree = new Map<string, string>();
        for (const { place, target } of wanted) {
          const above = place.slice(0, -1).map((_name, at) => place.slice(0, at + 1).join('/'));
          // A link stands in a real folder, and nothing stands below a link.
          if (above.some((path) => tree.has(path))) continue;
          if ([...tree.keys()].some((path) => path.startsWith(`${place.join('/')}/`))) continue;
          if (judgeLink('safe', place.length - 1, target) === 'mirrored') tree.set(place.join('/'), target);
        }
        for (const [path, target] of tree)
          expect(escapes(tree, path.split('/').slice(0, -1), target)).toBe(false);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('a link that climbs at its beginning only is refused exactly when it climbs above the mirrored folder', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), fc.array(fc.constantFrom(...NAMES)), (depth, climbs, names) => {
        const path = [...Array<string>(climbs).fill('..'), ...names].join('/') || '.';
        expect(judgeLink('safe', depth, path)).toBe(climbs <= depth ? 'mirrored' : 'leads-outside');
      }),
      { seed },
    );
  });

  test.each([
    ['/etc/passwd', 'leads-outside'],
    ['..', 'leads-outside'],
    ['a/../../b', 'leads-outside'],
    ['a/../b', 'leads-outside'],
    ['C:/x', 'leads-outside'],
    ['a\\..\\..\\b', 'leads-outside'],
    ['', 'leads-outside'],
    ['.', 'mirrored'],
    ['./a', 'mirrored'],
    ['a..b/..c', 'mirrored'],
    ['...', 'mirrored'],
  ] as const)('at the top %j is %s', (path, verdict) => {
    expect(judgeLink('safe', 0, path)).toBe(verdict);
  });
});

test('keep takes every link, skip takes none', () => {
  fc.assert(
    fc.property(fc.nat(9), fc.string(), (depth, path) => {
      expect(judgeLink('keep', depth, path)).toBe('mirrored');
      expect(judgeLink('skip', depth, path)).toBe('skipped');
    }),
    { seed },
  );
});
