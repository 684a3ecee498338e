import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { listTree, requireEqual } from './compare.ts';
import { changePart, growFile, growTree, pathOf } from './grow.ts';
import { SeededBytes } from './seeded-bytes.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'lanmirror-bench-test-'));
  folders.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true });
});

const SHAPE = { files: 90, fileBytes: 10, perFolder: 2 };

test('the same seed makes the same bytes, another one others', () => {
  expect(new SeededBytes('a').next(40).equals(new SeededBytes('a').next(40))).toBe(true);
  expect(new SeededBytes('a').next(40).equals(new SeededBytes('b').next(40))).toBe(false);
});

test('a tree has the files that were asked for, and folders for them', () => {
  const dir = newFolder();
  growTree(dir, SHAPE, 'seed');
  const kinds = [...listTree(dir).values()];
  expect(kinds.filter((kind) => kind === 'file 10')).toHaveLength(90);
  expect(kinds.filter((kind) => kind === 'folder')).toHaveLength(45 + 2);
});

test('a missing, another and an extra file are seen; what a tool keeps for itself is not', () => {
  const [source, target] = [newFolder(), newFolder()];
  growTree(source, SHAPE, 'seed');
  growTree(target, SHAPE, 'seed');
  mkdirSync(join(target, '.lanmirror'));
  requireEqual(source, target);
  const path = join(target, pathOf(SHAPE, 7));
  rmSync(path);
  expect(() => requireEqual(source, target)).toThrow('file-7.bin is missing');
  writeFileSync(path, 'short');
  expect(() => requireEqual(source, target)).toThrow('is file 5, and should be file 10');
  growFile(path, 10, 'other');
  writeFileSync(join(target, 'extra'), '');
  expect(() => requireEqual(source, target)).toThrow('extra should not be there');
});

test('a changed part leaves the size as it is', () => {
  const dir = newFolder();
  growFile(join(dir, 'file'), 3 << 20, 'seed');
  changePart(join(dir, 'file'), 1 << 20, 'part');
  expect(listTree(dir).get('file')).toBe(`file ${3 << 20}`);
});
