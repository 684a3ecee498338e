import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesKeptFree, type DiskSpace, roomLeft } from './free-space.ts';

const bytes = fc.nat({ max: 2 ** 45 });
const disk = fc
  .tuple(bytes, bytes)
  .map(([one, other]): DiskSpace => ({ totalBytes: Math.max(one, other), freeBytes: Math.min(one, other) }));
const wish = fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 2 ** 45 }));

test('files that are begun only while there is room for them never leave less free than was asked for', () => {
  fc.assert(
    fc.property(disk, wish, fc.array(bytes), (space, wanted, files) => {
      let begun = 0;
      for (const size of files) if (size <= roomLeft(space, wanted, begun)) begun += size;
      expect(begun === 0 || space.freeBytes - begun >= bytesKeptFree(wanted, space)).toBe(true);
    }),
  );
});

test('what is written takes as much from the disk as it gives back from what is begun', () => {
  fc.assert(
    fc.property(
      disk,
      wish,
      bytes,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (space, wanted, size, part) => {
        fc.pre(size <= roomLeft(space, wanted, 0));
        const written = Math.floor(size * part);
        const later = { ...space, freeBytes: space.freeBytes - written };
        expect(roomLeft(later, wanted, size - written)).toBe(roomLeft(space, wanted, size));
      },
    ),
  );
});

test('by itself at most 256 MiB and at most a hundredth of the disk stay free', () => {
  fc.assert(
    fc.property(disk, (space) => {
      expect(bytesKeptFree('auto', space)).toBeLessThanOrEqual(Math.min(256 << 20, space.totalBytes / 100));
    }),
  );
  expect(bytesKeptFree('auto', { totalBytes: 2 ** 40 })).toBe(256 << 20);
});

test('who wishes for nothing is never kept from trying', () => {
  fc.assert(
    fc.property(disk, bytes, (space, begun) => {
      expect(roomLeft(space, 0, begun)).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});
