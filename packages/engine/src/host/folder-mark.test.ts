import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderMarks } from './folder-mark.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'folder-mark-')));
  mkdirSync(join(folder, 'a/b'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a folder and all above it have one mark each, nearest first', () => {
  const marks = folderMarks(join(folder, 'a/b'), folder);
  expect(new Set(marks).size).toBe(3);
  expect(folderMarks(join(folder, 'a'), folder)).toEqual(marks.slice(1));
  expect(folderMarks(folder, folder)).toEqual(marks.slice(2));
  expect(folderMarks(join(folder, 'a/b'), '/').slice(0, 3)).toEqual(marks);
});

test('a mark is of the folder and not of its name', () => {
  const [mark] = folderMarks(join(folder, 'a'), folder);
  renameSync(join(folder, 'a'), join(folder, 'z'));
  mkdirSync(join(folder, 'a'));
  expect(folderMarks(join(folder, 'z'), folder)[0]).toBe(mark);
  expect(folderMarks(join(folder, 'a'), folder)[0]).not.toBe(mark);
  symlinkSync('z', join(folder, 'link'));
  expect(folderMarks(join(folder, 'link'), folder)[0]).toBe(mark);
});

test('what does not exist has no mark, and what is above it has', () => {
  expect(folderMarks(join(folder, 'a/x/y'), folder)).toEqual(folderMarks(join(folder, 'a'), folder));
});
