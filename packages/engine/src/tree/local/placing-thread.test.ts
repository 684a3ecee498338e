/** The thread itself, with the program that is built for it. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { NewFile, Stat, WritableTree } from '../port.ts';
import { openLocalTarget } from './index.ts';
import { buildThreadScript } from './thread-script.suite.ts';

const { script, folder } = buildThreadScript('placing-worker');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let scratch: string;
let root: string;
let failures: Error[];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lanmirror-thread-'));
  root = join(scratch, 'root');
  mkdirSync(join(root, '.lanmirror', 'tmp'), { recursive: true, mode: 0o700 });
  failures = [];
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const target = (program: URL = script): WritableTree =>
  openLocalTarget(root, {
    durability: 'none',
    placing: { script: program, failed: (error) => failures.push(error) },
  });

function files(count: number, prefix = 'file'): NewFile[] {
  const memory = new SharedArrayBuffer(count);
  return Array.from({ length: count }, (_, at) => {
    const bytes = new Uint8Array(memory, at, 1);
    bytes[0] = 65 + (at % 26);
    return { stagedName: `${prefix}-${at}`, path: `${prefix}${at}`, bytes, mode: 0o644, mtimeUs: at };
  });
}

const areThere = (stats: readonly (Stat | undefined)[] | undefined) =>
  stats?.map((stat) => stat !== undefined);

test('requests that are made at once are answered each with its own', async () => {
  const tree = target();
  const sets = ['a', 'b', 'c'].map((prefix, at) => files(20 + at, prefix));
  const answers = await Promise.all(sets.map(async (set) => tree.placeNew?.(set)));
  for (const [at, set] of sets.entries()) expect(answers[at]).toEqual(set.map(({ path }) => tree.stat(path)));
  expect(readFileSync(join(root, 'b1'), 'latin1')).toBe('B');
});

test('a few files are not worth a thread', () => {
  expect(target().placeNew?.(files(3))).toBeUndefined();
});

test('files that are flushed one by one are not placed so', () => {
  const tree = openLocalTarget(root, {
    durability: 'strict',
    placing: { script, failed: (error) => failures.push(error) },
  });
  expect(tree.placeNew?.(files(50))).toBeUndefined();
});

test('on a bare mount point, and on another disk than at the call, nothing is placed', async () => {
  const tree = target();
  expect(areThere(await tree.placeNew?.(files(20, 'first')))).toEqual(new Array(20).fill(true));
  // What the thread is still busy with when the root goes; the request behind it finds that it went.
  const busy = tree.placeNew?.(files(3000, 'before'));
  const placing = tree.placeNew?.(files(20, 'second'));
  renameSync(root, join(scratch, 'away'));
  mkdirSync(join(root, '.lanmirror', 'tmp'), { recursive: true });
  await busy;
  expect(areThere(await placing)).toEqual(new Array(20).fill(false));
  rmSync(join(root, '.lanmirror'), { recursive: true });
  expect(areThere(await tree.placeNew?.(files(20, 'third')))).toEqual(new Array(20).fill(false));
  expect(readdirSync(root)).toEqual([]);
  expect(failures).toEqual([]);
});

test('a thread that the system refuses is told of, and files are placed without it', () => {
  const tree = target(new URL('none:program'));
  expect(tree.placeNew?.(files(20))).toBeUndefined();
  expect(failures).toHaveLength(1);
  expect(tree.placeNew?.(files(20))).toBeUndefined();
  expect(failures).toHaveLength(1);
});

test('a thread that fails is told of once, answers what it was asked, and is not asked again', async () => {
  const program = join(scratch, 'broken.mjs');
  writeFileSync(program, 'throw new Error("no luck");');
  const tree = target(pathToFileURL(program));
  const answers = await Promise.all(['a', 'b'].map(async (prefix) => tree.placeNew?.(files(20, prefix))));
  expect(answers.map(areThere)).toEqual([new Array(20).fill(false), new Array(20).fill(false)]);
  expect(failures.map(({ message }) => message)).toEqual(['no luck']);
  expect(tree.placeNew?.(files(20))).toBeUndefined();
});
