import type { DiskSpace } from '@lanmirror/engine/core';
import { TreeError } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Room } from './room.ts';

const GIB = 2 ** 30;

/** A disk with so much free, and a clock. */
function makeRoom(freeBytes: number, wanted: number | 'auto') {
  const disk = { space: { totalBytes: 100 * GIB, freeBytes } as DiskSpace | undefined, nowMs: 0 };
  const room = new Room({ space: () => disk.space }, { nowMs: () => disk.nowMs }, wanted);
  return { disk, room };
}

const refusalOf = (work: () => unknown): string => {
  try {
    work();
    return '';
  } catch (error) {
    if (error instanceof TreeError && error.code === 'NO_SPACE') return error.message;
    throw error;
  }
};

test('a file that does not fit with the rest left free is refused with both numbers, and again when there is room', () => {
  const { disk, room } = makeRoom(3 * GIB, GIB);
  expect(refusalOf(() => room.claim(7, 'film', 3 * GIB))).toBe(
    'it needs 3.0 GB, and 3.0 GB are free, of which 1.0 GB stay free (MinFreeSpace)',
  );
  expect([room.takeFitting(), room.missedBytes]).toEqual([[], 4 * GIB]);
  disk.space = { totalBytes: 100 * GIB, freeBytes: 4 * GIB };
  expect([room.takeFitting(), room.missedBytes]).toEqual([[7], 0]);
});

test('what is on its way counts with what is still to be written of it', () => {
  const { disk, room } = makeRoom(10 * GIB, GIB);
  const first = room.claim(1, 'a', 6 * GIB);
  expect(refusalOf(() => room.claim(2, 'b', 4 * GIB))).toContain('6.0 GB are for files on their way');
  disk.space = { totalBytes: 100 * GIB, freeBytes: 4 * GIB };
  first.written(6 * GIB);
  expect(refusalOf(() => room.claim(3, 'c', 3 * GIB))).toBe('');
  first.release();
  expect(refusalOf(() => room.claim(2, 'b', GIB))).not.toBe('');
});

test('small files are counted off between two looks at the disk, so that many of them do not fill it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1 << 20 }), { maxLength: 200 }), (sizes) => {
      const { room } = makeRoom(10 << 20, 1 << 20);
      let taken = 0;
      for (const [id, size] of sizes.entries())
        if (refusalOf(() => room.take(id, 'f', size)) === '') taken += size;
      expect(taken).toBeLessThanOrEqual(9 << 20);
    }),
  );
});

test('a disk that tells nothing, and a wish for no limit, refuse nothing', () => {
  const { disk, room } = makeRoom(0, 0);
  expect(refusalOf(() => room.claim(1, 'a', GIB))).toBe('');
  room.setWanted('auto');
  expect(refusalOf(() => room.take(2, 'b', 1))).not.toBe('');
  disk.space = undefined;
  room.setWanted('auto');
  expect([refusalOf(() => room.take(2, 'b', 1)), room.foresee(9, GIB)]).toEqual(['', '']);
});
