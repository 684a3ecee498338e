import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWhole, replaceWhole } from './exclusive-file.ts';
import { readSmallFile } from './small-file.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exclusive-file-'));
  file = join(folder, 'file');
});

afterEach(() => rmSync(folder, { recursive: true }));

test.each([true, false])('a file is made for this user alone, and only once (durable: %j)', (isDurable) => {
  expect(createWhole(file, 'first', isDurable)).toBe(true);
  expect(createWhole(file, 'second', isDurable)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('first');
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['file']);
});

test('a link in its place is neither followed nor replaced when made, and replaced itself when replaced', () => {
  const goal = join(folder, 'goal');
  writeFileSync(goal, 'untouched');
  symlinkSync(goal, file);
  expect(createWhole(file, 'text', false)).toBe(false);
  replaceWhole(file, 'text');
  expect(lstatSync(file).isFile()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('text');
  expect(readFileSync(goal, 'utf8')).toBe('untouched');
  expect(readdirSync(folder).sort()).toEqual(['file', 'goal']);
});

test('a failure leaves no draft', () => {
  expect(() => replaceWhole(folder, 'text')).toThrow();
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`${folder.split('/').at(-1)}.`))).toEqual([]);
  expect(() => createWhole(join(folder, 'absent', 'file'), 'text', false)).toThrow(/ENOENT/);
});

test('what somebody put in the place of a small file of ours, a FIFO, is not waited for', () => {
  execFileSync('mkfifo', [file]);
  expect(readSmallFile(file, false)).toBe('');
});

test('a small file is read whole, an absent one is undefined, a link only followed when wanted', () => {
  const link = join(folder, 'link');
  symlinkSync(file, link);
  expect(readSmallFile(file, false)).toBeUndefined();
  expect(readSmallFile(join(file, 'below'), false)).toBeUndefined();
  writeFileSync(file, '文');
  expect(readSmallFile(join(file, 'below'), false)).toBeUndefined();
  expect(readSmallFile(file, false)).toBe('文');
  expect(readSmallFile(link, true)).toBe('文');
  expect(() => readSmallFile(link, false)).toThrow(/ELOOP/);
  expect(readSmallFile('/dev/zero', false)).toHaveLength(65_536);
});
