import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FolderOnDevice, isUnmounted } from './mount-rule.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const device = fc.bigInt({ min: 1n, max: 3n });
const folder: fc.Arbitrary<FolderOnDevice> = fc.record({
  before: device,
  now: device,
  parent: device,
  holdsEntries: fc.boolean(),
  isSeenInThisRun: fc.boolean(),
  isEmpty: fc.boolean().map((isEmpty) => () => isEmpty),
});
const MOUNT_POINT: FolderOnDevice = {
  before: 2n,
  now: 1n,
  parent: 1n,
  holdsEntries: true,
  isSeenInThisRun: false,
  isEmpty: () => true,
};

test(`a folder on its device is the one it was, and one of which nothing is known cannot lose anything (SEED=${SEED})`, () => {
  const property = fc.property(folder, (one) => {
    expect(isUnmounted({ ...one, now: one.before })).toBe(false);
    expect(isUnmounted({ ...one, holdsEntries: false })).toBe(false);
  });
  fc.assert(property, { seed: SEED });
});

test(`another device than this run has seen is not believed, whatever is on it (SEED=${SEED})`, () => {
  const property = fc.property(folder, (one) => {
    fc.pre(one.before !== one.now);
    expect(isUnmounted({ ...one, holdsEntries: true, isSeenInThisRun: true })).toBe(true);
  });
  fc.assert(property, { seed: SEED });
});

test('after a restart an empty mount point without its disk is not believed; anything else is', () => {
  expect(isUnmounted(MOUNT_POINT)).toBe(true);
  expect(isUnmounted({ ...MOUNT_POINT, isEmpty: () => false })).toBe(false);
  expect(isUnmounted({ ...MOUNT_POINT, now: 3n })).toBe(false);
  expect(isUnmounted({ ...MOUNT_POINT, before: 1n, now: 3n, parent: 1n })).toBe(false);
});
