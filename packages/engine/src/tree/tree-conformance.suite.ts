/**
 * What every tree promises, whatever it is made of. Each implementation runs this suite against itself:
 * `treeConformance('memory tree', () => ({ ... }))` in a test file.
 */

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { microseconds } from '../core/index.ts';
import { TreeError } from './error.ts';
import { lookAtFolder } from './folder-look.ts';
import { loadHash } from './hash.ts';
import type { Metadata, NewFile, ReadableTree, WritableTree } from './port.ts';
import { RollCall } from './roll-call.ts';

export interface TreeUnderTest {
  readonly tree: WritableTree;
  /** Another tree over the same storage: what a program finds when it starts again after a kill. */
  reopen(): WritableTree;
  /** Where what `putAway` and `keepVersion` told of can be read: a tree and a path in it. */
  inTrash(told: string): { readonly tree: ReadableTree; readonly path: string };
  /** Puts something at `path` that is no file, folder or link (a FIFO). Left out where there is no such thing. */
  readonly makeOther?: (path: string) => void;
  /** False where the system cannot reach a path of 4,096 bytes below the root. Default true. */
  readonly reachesLongPaths?: boolean;
  dispose(): void | Promise<void>;
}

const MTIME_US = 1_700_000_000_123_456;
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** Names that are ordinary to a file system and a trap for programs. */
export const UNUSUAL_NAMES: readonly string[] = [
  'new\nline',
  'tab\tstop',
  '"double" and \'single\'',
  'pipe|pipe',
  '-leading-dash',
  '--',
  'back\\slash',
  ' space around ',
  'trailing.',
  '...',
  '..hidden',
  '文件夹',
  'é',
  'é',
  'emoji \u{1f3ac}',
  'replacement \ufffd',
  '\ufeffbom',
  '$(reboot)',
  '%2e%2e',
  'con',
  'a'.repeat(255),
  '电'.repeat(85),
];

/** Registers the suite. `makeTree` gives an empty tree for each test. */
export function treeConformance(name: string, makeTree: () => TreeUnderTest | Promise<TreeUnderTest>): void {
  describe(`${name} keeps the promises of a tree`, () => {
    let under: TreeUnderTest;
    const tree = () => under.tree;
    beforeEach(async () => {
      under = await makeTree();
    });
    afterEach(() => under.dispose());

    reading(tree, () => under);
    creating(tree);
    staging(tree, () => under);
    publishing(tree, () => under);
    placing(tree);
    looking(tree);
    moving(tree, () => under);
    metadata(tree, () => under);
    trash(tree, () => under);
    removing(tree);
    parking(tree, () => under);
    flushing(tree);
    names(tree, () => under);
    model(tree);
  });
}

type Tree = () => WritableTree;
type Under = () => TreeUnderTest;

/** Publishes a file with this text. */
export function put(tree: WritableTree, path: string, text: string, replace = false): void {
  const staged = tree.createStaged('put');
  staged.writeSync(Buffer.from(text), 0);
  staged.setMetadata({ mode: 0o644, mtimeUs: MTIME_US });
  try {
    staged.publish(path, { replace });
  } catch (error) {
    staged.discard();
    throw error;
  }
}

/** The text of a file. */
export function textAt(tree: ReadableTree, path: string): string {
  const file = tree.open(path);
  try {
    const buffer = Buffer.alloc(file.stat().sizeBytes + 1);
    return buffer.toString('utf8', 0, file.readSync(buffer, 0, buffer.length, 0));
  } finally {
    file.close();
  }
}

/** The code of the TreeError that `step` throws; 'nothing' when it throws none. */
export function codeOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof TreeError) return error.code;
    throw error;
  }
  return 'nothing';
}

async function codeOfAsync(step: () => Promise<unknown>): Promise<string> {
  try {
    await step();
  } catch (error) {
    if (error instanceof TreeError) return error.code;
    throw error;
  }
  return 'nothing';
}

function octal(mode: number): [text: string, mode: number] {
  return [mode.toString(8), mode];
}

function listed(tree: ReadableTree, path: string): string[] {
  return [...tree.list(path).names].sort();
}

function reading(tree: Tree, under: Under): void {
  describe('reading', () => {
    test('the root is a folder, and the same by both ways', () => {
      expect(tree().rootStat()?.kind).toBe('directory');
      expect(tree().stat('')).toEqual(tree().rootStat());
    });

    test('an absent path is undefined, also below an absent folder, a file or a link', () => {
      put(tree(), 'file', 'x');
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'folder/inside', 'y');
      tree().makeLink('link', 'folder', 0);
      expect(tree().stat('no')).toBeUndefined();
      expect(tree().stat('no/such')).toBeUndefined();
      expect(tree().stat('file/below')).toBeUndefined();
      expect(tree().stat('link/inside')).toBeUndefined();
    });

    test('stat tells kind, size, time, mode and links', () => {
      put(tree(), 'file', 'twelve bytes');
      const stat = tree().stat('file');
      expect(stat).toMatchObject({ kind: 'file', sizeBytes: 12, mode: 0o644, links: 1 });
      expect(microseconds(stat?.mtimeNs ?? 0n)).toBe(MTIME_US);
      expect(typeof stat?.ino).toBe('bigint');
    });

    test('a glance shows of what stands there what a stat shows, and of a link the link', () => {
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'folder/inside', 'y');
      tree().makeLink('folder/link', 'inside', 0);
      for (const path of [
        'folder',
        'folder/inside',
        'folder/link',
        'folder/no',
        'no/such',
        'folder/inside/no',
      ])
        expect(tree().glance(path)).toEqual(tree().stat(path));
    });

    test('two nodes differ by device and inode', () => {
      put(tree(), 'one', '1');
      put(tree(), 'two', '2');
      expect(tree().stat('one')?.ino).not.toBe(tree().stat('two')?.ino);
    });

    test('a list names everything in a folder once and nothing of our own', () => {
      put(tree(), 'file', 'x');
      tree().makeDirectory('folder', 0o755);
      tree().makeLink('link', 'nowhere', 0);
      put(tree(), 'folder/inside', 'x');
      tree().createStaged('unfinished').keep();
      tree().putAway('file');
      expect(listed(tree(), '')).toEqual(['folder', 'link']);
      expect(listed(tree(), 'folder')).toEqual(['inside']);
      expect(tree().list('').undecodable).toEqual([]);
    });

    test('a list of what is no folder is ABSENT', () => {
      put(tree(), 'file', 'x');
      tree().makeDirectory('folder', 0o755);
      tree().makeLink('link', 'folder', 0);
      expect(codeOf(() => tree().list('no'))).toBe('ABSENT');
      expect(codeOf(() => tree().list('file'))).toBe('ABSENT');
      expect(codeOf(() => tree().list('link'))).toBe('ABSENT');
    });

    test('only a link has a link target', () => {
      put(tree(), 'file', 'x');
      tree().makeLink('link', '../up/and away', 0);
      expect(tree().readLink('link')).toBe('../up/and away');
      expect(codeOf(() => tree().readLink('file'))).toBe('NOT_A_FILE');
      expect(codeOf(() => tree().readLink('no'))).toBe('ABSENT');
    });

    test('only a regular file can be opened', () => {
      put(tree(), 'file', 'x');
      tree().makeDirectory('folder', 0o755);
      tree().makeLink('link', 'file', 0);
      expect(codeOf(() => tree().open('folder'))).toBe('NOT_A_FILE');
      expect(codeOf(() => tree().open('link'))).toBe('NOT_A_FILE');
      expect(codeOf(() => tree().open('no'))).toBe('ABSENT');
      expect(codeOf(() => tree().open('file/below'))).toBe('ABSENT');
    });

    test('a FIFO is told as other and opening it does not wait', (context) => {
      const { makeOther } = under();
      if (makeOther === undefined) return context.skip('this tree knows no FIFO');
      makeOther('fifo');
      expect(tree().stat('fifo')?.kind).toBe('other');
      expect(codeOf(() => tree().open('fifo'))).toBe('NOT_A_FILE');
    });

    test('reads give the range asked for, less at the end, and nothing behind it', async () => {
      put(tree(), 'file', '0123456789');
      const file = tree().open('file');
      const buffer = Buffer.alloc(8, '.');
      expect(file.readSync(buffer, 2, 4, 3)).toBe(4);
      expect(buffer.toString()).toBe('..3456..');
      expect(await file.read(buffer, 0, 8, 7)).toBe(3);
      expect(buffer.toString('utf8', 0, 3)).toBe('789');
      expect(file.readSync(buffer, 0, 8, 10)).toBe(0);
      expect(await file.read(buffer, 0, 8, 99)).toBe(0);
      file.close();
      file.close();
    });

    test('an open file stays the one that was opened when its name is given to another', () => {
      put(tree(), 'file', 'before');
      const file = tree().open('file');
      put(tree(), 'file', 'after!', true);
      const buffer = Buffer.alloc(6);
      file.readSync(buffer, 0, 6, 0);
      expect(buffer.toString()).toBe('before');
      expect(file.stat().ino).not.toBe(tree().stat('file')?.ino);
      file.close();
    });

    test('release changes nothing that can be seen, and may be called again', () => {
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'folder/file', 'x');
      tree().release();
      tree().release();
      expect(textAt(tree(), 'folder/file')).toBe('x');
      put(tree(), 'folder/file', 'y', true);
      expect(textAt(tree(), 'folder/file')).toBe('y');
    });
  });
}

function creating(tree: Tree): void {
  describe('folders and links', () => {
    test.each([0o755, 0o700, 0o777, 0o555, 0o750].map(octal))(
      'a folder gets exactly the mode %s',
      (_, mode) => {
        expect(tree().makeDirectory('folder', mode)).toMatchObject({ kind: 'directory', mode });
        expect(tree().stat('folder')).toMatchObject({ kind: 'directory', mode });
      },
    );

    test('a link keeps its target to the letter and its time to the microsecond', () => {
      for (const target of ['/etc/passwd', '../..', 'dangling', ' ', 'ü\n', 'x'.repeat(1000)]) {
        const stat = tree().makeLink('link', target, MTIME_US);
        expect(stat.kind).toBe('link');
        expect(microseconds(stat.mtimeNs)).toBe(MTIME_US);
        expect(tree().readLink('link')).toBe(target);
        tree().putAway('link');
      }
    });

    test('nothing that stands there is replaced', () => {
      put(tree(), 'file', 'x');
      tree().makeDirectory('folder', 0o755);
      tree().makeLink('link', 'a', 0);
      for (const path of ['file', 'folder', 'link']) {
        expect(codeOf(() => tree().makeDirectory(path, 0o755))).toBe('EXISTS');
        expect(codeOf(() => tree().makeLink(path, 'b', 0))).toBe('EXISTS');
      }
      expect(textAt(tree(), 'file')).toBe('x');
      expect(tree().readLink('link')).toBe('a');
    });

    test('the folder must be there: parents are not made, and a link is no folder', () => {
      tree().makeDirectory('folder', 0o755);
      tree().makeLink('link', 'folder', 0);
      put(tree(), 'file', 'x');
      for (const parent of ['no', 'file', 'link']) {
        expect(codeOf(() => tree().makeDirectory(`${parent}/a`, 0o755))).toBe('ABSENT');
        expect(codeOf(() => tree().makeLink(`${parent}/a`, 'b', 0))).toBe('ABSENT');
        expect(codeOf(() => put(tree(), `${parent}/a`, 'x'))).toBe('ABSENT');
        expect(codeOf(() => put(tree(), `${parent}/a`, 'x', true))).toBe('ABSENT');
      }
      expect(listed(tree(), 'folder')).toEqual([]);
    });
  });
}

function staging(tree: Tree, under: Under): void {
  describe('staged files', () => {
    test('a staged file is not in the tree until it is published', () => {
      const staged = tree().createStaged('s');
      staged.writeSync(Buffer.from('x'), 0);
      expect(listed(tree(), '')).toEqual([]);
      expect(tree().listStaged()).toEqual(['s']);
      staged.publish('file', { replace: false });
      expect(listed(tree(), '')).toEqual(['file']);
      expect(tree().listStaged()).toEqual([]);
    });

    test('a name is given once', () => {
      const staged = tree().createStaged('s');
      expect(codeOf(() => tree().createStaged('s'))).toBe('EXISTS');
      staged.discard();
      tree().createStaged('s').discard();
    });

    test('writes at any position in any order end in the right bytes', async () => {
      const staged = tree().createStaged('s');
      await staged.write(Buffer.from('world'), 6);
      staged.writeSync(Buffer.from('hello'), 0);
      await staged.write(Buffer.from('-'), 5);
      expect(staged.sizeBytes()).toBe(11);
      const buffer = Buffer.alloc(20);
      expect(await staged.read(buffer, 0, 20, 0)).toBe(11);
      expect(buffer.toString('utf8', 0, 11)).toBe('hello-world');
      staged.publish('file', { replace: false });
      expect(textAt(tree(), 'file')).toBe('hello-world');
    });

    test('a gap between writes reads as zeros', () => {
      const staged = tree().createStaged('s');
      staged.writeSync(Buffer.from('end'), 3);
      staged.publish('file', { replace: false });
      expect(textAt(tree(), 'file')).toBe('\0\0\0end');
    });

    test('truncate shortens and lengthens', () => {
      const staged = tree().createStaged('s');
      staged.writeSync(Buffer.from('0123456789'), 0);
      staged.truncate(4);
      expect(staged.sizeBytes()).toBe(4);
      staged.truncate(6);
      staged.publish('file', { replace: false });
      expect(textAt(tree(), 'file')).toBe('0123\0\0');
    });

    test('a kept file is resumed where it ended, also by a program that starts again', () => {
      const staged = tree().createStaged('s');
      staged.writeSync(Buffer.from('first half|'), 0);
      staged.keep();
      tree().release();
      const resumed = under().reopen().openStaged('s');
      expect(resumed?.name).toBe('s');
      expect(resumed?.sizeBytes()).toBe(11);
      resumed?.writeSync(Buffer.from('second'), 11);
      resumed?.publish('file', { replace: false });
      expect(textAt(tree(), 'file')).toBe('first half|second');
    });

    test('what was never staged cannot be resumed', () => {
      expect(tree().openStaged('no')).toBeUndefined();
    });

    test('discard leaves nothing and may be called again', () => {
      const staged = tree().createStaged('s');
      staged.writeSync(Buffer.from('x'), 0);
      staged.discard();
      staged.discard();
      expect(tree().listStaged()).toEqual([]);
      expect(tree().openStaged('s')).toBeUndefined();
    });

    test('sweep removes a staged file, and nothing there is no error', () => {
      tree().createStaged('s').keep();
      tree().createStaged('t').keep();
      tree().sweepStaged('s');
      tree().sweepStaged('s');
      tree().sweepStaged('never');
      expect(tree().listStaged()).toEqual(['t']);
    });

    test('metadata set on a staged file is that of the published one', () => {
      const staged = tree().createStaged('s');
      staged.writeSync(Buffer.from('x'), 0);
      staged.setMetadata({ mode: 0o640, mtimeUs: -1_234_567 });
      const stat = staged.publish('file', { replace: false });
      expect(stat).toEqual(tree().stat('file'));
      expect(stat.mode).toBe(0o640);
      expect(microseconds(stat.mtimeNs)).toBe(-1_234_567);
    });

    test('flush resolves when there is nothing wrong', async () => {
      const staged = tree().createStaged('s');
      await staged.write(Buffer.from('x'), 0);
      await staged.flush();
      staged.publish('file', { replace: false });
      expect(textAt(tree(), 'file')).toBe('x');
    });
  });
}

function publishing(tree: Tree, under: Under): void {
  describe('a staged file that shares the blocks of another', () => {
    test('has its content, and neither changes the other; or there is none, and nothing is left of it', async () => {
      put(tree(), 'f', 'content');
      const clone = tree().cloneStaged('s', 'f');
      if (clone === undefined) return expect(tree().listStaged()).toEqual([]);
      expect(clone.sizeBytes()).toBe(7);
      await clone.write(Buffer.from('C'), 0);
      expect(textAt(tree(), 'f')).toBe('content');
      clone.publish('g', { replace: false });
      expect(textAt(tree(), 'g')).toBe('Content');
    });

    test('is made of regular files that are there only', () => {
      tree().makeDirectory('d', 0o755);
      tree().makeLink('l', 'd', MTIME_US);
      for (const path of ['d', 'l', 'none']) {
        const outcome = codeOf(() => expect(tree().cloneStaged('s', path)).toBeUndefined());
        expect(['nothing', 'ABSENT', 'NOT_A_FILE']).toContain(outcome);
        expect(tree().listStaged()).toEqual([]);
      }
    });
  });

  describe('publish', () => {
    test('without replace nothing that stands there is touched', () => {
      put(tree(), 'file', 'old');
      tree().makeDirectory('folder', 0o755);
      tree().makeLink('link', 'file', 0);
      for (const path of ['file', 'folder', 'link']) {
        expect(codeOf(() => put(tree(), path, 'new'))).toBe('EXISTS');
      }
      expect(textAt(tree(), 'file')).toBe('old');
      expect(tree().readLink('link')).toBe('file');
      expect(tree().listStaged()).toEqual([]);
    });

    test('with replace a file takes the place of a file or link, and what the link points to stays', () => {
      put(tree(), 'file', 'old');
      tree().makeLink('link', 'file', 0);
      put(tree(), 'link', 'in place of the link', true);
      expect(tree().stat('link')?.kind).toBe('file');
      expect(textAt(tree(), 'file')).toBe('old');
      put(tree(), 'file', 'new', true);
      expect(textAt(tree(), 'file')).toBe('new');
      put(tree(), 'fresh', 'replace needs nothing to replace', true);
      expect(listed(tree(), '')).toEqual(['file', 'fresh', 'link']);
    });

    test('a folder is never replaced, not even an empty one', () => {
      tree().makeDirectory('folder', 0o755);
      expect(codeOf(() => put(tree(), 'folder', 'x', true))).toBe('NOT_A_FILE');
      expect(tree().stat('folder')?.kind).toBe('directory');
    });

    test('a FIFO is never replaced', (context) => {
      const { makeOther } = under();
      if (makeOther === undefined) return context.skip('this tree knows no FIFO');
      makeOther('fifo');
      expect(codeOf(() => put(tree(), 'fifo', 'x', true))).toBe('NOT_A_FILE');
      expect(codeOf(() => put(tree(), 'fifo', 'x'))).toBe('EXISTS');
      expect(tree().stat('fifo')?.kind).toBe('other');
    });

    test('after a failed publish the file can be published elsewhere or discarded', () => {
      put(tree(), 'taken', 'x');
      const staged = tree().createStaged('s');
      staged.writeSync(Buffer.from('mine'), 0);
      expect(codeOf(() => staged.publish('taken', { replace: false }))).toBe('EXISTS');
      expect(tree().listStaged()).toEqual(['s']);
      staged.publish('free', { replace: false });
      expect(textAt(tree(), 'free')).toBe('mine');
      staged.discard();
      expect(textAt(tree(), 'free')).toBe('mine');
    });

    test('the root is nobody’s place', () => {
      expect(codeOf(() => put(tree(), '', 'x', true))).not.toBe('nothing');
      expect(tree().rootStat()?.kind).toBe('directory');
    });
  });
}

/** Enough for every tree that does it at all. */
const MANY = 40;

function newFiles(folder: string): NewFile[] {
  return Array.from({ length: MANY }, (_, at) => ({
    stagedName: `new-${at}`,
    path: `${folder}/file ${at}`,
    bytes: Buffer.from('x'.repeat(at)),
    mode: at % 2 === 0 ? 0o644 : 0o600,
    mtimeUs: MTIME_US + at,
  }));
}

/** Undefined is an answer too: not every tree has a thread for it. */
function looking(tree: Tree): void {
  describe('many folders beside other work', () => {
    const look = async (paths: readonly string[]) => tree().lookBeside?.(paths, 1_000_000);

    test('each is told as a listing and glances show it', async () => {
      await loadHash();
      tree().makeDirectory('folder', 0o755);
      tree().makeDirectory('folder/empty', 0o700);
      for (const name of ['one', 'two', 'café \u{1f3ac}']) put(tree(), `folder/${name}`, name);
      tree().makeLink('folder/link', 'away', MTIME_US);
      const looks = await look(['folder', 'folder/empty', 'folder']);
      if (looks === undefined) return;
      const shown = ['folder', 'folder/empty', 'folder'].map((path) =>
        lookAtFolder(tree(), new RollCall(), path),
      );
      expect(shown[0]?.names).toHaveLength(5);
      expect(looks).toEqual(shown);
    });

    test('what is no folder, or not there, is not looked at, and nothing else suffers', async () => {
      await loadHash();
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'file', 'x');
      tree().makeLink('link', 'folder', 0);
      const looks = await look(['file', 'absent', 'link', 'absent/more', 'folder']);
      if (looks === undefined) return;
      const without = looks.map((one) => one?.names);
      expect(without).toEqual([undefined, undefined, undefined, undefined, []]);
    });
  });
}

/** Undefined is an answer too: not every tree has a thread for it. */
function placing(tree: Tree): void {
  describe('many new files beside other work', () => {
    const place = async (files: readonly NewFile[]) => tree().placeNew?.(files);

    test('each stands there as it was asked for, and is told as it stands', async () => {
      tree().makeDirectory('folder', 0o755);
      const files = newFiles('folder');
      const stats = await place(files);
      if (stats === undefined) return;
      expect(stats).toEqual(files.map(({ path }) => tree().stat(path)));
      for (const [at, { path, mode, mtimeUs }] of files.entries()) {
        expect(textAt(tree(), path)).toBe('x'.repeat(at));
        const stat = tree().stat(path);
        expect(stat?.mode).toBe(mode);
        expect(stat && microseconds(stat.mtimeNs)).toBe(mtimeUs);
      }
      expect(tree().listStaged()).toEqual([]);
    });

    test('what stands at a place stays as it is, and nothing else suffers', async () => {
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'folder/file 3', 'somebody');
      tree().makeDirectory('folder/file 4', 0o755);
      tree().makeLink('folder/file 5', 'file 6', 0);
      const stats = await place(newFiles('folder'));
      if (stats === undefined) return;
      const missing = [...stats.entries()].filter(([, stat]) => stat === undefined).map(([at]) => at);
      expect(missing).toEqual([3, 4, 5]);
      expect(textAt(tree(), 'folder/file 3')).toBe('somebody');
      expect(tree().list('folder/file 4').names).toEqual([]);
      expect(tree().readLink('folder/file 5')).toBe('file 6');
      expect(tree().listStaged()).toEqual([]);
    });

    test('nothing is written through a link that took the place of the folder, or to our own folder', async () => {
      tree().makeDirectory('elsewhere', 0o755);
      tree().makeLink('folder', 'elsewhere', 0);
      for (const folder of ['folder', '.lanmirror', 'absent']) {
        const stats = await place(newFiles(folder));
        if (stats !== undefined) expect(stats.every((stat) => stat === undefined)).toBe(true);
      }
      expect(tree().list('elsewhere').names).toEqual([]);
      expect(tree().listStaged()).toEqual([]);
    });
  });
}

function moving(tree: Tree, under: Under): void {
  describe('move', () => {
    test('a node keeps what it is under its new name', () => {
      put(tree(), 'file', 'text');
      tree().makeLink('link', 'target', MTIME_US);
      tree().makeDirectory('folder', 0o750);
      const before = tree().stat('file');
      const stat = tree().move('file', 'folder/moved', { replace: false });
      expect(stat).toEqual(tree().stat('folder/moved'));
      expect([stat.ino, stat.mtimeNs, stat.mode]).toEqual([before?.ino, before?.mtimeNs, before?.mode]);
      expect(tree().stat('file')).toBeUndefined();
      tree().move('link', 'folder/link', { replace: false });
      expect(tree().readLink('folder/link')).toBe('target');
    });

    test('a folder moves with all below it, and its old paths lead nowhere', () => {
      tree().makeDirectory('a', 0o755);
      tree().makeDirectory('a/b', 0o755);
      put(tree(), 'a/b/file', 'deep');
      tree().makeDirectory('c', 0o755);
      tree().move('a', 'c/a', { replace: false });
      expect(textAt(tree(), 'c/a/b/file')).toBe('deep');
      expect(tree().stat('a/b/file')).toBeUndefined();
      tree().makeDirectory('a', 0o755);
      tree().makeDirectory('a/b', 0o755);
      expect(listed(tree(), 'a/b')).toEqual([]);
      put(tree(), 'a/b/file', 'another');
      expect(textAt(tree(), 'c/a/b/file')).toBe('deep');
    });

    test('without replace nothing that stands there is touched', () => {
      put(tree(), 'a', 'a');
      put(tree(), 'b', 'b');
      tree().makeLink('link', 'b', 0);
      tree().makeDirectory('folder', 0o755);
      tree().makeDirectory('empty', 0o755);
      for (const to of ['b', 'link', 'folder']) {
        expect(codeOf(() => tree().move('a', to, { replace: false }))).toBe('EXISTS');
        expect(codeOf(() => tree().move('empty', to, { replace: false }))).toBe('EXISTS');
      }
      expect(textAt(tree(), 'a')).toBe('a');
      expect(textAt(tree(), 'b')).toBe('b');
      expect(tree().stat('empty')?.kind).toBe('directory');
    });

    test('with replace a file or link is replaced, a folder or FIFO never is', () => {
      put(tree(), 'a', 'a');
      put(tree(), 'b', 'b');
      tree().makeLink('link', 'a', 0);
      tree().makeDirectory('folder', 0o755);
      tree().makeDirectory('other folder', 0o755);
      expect(codeOf(() => tree().move('a', 'folder', { replace: true }))).toBe('NOT_A_FILE');
      expect(codeOf(() => tree().move('folder', 'a', { replace: true }))).toBe('NOT_A_FILE');
      expect(codeOf(() => tree().move('folder', 'other folder', { replace: true }))).toBe('NOT_A_FILE');
      tree().move('a', 'b', { replace: true });
      expect(textAt(tree(), 'b')).toBe('a');
      tree().move('b', 'link', { replace: true });
      expect(tree().stat('link')?.kind).toBe('file');
      under().makeOther?.('fifo');
      if (tree().stat('fifo') !== undefined) {
        expect(codeOf(() => tree().move('link', 'fifo', { replace: true }))).toBe('NOT_A_FILE');
      }
      expect(textAt(tree(), 'link')).toBe('a');
    });

    test('what is absent cannot be moved, nor to where there is no folder', () => {
      put(tree(), 'file', 'x');
      expect(codeOf(() => tree().move('no', 'there', { replace: false }))).toBe('ABSENT');
      expect(codeOf(() => tree().move('file', 'no/there', { replace: false }))).toBe('ABSENT');
      expect(textAt(tree(), 'file')).toBe('x');
    });

    test('a folder cannot be moved into itself', () => {
      tree().makeDirectory('a', 0o755);
      tree().makeDirectory('a/b', 0o755);
      expect(codeOf(() => tree().move('a', 'a/b/c', { replace: false }))).not.toBe('nothing');
      expect(tree().stat('a/b')?.kind).toBe('directory');
    });
  });
}

/** From 1902 to 2200, in microseconds. */
const anyTimeUs = fc.integer({ min: -2_145_916_800_000_000, max: 7_258_118_400_000_000 });

function metadata(tree: Tree, under: Under): void {
  describe('metadata', () => {
    test(`times come back to the microsecond from 1902 to 2200 (SEED=${SEED})`, () => {
      put(tree(), 'file', 'x');
      tree().makeDirectory('folder', 0o755);
      tree().makeLink('link', 'nowhere', 0);
      const property = fc.property(anyTimeUs, (mtimeUs) => {
        for (const path of ['file', 'folder', 'link', '']) {
          expect(microseconds(tree().setMetadata(path, { mtimeUs }).mtimeNs)).toBe(mtimeUs);
          expect(microseconds(tree().stat(path)?.mtimeNs ?? 0n)).toBe(mtimeUs);
        }
      });
      fc.assert(property, { seed: SEED, numRuns: 300, examples: [[0], [-1], [-1_000_000], [-999_999], [1]] });
    });

    test.each([0o644, 0o600, 0o444, 0o000, 0o777, 0o200].map(octal))(
      'a mode of %s is set exactly',
      (_, mode) => {
        put(tree(), 'file', 'x');
        tree().makeDirectory('folder', 0o700);
        expect(tree().setMetadata('file', { mode }).mode).toBe(mode);
        expect(tree().setMetadata('folder', { mode }).mode).toBe(mode);
        expect(tree().stat('file')?.mode).toBe(mode);
        tree().setMetadata('folder', { mode: 0o755 });
      },
    );

    test('what is left out stays', () => {
      put(tree(), 'file', 'x');
      tree().setMetadata('file', { mode: 0o600 });
      expect(microseconds(tree().stat('file')?.mtimeNs ?? 0n)).toBe(MTIME_US);
      tree().setMetadata('file', { mtimeUs: 1 });
      expect(tree().stat('file')?.mode).toBe(0o600);
    });

    test('a link is not followed: neither its mode nor its target changes', () => {
      put(tree(), 'file', 'x');
      const before = tree().makeLink('link', 'file', 0);
      const all: Metadata = { mode: 0o600, mtimeUs: 5 };
      const stat = tree().setMetadata('link', all);
      expect(stat).toMatchObject({ kind: 'link', mode: before.mode, mtimeNs: 5000n });
      expect(tree().stat('file')).toMatchObject({ mode: 0o644 });
      expect(microseconds(tree().stat('file')?.mtimeNs ?? 0n)).toBe(MTIME_US);
    });

    test('the mode of the root can be set', () => {
      expect(tree().setMetadata('', { mode: 0o750 }).mode).toBe(0o750);
      expect(tree().rootStat()?.mode).toBe(0o750);
    });

    test('there is no metadata of what is absent or a FIFO', () => {
      expect(codeOf(() => tree().setMetadata('no', { mode: 0o600 }))).toBe('ABSENT');
      under().makeOther?.('fifo');
      if (tree().stat('fifo') !== undefined) {
        expect(codeOf(() => tree().setMetadata('fifo', { mode: 0o600 }))).toBe('NOT_A_FILE');
      }
    });
  });
}

function removing(tree: Tree): void {
  test('removes a file, a link and an empty folder for good, and nothing that a folder holds with it', () => {
    put(tree(), 'file', 'text');
    tree().makeLink('link', 'file', MTIME_US);
    tree().makeDirectory('folder', 0o755);
    put(tree(), 'folder/inside', 'text');
    expect(codeOf(() => tree().remove('folder'))).toBe('NOT_EMPTY');
    tree().remove('link');
    expect(tree().stat('file')?.kind).toBe('file');
    for (const path of ['file', 'folder/inside', 'folder']) tree().remove(path);
    expect(tree().list('').names).toEqual([]);
    expect(codeOf(() => tree().remove('file'))).toBe('ABSENT');
  });
}

function trash(tree: Tree, under: Under): void {
  const trashed = (told: string, below = '') => {
    const { tree: place, path } = under().inTrash(told);
    return textAt(place, path + below);
  };

  describe('trash', () => {
    test('what is put away leaves its path free and is whole in the trash', () => {
      put(tree(), 'file', 'precious');
      const told = tree().putAway('file');
      expect(tree().stat('file')).toBeUndefined();
      expect(trashed(told)).toBe('precious');
      put(tree(), 'file', 'successor');
      expect(trashed(told)).toBe('precious');
    });

    test('a folder is put away with all below it', () => {
      tree().makeDirectory('a', 0o755);
      tree().makeDirectory('a/b', 0o755);
      tree().makeDirectory('a/b/empty', 0o755);
      put(tree(), 'a/b/file', 'deep');
      tree().makeLink('a/link', '../outside', 0);
      const told = tree().putAway('a');
      expect(listed(tree(), '')).toEqual([]);
      expect(trashed(told, '/b/file')).toBe('deep');
      const { tree: place, path } = under().inTrash(told);
      expect(place.readLink(`${path}/link`)).toBe('../outside');
      expect(place.stat(`${path}/b/empty`)?.kind).toBe('directory');
    });

    test('the same path put away many times is there as many times', () => {
      const told = ['one', 'two', 'three', 'four'].map((text) => {
        put(tree(), 'file', text);
        return tree().putAway('file');
      });
      expect(new Set(told).size).toBe(4);
      expect(told.map((place) => trashed(place))).toEqual(['one', 'two', 'three', 'four']);
    });

    test('a folder put away after a file of the same path, and the other way round, loses neither', () => {
      put(tree(), 'x', 'a file');
      const file = tree().putAway('x');
      tree().makeDirectory('x', 0o755);
      put(tree(), 'x/y', 'in a folder');
      const inside = tree().putAway('x/y');
      put(tree(), 'x/y', 'again');
      const folder = tree().putAway('x');
      expect([trashed(file), trashed(inside), trashed(folder, '/y')]).toEqual([
        'a file',
        'in a folder',
        'again',
      ]);
    });

    test('what is absent cannot be put away', () => {
      expect(codeOf(() => tree().putAway('no'))).toBe('ABSENT');
      expect(codeOf(() => tree().keepVersion('no'))).toBe('ABSENT');
    });

    test('the root cannot be put away', () => {
      put(tree(), 'file', 'x');
      expect(codeOf(() => tree().putAway(''))).not.toBe('nothing');
      expect(textAt(tree(), 'file')).toBe('x');
    });

    test('a FIFO can be put away', (context) => {
      const { makeOther } = under();
      if (makeOther === undefined) return context.skip('this tree knows no FIFO');
      makeOther('fifo');
      tree().putAway('fifo');
      expect(tree().stat('fifo')).toBeUndefined();
    });

    test('a kept version stays in the trash while the path goes on and is replaced', () => {
      put(tree(), 'file', 'old');
      const before = tree().stat('file');
      const told = tree().keepVersion('file');
      expect(textAt(tree(), 'file')).toBe('old');
      expect(tree().stat('file')).toMatchObject({ ino: before?.ino, mtimeNs: before?.mtimeNs });
      put(tree(), 'file', 'new', true);
      expect(trashed(told)).toBe('old');
      expect(textAt(tree(), 'file')).toBe('new');
      const { tree: place, path } = under().inTrash(told);
      expect(place.stat(path)?.mtimeNs).toBe(before?.mtimeNs);
    });

    test('of a link the link itself is kept', () => {
      put(tree(), 'file', 'x');
      tree().makeLink('link', 'file', MTIME_US);
      const { tree: place, path } = under().inTrash(tree().keepVersion('link'));
      expect(place.readLink(path)).toBe('file');
      expect(microseconds(place.stat(path)?.mtimeNs ?? 0n)).toBe(MTIME_US);
      expect(tree().readLink('link')).toBe('file');
    });

    test('a folder has no versions', () => {
      tree().makeDirectory('folder', 0o755);
      expect(codeOf(() => tree().keepVersion('folder'))).toBe('NOT_A_FILE');
    });
  });
}

function parking(tree: Tree, under: Under): void {
  describe('parking', () => {
    test('two names are exchanged by way of the parking place', () => {
      put(tree(), 'a', 'A');
      put(tree(), 'b', 'B');
      tree().park('a', 'p');
      expect(listed(tree(), '')).toEqual(['b']);
      tree().move('b', 'a', { replace: false });
      const stat = tree().unpark('p', 'b');
      expect(stat).toEqual(tree().stat('b'));
      expect([textAt(tree(), 'a'), textAt(tree(), 'b')]).toEqual(['B', 'A']);
      expect(tree().listStaged()).toEqual([]);
    });

    test('folders and links can be parked', () => {
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'folder/file', 'x');
      tree().makeLink('link', 'target', 0);
      tree().park('folder', 'p');
      tree().park('link', 'q');
      expect([...tree().listStaged()].sort()).toEqual(['p', 'q']);
      tree().unpark('p', 'new');
      tree().unpark('q', 'new/link');
      expect(textAt(tree(), 'new/file')).toBe('x');
      expect(tree().readLink('new/link')).toBe('target');
      expect(tree().stat('folder/file')).toBeUndefined();
    });

    test('a name is taken for parked nodes and staged files alike', () => {
      put(tree(), 'a', 'A');
      put(tree(), 'b', 'B');
      tree().park('a', 'p');
      tree().createStaged('s').keep();
      expect(codeOf(() => tree().park('b', 'p'))).toBe('EXISTS');
      expect(codeOf(() => tree().park('b', 's'))).toBe('EXISTS');
      expect(codeOf(() => tree().createStaged('p'))).toBe('EXISTS');
      expect(textAt(tree(), 'b')).toBe('B');
      tree().unpark('p', 'a');
      expect(textAt(tree(), 'a')).toBe('A');
    });

    test('a parked node stays parked when its new path is taken', () => {
      put(tree(), 'a', 'A');
      put(tree(), 'b', 'B');
      tree().park('a', 'p');
      expect(codeOf(() => tree().unpark('p', 'b'))).toBe('EXISTS');
      expect(textAt(tree(), 'b')).toBe('B');
      tree().unpark('p', 'c');
      expect(textAt(tree(), 'c')).toBe('A');
    });

    test('what is absent can be neither parked nor unparked', () => {
      expect(codeOf(() => tree().park('no', 'p'))).toBe('ABSENT');
      expect(codeOf(() => tree().unpark('p', 'no'))).toBe('ABSENT');
      expect(tree().listStaged()).toEqual([]);
    });

    test('a parked node can be looked at where it is, with the path it had', () => {
      put(tree(), 'a', 'A');
      expect(tree().parked('p')).toBeUndefined();
      tree().createStaged('s').keep();
      expect(tree().parked('s')).toBeUndefined();
      tree().park('a', 'p');
      const parked = tree().parked('p');
      expect(parked).toMatchObject({ path: 'a', stat: { kind: 'file', sizeBytes: 1 } });
      expect(textAt(tree(), parked?.at ?? '')).toBe('A');
      tree().unpark('p', 'b');
      expect(tree().parked('p')).toBeUndefined();
    });

    test('a parked node that is swept after a kill is not lost', () => {
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'folder/file', 'precious');
      tree().park('folder/file', 'p');
      tree().release();
      const again = under().reopen();
      expect(again.listStaged()).toEqual(['p']);
      expect(again.sweepStaged('no')).toBe('');
      const swept = under().inTrash(again.sweepStaged('p'));
      expect(textAt(swept.tree, swept.path)).toBe('precious');
      expect(again.listStaged()).toEqual([]);
      put(tree(), 'folder/file', 'other');
      const { tree: place, path } = under().inTrash(tree().putAway('folder/file'));
      const folder = path.slice(0, path.lastIndexOf('/'));
      const texts = place.list(folder).names.map((name) => textAt(place, `${folder}/${name}`));
      expect(texts.sort()).toEqual(['other', 'precious']);
    });
  });
}

function flushing(tree: Tree): void {
  describe('flush', () => {
    test('resolves with nothing, few and many changes pending, and again', async () => {
      expect(await codeOfAsync(() => tree().flush())).toBe('nothing');
      tree().makeDirectory('folder', 0o755);
      put(tree(), 'folder/file', 'x');
      tree().makeLink('folder/link', 'x', 0);
      tree().move('folder', 'moved', { replace: false });
      tree().setMetadata('moved', { mtimeUs: 1 });
      tree().putAway('moved/file');
      expect(await codeOfAsync(() => tree().flush())).toBe('nothing');
      for (let at = 0; at < 200; at++) put(tree(), `moved/${at}`, String(at));
      const [first, second] = [tree().flush(), tree().flush()];
      put(tree(), 'meanwhile', 'x');
      await first;
      await second;
      await tree().flush();
      expect(listed(tree(), 'moved')).toHaveLength(201);
    });
  });
}

function names(tree: Tree, under: Under): void {
  describe('names and paths', () => {
    test.each(UNUSUAL_NAMES.map((name) => [JSON.stringify(name.slice(0, 20)), name]))(
      'a name like %s goes through every operation',
      (_, name) => {
        tree().makeDirectory(name, 0o755);
        put(tree(), `${name}/${name}`, 'first');
        expect(listed(tree(), '')).toEqual([name]);
        expect(tree().list(name)).toEqual({ names: [name], undecodable: [] });
        const { tree: place, path } = under().inTrash(tree().keepVersion(`${name}/${name}`));
        put(tree(), `${name}/${name}`, 'second', true);
        expect(textAt(place, path)).toBe('first');
        tree().makeLink('link', name, 0);
        expect(tree().readLink('link')).toBe(name);
        tree().move(name, 'plain', { replace: false });
        tree().move(`plain/${name}`, name, { replace: false });
        expect(textAt(tree(), name)).toBe('second');
        tree().park(name, 'p');
        tree().unpark('p', name);
        for (let count = 0; count < 3; count++) {
          tree().putAway(name);
          put(tree(), name, String(count));
        }
        expect(listed(tree(), '')).toEqual([name, 'link', 'plain'].sort());
      },
    );

    test('a name of 256 bytes is NAME_TOO_LONG', () => {
      expect(codeOf(() => put(tree(), 'a'.repeat(256), 'x'))).toBe('NAME_TOO_LONG');
      expect(codeOf(() => tree().makeDirectory('电'.repeat(86), 0o755))).toBe('NAME_TOO_LONG');
    });

    test('paths of up to 4,096 bytes are reached, moved and put away', (context) => {
      if (under().reachesLongPaths === false) return context.skip('this system cannot reach paths that long');
      const folders = makeDeep(tree(), 'deep', 194);
      const deepest = folders.at(-1) ?? '';
      const path = `${deepest}/${'f'.repeat(4096 - deepest.length - 1)}`;
      expect(path).toHaveLength(4096);
      put(tree(), path, 'at the bottom');
      tree().release();
      expect(textAt(tree(), path)).toBe('at the bottom');
      const told = tree().putAway(path);
      const inTrash = under().inTrash(told);
      expect(textAt(inTrash.tree, inTrash.path)).toBe('at the bottom');
      tree().makeDirectory('elsewhere', 0o755);
      tree().move(folders[0] ?? '', 'elsewhere/moved', { replace: false });
      tree().putAway('elsewhere');
      expect(listed(tree(), '')).toEqual([]);
    });

    test('256 folders deep is reached', (context) => {
      if (under().reachesLongPaths === false) return context.skip('this system cannot reach paths that long');
      const deepest = makeDeep(tree(), 'd', 7, 255).at(-1) ?? '';
      put(tree(), `${deepest}/x`, 'deep');
      tree().move(`${deepest}/x`, 'top', { replace: false });
      tree().move('top', `${deepest}/y`, { replace: false });
      expect(textAt(tree(), `${deepest}/y`)).toBe('deep');
    });
  });
}

/** Makes folders in each other with names of `nameBytes`, as deep as 3,900 bytes or `maxDepth` allow. */
function makeDeep(tree: WritableTree, letter: string, nameBytes: number, maxDepth = 1000): string[] {
  const name = letter.repeat(nameBytes).slice(0, nameBytes);
  const folders: string[] = [];
  for (let path = name; path.length <= 3900 && folders.length < maxDepth; path = `${path}/${name}`) {
    tree.makeDirectory(path, 0o755);
    folders.push(path);
  }
  return folders;
}

/** A tree as it should be: path to text, or null for a folder. */
type Model = Map<string, string | null>;

const anyPath = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const anyStep = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    path: anyPath,
    text: fc.string({ maxLength: 5 }),
    replace: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('folder' as const), path: anyPath }),
  fc.record({ kind: fc.constant('move' as const), path: anyPath, to: anyPath, replace: fc.boolean() }),
  fc.record({ kind: fc.constant('putAway' as const), path: anyPath }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function model(tree: Tree): void {
  test(`any sequence of operations ends as the rules say (SEED=${SEED})`, () => {
    const property = fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      for (const name of tree().list('').names) tree().putAway(name);
      const expected: Model = new Map();
      for (const step of steps) {
        const isPossible = applyToModel(expected, step);
        expect([step, codeOf(() => applyToTree(tree(), step)) === 'nothing']).toEqual([step, isPossible]);
      }
      expect(contentOf(tree(), '')).toEqual(new Map([...expected].sort()));
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });
}

function applyToTree(tree: WritableTree, step: Step): void {
  if (step.kind === 'put') put(tree, step.path, step.text, step.replace);
  else if (step.kind === 'folder') tree.makeDirectory(step.path, 0o755);
  else if (step.kind === 'putAway') tree.putAway(step.path);
  else tree.move(step.path, step.to, { replace: step.replace });
}

/** Applies a step where the rules allow it, and tells whether they do. */
function applyToModel(tree: Model, step: Step): boolean {
  if (step.kind === 'putAway') {
    if (!tree.has(step.path)) return false;
    for (const path of below(tree, step.path)) tree.delete(path);
    return true;
  }
  if (step.kind === 'move') return moveInModel(tree, step);
  if (!hasFolder(tree, step.path)) return false;
  if (tree.has(step.path)) {
    const isReplaced = step.kind === 'put' && step.replace && tree.get(step.path) !== null;
    if (!isReplaced) return false;
  }
  tree.set(step.path, step.kind === 'put' ? step.text : null);
  return true;
}

function moveInModel(tree: Model, { path: from, to, replace }: Extract<Step, { kind: 'move' }>): boolean {
  const node = tree.get(from);
  if (node === undefined || !hasFolder(tree, to) || to.startsWith(`${from}/`)) return false;
  const standing = tree.get(to);
  if (standing !== undefined && (!replace || standing === null || node === null)) return false;
  for (const path of below(tree, from)) {
    const moved = tree.get(path) ?? null;
    tree.delete(path);
    tree.set(to + path.slice(from.length), moved);
  }
  return true;
}

function below(tree: Model, path: string): string[] {
  return [...tree.keys()].filter((other) => other === path || other.startsWith(`${path}/`));
}

function hasFolder(tree: Model, path: string): boolean {
  const slash = path.lastIndexOf('/');
  return slash < 0 || tree.get(path.slice(0, slash)) === null;
}

function contentOf(tree: ReadableTree, folder: string): Model {
  const found: Model = new Map();
  for (const name of tree.list(folder).names) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (tree.stat(path)?.kind === 'directory') {
      found.set(path, null);
      for (const [inner, text] of contentOf(tree, path)) found.set(inner, text);
    } else {
      found.set(path, textAt(tree, path));
    }
  }
  return new Map([...found].sort());
}
