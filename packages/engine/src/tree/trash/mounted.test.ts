import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isMounted, mountInDay, refuseOnMount, trashMounts } from './mounted.ts';

let trash: string;
beforeEach(() => {
  trash = mkdtempSync(join(realpathSync(tmpdir()), 'lanmirror-mounted-'));
  mkdirSync(join(trash, '2025-03-31', 'd', 'usb'), { recursive: true });
});
afterEach(() => rmSync(trash, { recursive: true }));

const table = (...points: string[]): string =>
  [
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
    ...points.map((at) => `23 22 8:1 / ${trash}/${at} rw - ext4 x rw`),
  ].join('\n');

test('what is mounted in a day is found, in that day alone', async () => {
  const text = table('2025-03-31/d/usb');
  expect(await mountInDay(trash, '2025-03-31', text)).toBe('2025-03-31/d/usb');
  expect(await mountInDay(trash, '2025-03-3', text)).toBeUndefined();
  expect(await mountInDay(trash, '2025-03-31', table())).toBeUndefined();
});

test('nothing on a mount is deleted, and what is beside it may go', async () => {
  const text = table('2025-03-31/d/usb');
  for (const at of ['2025-03-31/d/usb', '2025-03-31/d/usb/deep/f'])
    await expect(refuseOnMount(trash, at, text)).rejects.toMatchObject({ code: 'MOUNTED' });
  for (const at of ['2025-03-31/d/f', '2025-03-31/d/usb2']) await refuseOnMount(trash, at, text);
});

test('where the system has no table a folder on another device counts as mounted', async () => {
  const mounts = await trashMounts(trash, '');
  const dev = mounts.device ?? 0;
  expect(isMounted(mounts, '2025-03-31', { dev })).toBe(false);
  expect(isMounted(mounts, '2025-03-31', { dev: dev + 1 })).toBe(true);
  expect(await mountInDay(trash, '2025-03-31', '')).toBeUndefined();
});

test('nothing is mounted in a trash that is not there', async () => {
  expect((await trashMounts(join(trash, 'absent'))).points.size).toBe(0);
});
