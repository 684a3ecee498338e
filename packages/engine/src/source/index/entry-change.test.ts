import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createdEntry, damagedEntry, movedEntry, opaqueEntry, updatedEntry } from './entry-change.ts';
import type { Observed } from './index-entry.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));

const observed: fc.Arbitrary<Observed> = fc.record({
  kind: fc.constantFrom('directory', 'file', 'link'),
  sizeBytes: fc.nat(),
  mtimeNs: fc.bigInt({ min: 0n, max: 9n }),
  ctimeNs: fc.bigInt({ min: 0n, max: 9n }),
  birthtimeNs: fc.bigInt({ min: 0n, max: 9n }),
  mtimeUs: fc.nat(),
  mode: fc.constantFrom(0o644, 0o755),
  linkTarget: fc.constantFrom('', 'to'),
  dev: fc.bigInt({ min: 1n, max: 3n }),
  ino: fc.bigInt({ min: 1n, max: 9n }),
  links: fc.integer({ min: 1, max: 2 }),
  isFresh: fc.boolean(),
});

const PLACE = { id: 7, parentId: 1, name: 'f' };
const CREATED = 10;
const NEXT = 11;
const HASH = new Uint8Array(32);

const entry = fc
  .tuple(observed, fc.boolean(), fc.boolean())
  .map(([seen, isDamaged, isOpaque]) =>
    opaqueEntry(
      damagedEntry({ ...createdEntry(PLACE, seen, CREATED), hash: HASH }, isDamaged),
      isOpaque,
      CREATED,
    ),
  );

const holds = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, check), { seed });

describe(`what a change makes of an entry (SEED=${seed})`, () => {
  test('another content is a new version without a hash, and no damage is known of it', () =>
    holds(fc.tuple(entry, observed), ([before, seen]) => {
      const { isDamaged: _damage, ...healthy } = before;
      const after = updatedEntry(before, seen, NEXT, true);
      expect(after).toEqual({ ...healthy, ...seen, sequence: NEXT, version: NEXT, hash: null });
    }));

  test('anything else that was seen keeps the version, its hash and its damage', () =>
    holds(fc.tuple(entry, observed), ([before, seen]) => {
      const after = updatedEntry(before, seen, NEXT, false);
      const { version, hash } = before;
      expect(after).toEqual({ ...before, ...seen, sequence: NEXT, version, hash });
    }));

  test('a move changes the place and nothing else, and is remembered when it was to another folder', () =>
    holds(fc.tuple(entry, fc.constantFrom(1, 2)), ([before, parentId]) => {
      const movedIn = parentId === before.parentId ? before.movedIn : NEXT;
      const after = movedEntry(before, parentId, 'g', NEXT);
      expect(after).toEqual({ ...before, parentId, name: 'g', sequence: NEXT, movedIn });
    }));

  test('opacity and damage come and go without a trace', () =>
    holds(entry, (before) => {
      const { isOpaque: _opaque, ...plain } = before;
      expect(opaqueEntry(opaqueEntry(before, true, NEXT), false, CREATED)).toStrictEqual(plain);
      const { isDamaged: _damage, ...healthy } = before;
      expect(damagedEntry(damagedEntry(before, true), false)).toStrictEqual(healthy);
    }));
});
