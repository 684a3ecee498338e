import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changedNames, type FolderPicture, lookAtFolder } from './folder-picture.ts';

let root: string;
const at = (name: string): string => join(root, name);

beforeEach(() => {
  root = fs.mkdtempSync(join(os.tmpdir(), 'lanmirror-picture-'));
  for (const name of ['a', 'b', 'c']) fs.writeFileSync(at(name), name);
});
afterEach(() => fs.rmSync(root, { recursive: true }));

/** As it would look a minute later: nothing is so fresh that it is in doubt. */
function picture(agoMs = -60_000): FolderPicture {
  const look = lookAtFolder(root, Date.now() - agoMs);
  if (typeof look === 'string') throw new Error(look);
  return look;
}

test('exactly the names that came, went or changed differ', () => {
  const before = picture();
  expect(changedNames(before, picture())).toEqual([]);
  fs.rmSync(at('a'));
  fs.appendFileSync(at('b'), 'more');
  fs.mkdirSync(at('d'));
  const after = picture();
  expect(changedNames(before, after).sort()).toEqual(['a', 'b', 'd']);
  expect(after.self).not.toBe(before.self);
});

test('each fact that a mirror carries counts: content, mode, time, and which node it is', () => {
  const changes: (() => void)[] = [
    () => fs.writeFileSync(at('a'), 'x, longer'),
    () => fs.chmodSync(at('a'), 0o600),
    () => fs.utimesSync(at('a'), 1, 1),
    () => fs.renameSync(at('b'), at('a')),
  ];
  for (const change of changes) {
    const before = picture();
    change();
    expect(changedNames(before, picture())).toContain('a');
  }
});

test('what changed just now is in doubt until later: its next change may carry the same stamp', () => {
  expect(changedNames(picture(0), picture()).sort()).toEqual(['a', 'b', 'c']);
  expect(changedNames(picture(), picture())).toEqual([]);
});

test('an empty folder has no names, and the first one in it is seen', () => {
  for (const name of ['a', 'b', 'c']) fs.rmSync(at(name));
  const empty = picture();
  expect(changedNames(empty, picture())).toEqual([]);
  fs.writeFileSync(at('first'), '');
  expect(changedNames(empty, picture())).toEqual(['first']);
  expect(changedNames(picture(), empty)).toEqual(['first']);
});

test('no folder, and a link to one, is the code of the system', () => {
  fs.symlinkSync(root, at('link'));
  expect(lookAtFolder(at('absent'), 0)).toBe('ENOENT');
  expect(lookAtFolder(at('link'), 0)).toBe('ENOTDIR');
  expect(lookAtFolder(at('a'), 0)).toBe('ENOTDIR');
});
