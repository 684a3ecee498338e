import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountTypeOf, remoteFileSystem, remoteFileSystemFor, remoteName } from './remote-file-system.ts';

const unasked = (): never => {
  throw new Error('the table of mounts is not needed');
};

test('network file systems are known by their number, also where it comes out negative', () => {
  expect(remoteName(0x6969, unasked)).toBe('NFS');
  expect(remoteName(0xff534d42, unasked)).toBe('SMB');
  expect(remoteName(0xfe534d42 | 0, unasked)).toBe('SMB');
  expect(remoteName(0x01021997, unasked)).toBe('9p');
});

test('disks of this machine, and overlays of them, are not remote', () => {
  for (const local of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x2fc12fc1, 0x794c7630])
    expect(remoteName(local, unasked)).toBeUndefined();
});

test('of FUSE the table of mounts tells more: a program has a name, and a block device is a local disk', () => {
  expect(remoteName(0x65735546, () => 'fuse.sshfs')).toBe('sshfs (FUSE)');
  expect(remoteName(0x65735546, () => undefined)).toBe('FUSE');
  expect(remoteName(0x65735546, () => 'fuseblk')).toBeUndefined();
});

test('what does not exist is on the file system of the first folder above it that does', () => {
  const missing = join(tmpdir(), 'not', 'made', 'yet');
  expect(remoteFileSystemFor(missing)).toBe(remoteFileSystem(tmpdir()));
});

test('a path belongs to the innermost mount above it, and of two on one place to the later', () => {
  const table = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '30 22 0:25 / /mnt rw - tmpfs tmpfs rw',
    '31 30 0:26 / /mnt/a\\040b rw shared:7 master:2 - fuse.sshfs host:/ rw',
    '32 22 0:27 / /over rw - ext4 /dev/sdb rw',
    '33 32 0:28 / /over rw - fuseblk /dev/sdc rw',
    '',
  ].join('\n');
  expect(mountTypeOf(table, '/mnt/a b/deep')).toBe('fuse.sshfs');
  expect(mountTypeOf(table, '/mnt/a bc')).toBe('tmpfs');
  expect(mountTypeOf(table, '/over')).toBe('fuseblk');
  expect(mountTypeOf(table, '/overall')).toBe('ext4');
  expect(mountTypeOf('', '/')).toBeUndefined();
});
