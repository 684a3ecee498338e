import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type FolderOnDevice,
  isForeignMount,
  isNumberedAnew,
  isUnmounted,
  mayBeSameDisk,
} from './mount-rule.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
/** Two that are numbered anew with each mount, and two that are not. */
const device = fc.constantFrom(1n, 2n, 0x801n, 0x802n);
const folder: fc.Arbitrary<FolderOnDevice> = fc.record({
  before: device,
  now: device,
  parent: device,
  holdsEntries: fc.boolean(),
  wasMountPoint: fc.boolean(),
  isMountPoint: fc.boolean(),
  isSeenInThisRun: fc.boolean(),
  isEmpty: fc.boolean().map((isEmpty) => () => isEmpty),
  isFamiliar: fc.boolean().map((isFamiliar) => () => isFamiliar),
});
const MOUNT_POINT: FolderOnDevice = {
  before: 2n,
  now: 1n,
  parent: 1n,
  holdsEntries: true,
  wasMountPoint: false,
  isMountPoint: false,
  isSeenInThisRun: false,
  isEmpty: () => true,
  isFamiliar: () => false,
};

test(`a folder on its device, without a mount, is the one it was, and one of which nothing is known cannot lose anything (SEED=${SEED})`, () => {
  const property = fc.property(folder, (one) => {
    const noMount = { wasMountPoint: false, isMountPoint: false };
    expect(isUnmounted({ ...one, ...noMount, now: one.before })).toBe(false);
    expect(isUnmounted({ ...one, holdsEntries: false })).toBe(false);
  });
  fc.assert(property, { seed: SEED });
});

test(`another device than this run has seen is believed only if both are numbered anew with each mount and the names on it are known (SEED=${SEED})`, () => {
  const property = fc.property(folder, (one) => {
    fc.pre(one.before !== one.now);
    const mayBeSame = one.now !== one.parent && isNumberedAnew(one.before) && isNumberedAnew(one.now);
    expect(isUnmounted({ ...one, holdsEntries: true, isSeenInThisRun: true })).toBe(
      !(mayBeSame && one.isFamiliar()),
    );
  });
  fc.assert(property, { seed: SEED });
});

test('a bare mount point is never the disk that was there, not even with the same names in it', () => {
  const known = { ...MOUNT_POINT, isSeenInThisRun: true, isEmpty: () => false, isFamiliar: () => true };
  expect(isUnmounted(known)).toBe(true);
  expect(isUnmounted({ ...known, now: 3n })).toBe(false);
  expect(isUnmounted({ ...known, before: 0x801n, now: 3n })).toBe(true);
  expect(isUnmounted({ ...known, now: 0x801n })).toBe(true);
});

test('after a restart an empty mount point without its disk is not believed; anything else is', () => {
  expect(isUnmounted(MOUNT_POINT)).toBe(true);
  expect(isUnmounted({ ...MOUNT_POINT, isEmpty: () => false })).toBe(false);
  expect(isUnmounted({ ...MOUNT_POINT, now: 3n })).toBe(false);
  expect(isUnmounted({ ...MOUNT_POINT, before: 1n, now: 3n, parent: 1n })).toBe(false);
});

test(`with the same device a mount that came or left is not believed while the program runs (SEED=${SEED})`, () => {
  const property = fc.property(folder, (one) => {
    fc.pre(one.wasMountPoint || one.isMountPoint);
    const bind = { ...one, before: one.parent, now: one.parent, holdsEntries: true };
    expect(isUnmounted({ ...bind, isSeenInThisRun: true })).toBe(true);
    // After a restart it takes a place from which a mount left, and nothing in it.
    const isBare = one.wasMountPoint && !one.isMountPoint && one.isEmpty();
    expect(isUnmounted({ ...bind, isSeenInThisRun: false })).toBe(isBare);
  });
  fc.assert(property, { seed: SEED });
});

test('network file systems and FUSE are numbered anew with each mount, disks are not', () => {
  expect([39n, 0x10002cn].map(isNumberedAnew)).toEqual([true, true]);
  expect([0x801n, 0x10300n, 0xfd00n].map(isNumberedAnew)).toEqual([false, false, false]);
});

test(`an empty disk is never the one that was there, and one with all of it is (SEED=${SEED})`, () => {
  const property = fc.property(fc.integer({ min: 1, max: 1_000_000 }), (indexed) => {
    expect(mayBeSameDisk({ indexed, missing: 0 })).toBe(true);
    expect(mayBeSameDisk({ indexed, missing: indexed })).toBe(false);
    expect(mayBeSameDisk({ indexed, missing: Math.floor(indexed / 2) + 1 })).toBe(false);
  });
  fc.assert(property, { seed: SEED });
  expect(mayBeSameDisk({ indexed: 0, missing: 0 })).toBe(false);
});

test.each([
  ['an empty disk', [], false],
  ['a new disk with a folder of its own for lost files', ['lost+found'], false],
  ['a disk with all that belongs there', ['a', 'b'], false],
  ['one with half of it, and one thing more', ['a', 'x'], false],
  ['one with half of it, and more of other things', ['a', 'x', 'y'], true],
  ['one with other things alone', ['x'], true],
])("mounted over a mirrored folder, %s %j is somebody's own: %s", (_what, standing, isForeign) => {
  expect(isForeignMount(new Set(['a', 'b']), standing)).toBe(isForeign);
});

test("mounted over an empty mirrored folder, a disk with anything is somebody's own", () => {
  expect([[], ['x']].map((standing) => isForeignMount(new Set(), standing))).toEqual([false, true]);
});
