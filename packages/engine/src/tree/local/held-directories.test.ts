import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { codeOf, put } from '../tree-conformance.suite.ts';
import { canHold } from './directories.ts';
import { HeldDirectories } from './held-directories.ts';
import { openLocalSource, openLocalTarget } from './index.ts';

let scratch: string;
let root: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lanmirror-held-'));
  root = join(scratch, 'root');
  mkdirSync(join(root, '.lanmirror'), { recursive: true });
});

// Node's own rm cannot reach what is deeper than the longest path.
afterEach(() => execFileSync('rm', ['-rf', scratch]));

/** Descriptors of this process that are open below `scratch`. */
function heldBelowScratch(): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(scratch);
    } catch {
      return false;
    }
  }).length;
}

describe.skipIf(!canHold())('held folders (skipped where descriptors cannot be walked)', () => {
  test('at most so many are held as asked for, however many are walked', () => {
    const directories = new HeldDirectories(root, 8);
    for (let at = 0; at < 50; at++) mkdirSync(join(root, String(at)));
    for (let at = 0; at < 50; at++) directories.folder(String(at));
    expect(heldBelowScratch()).toBeLessThanOrEqual(9);
    directories.release();
    expect(heldBelowScratch()).toBe(0);
  });

  test('two paths given out one after the other are both good, even if each is deeper than what is held', () => {
    const directories = new HeldDirectories(root, 4);
    const deep = (letter: string) => Array(20).fill(letter).join('/');
    for (const letter of ['a', 'b']) mkdirSync(join(root, deep(letter)), { recursive: true });
    writeFileSync(join(root, deep('a'), 'file'), 'x');
    const [from, to] = [directories.at(`${deep('a')}/file`), directories.at(`${deep('b')}/file`)];
    renameSync(from, to);
    expect(readdirSync(join(root, deep('b')))).toEqual(['file']);
    directories.release();
    expect(heldBelowScratch()).toBe(0);
  });

  test('every operation gives its descriptors back: none is left after release', () => {
    const tree = openLocalTarget(root);
    mkdirSync(join(root, 'folder'));
    writeFileSync(join(root, 'folder', 'file'), 'x');
    symlinkSync('x', join(root, 'link'));
    tree.createStaged('kept').keep();
    tree.createStaged('gone').discard();
    tree.createStaged('done').publish('done', { replace: false });
    tree.open('folder/file').close();
    tree.setMetadata('folder/file', { mode: 0o600, mtimeUs: 1 });
    tree.setMetadata('link', { mtimeUs: 1 });
    for (const wrong of ['folder', 'link', 'no', 'no/no', 'done/below']) codeOf(() => tree.open(wrong));
    for (const wrong of ['', 'no/no', 'folder']) codeOf(() => tree.makeDirectory(wrong, 0o755));
    codeOf(() => tree.setMetadata('no', {}));
    tree.keepVersion('folder/file');
    tree.putAway('folder');
    expect(heldBelowScratch()).toBeGreaterThan(0);
    tree.release();
    expect(heldBelowScratch()).toBe(0);
  });

  test('nothing is held once the turn of the event loop is over, without being told', async () => {
    const tree = openLocalTarget(root);
    tree.makeDirectory('folder', 0o755);
    tree.createStaged('s').publish('folder/file', { replace: false });
    expect(heldBelowScratch()).toBeGreaterThan(0);
    await tree.flush();
    await turn();
    expect(heldBelowScratch()).toBe(0);
  });

  test('a folder that somebody else replaced is seen as it is now in the next turn', async () => {
    const source = openLocalSource(root);
    mkdirSync(join(root, 'a/b'), { recursive: true });
    writeFileSync(join(root, 'a/b/old'), 'x');
    expect(source.list('a/b').names).toEqual(['old']);
    renameSync(join(root, 'a'), join(root, 'away'));
    mkdirSync(join(root, 'a/b'), { recursive: true });
    writeFileSync(join(root, 'a/b/new'), 'x');
    await turn();
    expect(source.list('a/b').names).toEqual(['new']);
    expect(source.stat('a/b/old')).toBeUndefined();
  });

  test('a tree deeper than the longest path of the system is read and listed', () => {
    const name = 'n'.repeat(200);
    const target = openLocalTarget(root);
    const paths = Array.from({ length: 40 }, (_, depth) =>
      Array(depth + 1)
        .fill(name)
        .join('/'),
    );
    for (const path of paths) target.makeDirectory(path, 0o755);
    put(target, `${paths.at(-1)}/end`, 'x');
    const source = openLocalSource(root);
    const deepest = paths.at(-1) ?? '';
    expect(deepest.length).toBeGreaterThan(8000);
    expect(source.list(deepest).names).toEqual(['end']);
    expect(source.stat(`${deepest}/end`)?.sizeBytes).toBe(1);
    source.release();
  });

  test.each(['..', '../outside', 'a/../..', 'a/..', '.', 'a/./b', '', '/etc', 'a//b', 'a/\0'])(
    'the path %j leads nowhere',
    (path) => {
      mkdirSync(join(root, 'a/b'), { recursive: true });
      mkdirSync(join(scratch, 'outside'));
      const tree = openLocalTarget(root);
      expect(codeOf(() => tree.makeDirectory(path, 0o755))).not.toBe('nothing');
      expect(codeOf(() => tree.open(path))).not.toBe('nothing');
      expect(readdirSync(scratch).sort()).toEqual(['outside', 'root']);
      tree.release();
    },
  );

  test('a root that is a link is found once, and the same tree is meant when the link is turned', async () => {
    mkdirSync(join(scratch, 'other'));
    writeFileSync(join(root, 'right'), 'x');
    symlinkSync(root, join(scratch, 'link'));
    const source = openLocalSource(join(scratch, 'link'));
    expect(source.list('').names).toEqual(['right']);
    rmSync(join(scratch, 'link'));
    symlinkSync(join(scratch, 'other'), join(scratch, 'link'));
    await turn();
    expect(source.list('').names).toEqual(['right']);
  });

  test('a root that is absent is undefined, and is found when it comes', async () => {
    const source = openLocalSource(join(scratch, 'later'));
    expect(source.rootStat()).toBeUndefined();
    expect(codeOf(() => source.list(''))).toBe('ABSENT');
    mkdirSync(join(scratch, 'later'));
    await turn();
    expect(source.rootStat()?.kind).toBe('directory');
    expect(source.list('').names).toEqual([]);
  });
});
