import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareFileKeys, type FileKey, type FileOrder, fileKey, type OrderedFile } from './file-order.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`file-order.test SEED=${seed}`);

const name = fc.constantFrom('a', 'b', 'a b', 'a.txt', 'z', 'ä', '日本');
const file: fc.Arbitrary<OrderedFile> = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
  sizeBytes: fc.oneof(fc.nat(3), fc.maxSafeNat()),
  mtimeUs: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer()),
});
const wanted = fc.record({ file, isFirst: fc.boolean() });
const order = fc.constantFrom<FileOrder>('none', 'smallest', 'newest', 'name');
const sign = Math.sign;

const sortedBy = (rule: FileOrder, list: readonly { file: OrderedFile; isFirst: boolean }[]) =>
  list
    .map((one) => ({ ...one, key: fileKey(rule, one.isFirst, one.file) }))
    .sort((a, b) => compareFileKeys(a.key, b.key));

describe('the order of files', () => {
  test('is one: whatever is compared, nothing comes before itself, and nothing goes in a ring', () => {
    fc.assert(
      fc.property(order, fc.tuple(wanted, wanted, wanted), (rule, three) => {
        const [a, b, c] = three.map((one) => fileKey(rule, one.isFirst, one.file)) as [
          FileKey,
          FileKey,
          FileKey,
        ];
        expect(compareFileKeys(a, a)).toBe(0);
        expect(sign(compareFileKeys(a, b))).toBe(0 - sign(compareFileKeys(b, a)));
        if (compareFileKeys(a, b) <= 0 && compareFileKeys(b, c) <= 0)
          expect(compareFileKeys(a, c)).toBeLessThanOrEqual(0);
      }),
      { seed, numRuns: 500 },
    );
  });

  test('has what somebody wants first before all others, and within both what its rule says', () => {
    fc.assert(
      fc.property(order, fc.array(wanted, { maxLength: 30 }), (rule, list) => {
        const sorted = sortedBy(rule, list);
        for (const [at, { file: now, isFirst }] of sorted.entries()) {
          const before = sorted[at - 1];
          if (before === undefined) continue;
          if (isFirst) expect(before.isFirst).toBe(true);
          if (isFirst !== before.isFirst) continue;
          if (rule === 'smallest') expect(before.file.sizeBytes).toBeLessThanOrEqual(now.sizeBytes);
          if (rule === 'newest') expect(before.file.mtimeUs).toBeGreaterThanOrEqual(now.mtimeUs);
          if (rule === 'none')
            expect(list.findIndex((one) => one.file === before.file)).toBeLessThanOrEqual(
              list.findIndex((one) => one.file === now),
            );
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test('by name keeps what is in one folder together', () => {
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 30 }), (list) => {
        const paths = sortedBy(
          'name',
          list.map((one) => ({ ...one, isFirst: false })),
        ).map((one) => one.file.path);
        const folders = new Set(
          paths.flatMap((path) => path.split('/').map((_, at, all) => all.slice(0, at).join('/'))),
        );
        for (const folder of folders) {
          const inside = paths
            .map((path, at) => (`/${path}`.startsWith(folder === '' ? '/' : `/${folder}/`) ? at : -1))
            .filter((at) => at >= 0);
          expect((inside.at(-1) ?? 0) - (inside[0] ?? 0)).toBe(inside.length - 1);
        }
      }),
      { seed, numRuns: 300 },
    );
  });
});
