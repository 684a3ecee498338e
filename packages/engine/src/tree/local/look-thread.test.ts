/** The thread itself, with the program that is built for it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { lookAtFolder } from '../folder-look.ts';
import { loadHash } from '../hash.ts';
import type { FolderLook } from '../port.ts';
import { RollCall } from '../roll-call.ts';
import { openLocalSource } from './index.ts';
import { LookThread } from './look-thread.ts';
import { buildThreadScript } from './thread-script.suite.ts';

const MANY = 1_000_000;

const { script, folder } = buildThreadScript('look-worker');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  await loadHash();
});

let scratch: string;
let root: string;
let failures: Error[];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lanmirror-look-'));
  root = join(scratch, 'root');
  for (let at = 0; at < 200; at += 1) {
    mkdirSync(join(root, `folder-${at}`), { recursive: true });
    for (let file = 0; file < at % 5; file += 1) writeFileSync(join(root, `folder-${at}`, `${file}`), '');
  }
  failures = [];
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function thread(program: URL = script, cores = 2): LookThread {
  const setting = () => ({ root, walk: 'checked' as const });
  return new LookThread({ script: program, failed: (error) => failures.push(error) }, setting, cores);
}

const paths = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `folder-${from + at}`);
const here = (asked: readonly string[]): (FolderLook | undefined)[] =>
  asked.map((path) => lookAtFolder(openLocalSource(root), new RollCall(), path));

test('questions that are asked at once are answered each with its own, as a look here would', async () => {
  const looking = thread();
  const questions = [paths(0, 64), paths(64, 128), paths(128, 200)];
  const answers = await Promise.all(questions.map(async (asked) => looking.look(asked, MANY)));
  for (const [at, asked] of questions.entries()) expect(answers[at]).toEqual(here(asked));
  expect(answers[0]?.[4]?.names).toHaveLength(4);
  expect(failures).toEqual([]);
});

test('the root that went, or a link in the place of a folder, is no look', async () => {
  const looking = thread();
  renameSync(join(root, 'folder-1'), join(root, 'other'));
  symlinkSync('other', join(root, 'folder-1'));
  expect(await looking.look(['folder-1', 'folder-2'], MANY)).toEqual([undefined, ...here(['folder-2'])]);
  renameSync(root, join(scratch, 'away'));
  expect(await looking.look(['folder-2', ''], MANY)).toEqual([undefined, undefined]);
  expect(failures).toEqual([]);
});

test('few nodes, or a machine of one core, are not worth a thread', () => {
  expect(thread().look(paths(0, 64), 10_000)).toBeUndefined();
  expect(thread(script, 1).look(paths(0, 64), MANY)).toBeUndefined();
});

test('a thread that ends by itself has failed', async () => {
  const program = join(scratch, 'ending.mjs');
  writeFileSync(program, 'process.exit(3);');
  const looking = thread(pathToFileURL(program));
  expect(await looking.look(paths(0, 2), MANY)).toEqual([undefined, undefined]);
  expect(failures.map(({ message }) => message)).toEqual(['it ended with 3']);
});

test('a thread that fails is told of once, answers what it was asked with nothing, and is not asked again', async () => {
  const program = join(scratch, 'broken.mjs');
  writeFileSync(program, 'throw new Error("no luck");');
  const looking = thread(pathToFileURL(program));
  const answers = await Promise.all([0, 1].map(async (at) => looking.look(paths(at, at + 2), MANY)));
  expect(answers).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(failures.map(({ message }) => message)).toEqual(['no luck']);
  expect(looking.look(paths(0, 2), MANY)).toBeUndefined();
});
