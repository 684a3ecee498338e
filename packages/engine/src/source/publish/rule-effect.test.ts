/** What other rules would change is said as they will. */
import { joinPath, parentOf } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import { systemClock } from '../../wire/index.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { leftOutBy } from './rule-effect.ts';
import { SourceFilter } from './source-filter.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`rule-effect.test SEED=${seed}`);

beforeAll(async () => {
  await loadHash();
});

const NAMES = ['a', 'b', 'c'];
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const file = fc.record({ path, sizeBytes: fc.constantFrom(1, 100), isExcluded: fc.boolean() });
const rules = fc.array(fc.constantFrom('a', '/b/', 'a/b', '!c', '*', '!*/', 'c/**'), { maxLength: 3 });

const seen = (kind: 'directory' | 'file', ino: number, sizeBytes: number) => ({
  ...{ kind, sizeBytes, mtimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n, mtimeUs: 0, mode: 0o644, linkTarget: '' },
  ...{ dev: 1n, ino: BigInt(ino), links: 1, isFresh: false },
});

interface Made {
  readonly kind: 'directory' | 'file';
  readonly sizeBytes: number;
  readonly isExcluded: boolean;
}

/** An index of these files in their folders, and all that is in it by path. */
function made(files: readonly { path: readonly string[]; sizeBytes: number; isExcluded: boolean }[]): {
  readonly index: TreeIndex;
  readonly entries: ReadonlyMap<string, Made>;
} {
  const store = createMemoryStore();
  const index = TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );
  const entries = new Map<string, Made>();
  const ids = new Map<string, number>();
  let ino = 1;
  const add = (at: string, name: string, one: Made): void => {
    const parentId = at === '' ? 0 : (ids.get(parentOf(at)) ?? 0);
    ino += 1;
    const entry = index.create(parentId, name, seen(one.kind, ino, one.sizeBytes));
    ids.set(at, entry.id);
    if (at !== '') entries.set(at, one);
    if (one.isExcluded) index.setExcluded(entry, true);
  };
  index.transact(() => {
    add('', '', { kind: 'directory', sizeBytes: 0, isExcluded: false });
    for (const { path: names, ...one } of files) {
      let at = '';
      for (const [depth, name] of names.entries()) {
        const above = at;
        at = joinPath(at, name);
        if (above !== '' && entries.get(above)?.kind === 'file') break;
        if (ids.has(at)) continue;
        const isLast = depth === names.length - 1;
        add(
          at,
          name,
          isLast ? { kind: 'file', ...one } : { kind: 'directory', sizeBytes: 0, isExcluded: false },
        );
      }
    }
  });
  return { index, entries };
}

test('the tops are counted of what is published and the other rules leave out, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[fc.array(file, { maxLength: 12 }), rules, fc.constantFrom(0, 10), fc.nat(12)],
      async (files, lines, maxBytes, most) => {
        const { index, entries } = made(files);
        const filter = new SourceFilter(
          lines.map((line) => ({ line, origin: 'test' })),
          { maxBytes },
        );
        const isOut = (at: string): boolean => {
          const entry = entries.get(at);
          return entry !== undefined && filter.isLeftOut(at, entry);
        };
        const wanted = [...entries]
          .filter(([at, { isExcluded }]) => isOut(at) && !isOut(parentOf(at)) && !isExcluded)
          .map(([at, { kind }]) => (kind === 'directory' ? `${at}/` : at));
        const { count, first } = await leftOutBy(index, filter, systemClock, most);
        expect(count).toBe(wanted.length);
        expect(first).toHaveLength(Math.min(most, wanted.length));
        for (const one of first) expect(wanted).toContain(one);
      },
    ),
    { seed, numRuns: 500 },
  );
});
