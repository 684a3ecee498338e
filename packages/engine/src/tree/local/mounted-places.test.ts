import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Directories } from './directories.ts';
import { MountedPlaces } from './mounted-places.ts';
import { defaultWalk, openDirectories } from './open-directories.ts';

let root: string;
let directories: Directories;
let text: string;
let nowMs: number;
let reads: number;
beforeEach(() => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'lanmirror-places-'));
  mkdirSync(join(root, 'd', 'usb'), { recursive: true });
  directories = openDirectories(root, defaultWalk());
  text = `23 22 8:1 / ${root}/d/usb rw - ext4 /dev/sda1 rw\n`;
  nowMs = 0;
  reads = 0;
});
afterEach(() => {
  directories.release();
  rmSync(root, { recursive: true });
});

function places(): MountedPlaces {
  const read = (): string => {
    reads += 1;
    return text;
  };
  return new MountedPlaces(directories, { read, nowMs: () => nowMs });
}
const at = (path: string) => ({ directories, path });

test('a mount is in the folder at which it is, and in those above it; not in one whose name begins so', () => {
  const mounts = places();
  expect(['d', 'd/usb', 'd/us', 'd/usb2', 'e'].map((path) => mounts.in(at(path)))).toEqual([
    ...[['d/usb'], ['d/usb']],
    ...[[], [], []],
  ]);
  expect(() => mounts.refuse(at('d'))).toThrow(expect.objectContaining({ code: 'MOUNTED', path: 'd' }));
});

test('the table is read once for many folders, and again a tenth of a second later', () => {
  const mounts = places();
  for (let count = 0; count < 1000; count += 1) mounts.in(at('e'));
  expect(reads).toBe(1);
  text += `24 22 8:1 / ${root}/e rw - ext4 /dev/sda1 rw\n`;
  nowMs += 100;
  expect([mounts.in(at('e')), reads]).toEqual([['e'], 2]);
});

test('what is unmounted is in the way no longer, at once', () => {
  const mounts = places();
  expect(mounts.in(at('d'))).toEqual(['d/usb']);
  text = '23 22 8:1 / /elsewhere rw - ext4 /dev/sda1 rw\n';
  expect(mounts.in(at('d'))).toEqual([]);
});

test('what went along with a renamed folder is found where it is, at once', () => {
  const mounts = places();
  mounts.in(at('e'));
  text = text.replace('/d/usb', '/e/usb');
  mounts.forget();
  expect(mounts.in(at('e'))).toEqual(['e/usb']);
});

test('where the system has no table a folder on the device of the one above it is not mounted', () => {
  text = '';
  expect(places().in(at('d'))).toEqual([]);
});
