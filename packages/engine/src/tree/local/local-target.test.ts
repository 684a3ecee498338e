/** What only the local tree has: its own folder, its hard links, its trash as a user finds it. */

import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WritableTree } from '../port.ts';
import { codeOf, put, textAt } from '../tree-conformance.suite.ts';
import { CheckedDirectories } from './checked-directories.ts';
import { copyAcross } from './copy-across.ts';
import { openLocalTarget } from './index.ts';

const NOON = new Date(2025, 2, 31, 12, 4, 5).getTime();

let scratch: string;
let root: string;
let tree: WritableTree;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lanmirror-target-'));
  root = join(scratch, 'root');
  mkdirSync(join(root, '.lanmirror'), { recursive: true, mode: 0o700 });
  tree = openLocalTarget(root, { wallMs: () => NOON });
});

afterEach(() => {
  tree.release();
  rmSync(scratch, { recursive: true, force: true });
});

test('nothing is written into a target before the first change', () => {
  tree.list('');
  tree.listStaged();
  tree.sweepStaged('x');
  tree.openStaged('x');
  expect(readdirSync(join(root, '.lanmirror'))).toEqual([]);
});

test('our own folder is never made in passing: without it this is the bare mount point of a disk', () => {
  rmSync(join(root, '.lanmirror'), { recursive: true });
  writeFileSync(join(root, 'file'), 'x');
  for (const attempt of [
    () => tree.createStaged('s'),
    () => tree.park('file', 'p'),
    () => tree.putAway('file'),
    () => tree.keepVersion('file'),
  ])
    expect(attempt).toThrow(expect.objectContaining({ message: expect.stringContaining('mounted') }));
  expect(readdirSync(root)).toEqual(['file']);
});

test('our own folder is private and tells media servers and indexers to leave it alone', () => {
  tree.createStaged('s').keep();
  expect(statSync(join(root, '.lanmirror')).mode & 0o777).toBe(0o700);
  const files = readdirSync(join(root, '.lanmirror'));
  expect(files).toEqual(expect.arrayContaining(['.nomedia', '.plexignore', '.ignore', '.stignore', 'tmp']));
  expect(readFileSync(join(root, '.lanmirror/.plexignore'), 'utf8')).toBe('*\n');
  expect(statSync(join(root, '.lanmirror/tmp/s')).mode & 0o777).toBe(0o600);
});

test('a user finds what was put away by day and path, and later ones with the time behind the name', () => {
  tree.makeDirectory('films', 0o755);
  const told = [1, 2, 3].map((text) => {
    put(tree, 'films/a.mkv', String(text));
    return tree.putAway('films/a.mkv');
  });
  const day = '.lanmirror/trash/2025-03-31/films';
  expect(told).toEqual([`${day}/a.mkv`, `${day}/a.mkv ~120405`, `${day}/a.mkv ~120405-2`]);
  expect(told.map((path) => readFileSync(join(root, path), 'utf8'))).toEqual(['1', '2', '3']);
});

test('a folder whose place in the trash is a file gets the time behind its name', () => {
  put(tree, 'x', 'a file');
  tree.putAway('x');
  tree.makeDirectory('x', 0o755);
  put(tree, 'x/y', 'inside');
  expect(tree.putAway('x/y')).toBe('.lanmirror/trash/2025-03-31/x ~120405/y');
});

test('nothing of ours can be published, moved, put away or linked over', () => {
  put(tree, 'file', 'x');
  tree.putAway('file');
  put(tree, 'file', 'x');
  for (const path of ['.lanmirror', '.lanmirror/trash', '.LanMirror/tmp/x']) {
    expect(codeOf(() => tree.putAway(path))).toBe('DENIED');
    expect(codeOf(() => tree.makeDirectory(path, 0o755))).toBe('DENIED');
    expect(codeOf(() => tree.makeLink(path, 'x', 0))).toBe('DENIED');
    expect(codeOf(() => tree.move('file', path, { replace: true }))).toBe('DENIED');
    expect(codeOf(() => tree.move(path, 'taken', { replace: true }))).toBe('DENIED');
    expect(codeOf(() => tree.setMetadata(path, { mode: 0o777 }))).toBe('DENIED');
    expect(codeOf(() => put(tree, path, 'x', true))).toBe('DENIED');
  }
  tree.makeDirectory('nested', 0o755);
  tree.makeDirectory('nested/.lanmirror', 0o755);
  expect(tree.list('nested').names).toEqual(['.lanmirror']);
});

test('a trash elsewhere is told by its whole path; one that vanished is an error, not an absence', () => {
  const trashDir = join(scratch, 'bin');
  const away = openLocalTarget(root, { trashDir, wallMs: () => NOON });
  put(away, 'file', 'one');
  expect(away.putAway('file')).toBe(join(trashDir, '2025-03-31/file'));
  expect(existsSync(join(trashDir, '.nomedia'))).toBe(true);
  put(away, 'file', 'two');
  rmSync(trashDir, { recursive: true });
  for (let round = 0; round < 2; round++) {
    expect(codeOf(() => away.putAway('file'))).toBe('IO');
    expect(codeOf(() => away.keepVersion('file'))).toBe('IO');
    away.release();
  }
  expect(textAt(away, 'file')).toBe('two');
  away.release();
});

test('a trash whose folder has no parent is refused at once', () => {
  expect(codeOf(() => openLocalTarget(root, { trashDir: join(scratch, 'no/bin') }))).toBe('ABSENT');
});

test('a kept version costs no copy', () => {
  put(tree, 'file', 'x');
  const told = tree.keepVersion('file');
  expect(statSync(join(root, told)).ino).toBe(statSync(join(root, 'file')).ino);
});

test('a staged file whose final name was given before a kill is not written to again', () => {
  const staged = tree.createStaged('s');
  staged.writeSync(Buffer.from('published'), 0);
  staged.keep();
  linkSync(join(root, '.lanmirror/tmp/s'), join(root, 'file'));
  expect(tree.openStaged('s')).toBeUndefined();
  expect(tree.listStaged()).toEqual([]);
  expect(textAt(tree, 'file')).toBe('published');
});

test('a move onto another hard link of the same file removes the old name', () => {
  put(tree, 'a', 'x');
  linkSync(join(root, 'a'), join(root, 'b'));
  expect(codeOf(() => tree.move('a', 'b', { replace: false }))).toBe('EXISTS');
  tree.move('a', 'b', { replace: true });
  expect(tree.list('').names).toEqual(['b']);
  expect(tree.stat('b')?.links).toBe(1);
});

test('a folder keeps the setgid bit that it inherits, a file never gets one', () => {
  mkdirSync(join(root, 'shared'));
  const before = statSync(join(root, 'shared'));
  tree.setMetadata('shared', { mode: 0o2755 });
  expect(statSync(join(root, 'shared')).mode & 0o7000).toBe(before.mode & 0o7000);
  put(tree, 'file', 'x');
  tree.setMetadata('file', { mode: 0o6755 });
  expect(statSync(join(root, 'file')).mode & 0o7777).toBe(0o755);
});

test('a link target that is not UTF-8 is told as such, one that only looks mangled is read, and neither changes on its way', () => {
  const strange = Buffer.from([0x61, 0xff, 0xfe, 0x62]);
  symlinkSync(strange, join(root, 'strange'));
  symlinkSync('a\ufffdb', join(root, 'fine'));
  expect(tree.readLink('strange')).toBeUndefined();
  expect(tree.readLink('fine')).toBe('a\ufffdb');
  const at = (path: string) => ({ directories: new CheckedDirectories(root), path });
  copyAcross(at('strange'), at('copy'), at('beside'), false);
  expect(readlinkSync(join(root, 'copy'), { encoding: 'buffer' })).toEqual(strange);
});

test('the umask has no say in modes', () => {
  const before = process.umask(0o077);
  try {
    tree.makeDirectory('folder', 0o777);
    const staged = tree.createStaged('s');
    staged.setMetadata({ mode: 0o666 });
    staged.publish('file', { replace: false });
    for (const name of ['t', 'u']) {
      const asked = tree.createStaged(name, 0o666);
      asked.setMetadata({ mode: 0o666 });
      asked.publish(name, { replace: false });
    }
  } finally {
    process.umask(before);
  }
  expect(statSync(join(root, 'folder')).mode & 0o7777).toBe(0o777);
  for (const name of ['file', 't', 'u']) expect(statSync(join(root, name)).mode & 0o7777).toBe(0o666);
});

test('closing while a write is under way lets it end in its own file', async () => {
  const staged = tree.createStaged('s');
  const writes = Array.from({ length: 20 }, (_, at) => staged.write(Buffer.alloc(100_000, at), at * 100_000));
  staged.keep();
  const others = Array.from({ length: 20 }, (_, at) => tree.createStaged(`other ${at}`));
  await Promise.all(writes);
  expect(others.map((other) => other.sizeBytes())).toEqual(Array(20).fill(0));
  for (const other of others) other.discard();
  expect(tree.openStaged('s')?.sizeBytes()).toBe(2_000_000);
  await expect(staged.write(Buffer.from('x'), 0)).rejects.toThrow('closed');
});

test('a parked node swept after a kill goes to the path it had', () => {
  tree.makeDirectory('a', 0o755);
  put(tree, 'a/file', 'precious');
  tree.park('a/file', 'p');
  tree.sweepStaged('p');
  expect(readFileSync(join(root, '.lanmirror/trash/2025-03-31/a/file'), 'utf8')).toBe('precious');
});

test.each(['with the path it had', 'empty'])(
  'a parking place without its node (%s), as a kill leaves it, names nothing, hides nothing and is in nobody’s way',
  (how) => {
    const place = join(root, '.lanmirror/tmp/p');
    const leave = (): void => {
      mkdirSync(place);
      if (how !== 'empty') writeFileSync(join(place, 'path'), 'file');
    };
    put(tree, 'file', 'precious');
    tree.park('file', 'q');
    leave();
    expect([tree.parked('p'), tree.listStaged()]).toEqual([undefined, ['q']]);
    expect(existsSync(place)).toBe(false);
    leave();
    tree.unpark('q', 'file');
    tree.park('file', 'p');
    expect(tree.parked('p')?.path).toBe('file');
    tree.unpark('p', 'file');
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('precious');
  },
);

test('a node that has left its parking place has its name, also where the place cannot be given up', () => {
  put(tree, 'file', 'precious');
  tree.park('file', 'p');
  // As a network drive does it with what somebody has open.
  writeFileSync(join(root, '.lanmirror/tmp/p/.smbdelete'), '');
  expect(tree.unpark('p', 'moved').sizeBytes).toBe(8);
  expect([tree.parked('p'), tree.listStaged()]).toEqual([undefined, []]);
  tree.park('moved', 'p');
  tree.unpark('p', 'file');
  expect(readFileSync(join(root, 'file'), 'utf8')).toBe('precious');
});

test.each(['a/b', '.lanmirror-tmp-0', '..', ''])('%j is no name for a staged file', (name) => {
  expect(codeOf(() => tree.createStaged(name))).toBe('UNSUPPORTED');
});
