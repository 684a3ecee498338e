import { expect, test } from 'vitest';
import { NO_NODE_NUMBER } from '../../core/index.ts';
import type { Stat } from '../port.ts';
import { NodeNumbers } from './node-number.ts';

const TABLE = [
  '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '30 22 0:25 / /mnt rw - tmpfs tmpfs rw',
  '31 30 0:300 / /mnt/remote rw shared:7 - fuse.sshfs host:/ rw',
  '32 30 8:17 / /mnt/stick rw - fuseblk /dev/sdb1 rw',
  '33 30 0:26 / /mnt/nfs rw - nfs4 host:/ rw',
].join('\n');
/** As the system packs 0:300 and 8:17. */
const DEVICE = { tmpfs: 25n, sshfs: 0x10002cn, stick: 0x811n, nfs: 26n, unlisted: 99n };
const on = (dev: bigint) => ({ dev, ino: 7n, kind: 'file' }) as Stat;

test('a node has a number where its disk keeps it: not on what a program serves, but on a block device whoever serves it', () => {
  const numbers = new NodeNumbers(() => TABLE);
  expect(numbers.proven(on(DEVICE.sshfs)).ino).toBe(NO_NODE_NUMBER);
  for (const dev of [DEVICE.tmpfs, DEVICE.stick, DEVICE.nfs, DEVICE.unlisted])
    expect(numbers.proven(on(dev)).ino).toBe(7n);
});

test('a device that is called as an earlier one is judged anew, and the table is not read for every look', () => {
  let table = TABLE;
  let reads = 0;
  let nowMs = 0;
  const read = () => {
    reads += 1;
    return table;
  };
  const numbers = new NodeNumbers(read, () => nowMs);
  for (let look = 0; look < 100; look += 1) numbers.proven(on(DEVICE.tmpfs));
  expect(reads).toBe(1);
  table = TABLE.replace('tmpfs tmpfs', 'fuse.odd odd');
  nowMs = 1001;
  expect(numbers.proven(on(DEVICE.tmpfs)).ino).toBe(NO_NODE_NUMBER);
});
