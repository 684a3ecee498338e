import { expect, test } from 'vitest';
import { mountPointsBelow } from './mount-table.ts';

const TABLE = [
  '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
  '23 22 8:1 / /srv/tree rw - ext4 /dev/sda1 rw',
  '24 23 8:1 /data/films /srv/tree/my\\040films rw shared:7 - ext4 /dev/sda1 rw',
  '25 23 0:27 / /srv/tree/a/deep rw - nfs4 host:/ rw',
  '26 22 0:28 / /srv/tree2/other rw - tmpfs tmpfs rw',
].join('\n');

test('mounts below a folder are told by their paths in it; that of the folder itself and those beside it are not', () => {
  expect([...mountPointsBelow('/srv/tree', TABLE)]).toEqual(['my films', 'a/deep']);
  expect(mountPointsBelow('/', TABLE)).toContain('srv/tree2/other');
  expect(mountPointsBelow('/srv/tree', '')).toEqual(new Set());
});
