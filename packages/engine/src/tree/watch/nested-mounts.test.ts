import { expect, test } from 'vitest';
import { NestedMounts, remoteTypeName } from './nested-mounts.ts';

const LOCAL = '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:25 / /srv/tree/scratch rw - tmpfs tmpfs rw\n';
const SSHFS = '31 22 0:26 / /srv/tree/far rw shared:7 - fuse.sshfs host:/ rw\n';
const NFS = '32 31 0:27 / /srv/tree/far/deep\\040er rw - nfs4 host:/ rw\n';
const INNER = '33 31 8:17 / /srv/tree/far/local rw - ext4 /dev/sdb1 rw\n';
const BESIDE = '34 22 0:28 / /srv/tree2 rw - fuse.sshfs host:/ rw\n';

test('types of network file systems and of FUSE are remote, those of disks are not', () => {
  expect(['nfs', 'nfs4', 'cifs', 'fuse.rclone', 'fuse', '9p'].map(remoteTypeName)).toEqual([
    'NFS',
    'NFS',
    'SMB',
    'rclone (FUSE)',
    'FUSE',
    '9p',
  ]);
  for (const type of ['ext4', 'xfs', 'btrfs', 'tmpfs', 'overlay', 'fuseblk', 'zfs'])
    expect(remoteTypeName(type)).toBeUndefined();
});

test('a folder belongs to the innermost disk, and only what is mounted inside the tree counts', () => {
  const mounts = new NestedMounts('/srv/tree', () => LOCAL + SSHFS + NFS + INNER + BESIDE);
  expect(mounts.look()).toEqual([]);
  expect(mounts.remote()).toEqual([
    ['far', 'sshfs (FUSE)'],
    ['far/deep er', 'NFS'],
  ]);
  for (const folder of ['far', 'far/a/b', 'far/deep er/a']) expect(mounts.isRemote(folder)).toBe(true);
  for (const folder of ['', 'a', 'farther', 'scratch', 'far/local', 'far/local/a'])
    expect(mounts.isRemote(folder)).toBe(false);
});

test('what came, went or was mounted again is told once, also under the same device', () => {
  let table = LOCAL;
  const mounts = new NestedMounts('/srv/tree', () => table);
  mounts.look();
  table = LOCAL + SSHFS;
  expect(mounts.look()).toEqual(['far']);
  expect(mounts.look()).toEqual([]);
  table = LOCAL + SSHFS.replace('31 ', '41 ');
  expect(mounts.look()).toEqual(['far']);
  table = LOCAL + BESIDE;
  expect(mounts.look()).toEqual(['far']);
  expect(mounts.remote()).toEqual([]);
});
