import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChokidarWatcher } from './chokidar-watcher.ts';
import { EventQueue } from './event-queue.ts';

let root: string;
let hints: (readonly [kind: string, path: string])[];
let watcher: ChokidarWatcher;
const at = (path: string) => join(root, path);
const told = (kind: string, path: string) =>
  vi.waitFor(() => expect(hints).toContainEqual([kind, path]), { timeout: 10_000, interval: 5 });
const open = (queue = new EventQueue(16_384)) =>
  new ChokidarWatcher(
    root,
    {
      dirty: (path) => hints.push(['dirty', path]),
      relist: (path) => hints.push(['relist', path]),
      lost: (reason, path) => hints.push([`lost ${reason}`, path]),
      noticed: () => undefined,
    },
    queue,
  );

beforeEach(async () => {
  root = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'lanmirror-chokidar-'));
  for (const folder of ['a/b', '.lanmirror/tmp', 'a/.lanmirror'])
    fs.mkdirSync(at(folder), { recursive: true });
  hints = [];
  watcher = open();
  await watcher.ready;
});

afterEach(async () => {
  await watcher.close();
  fs.rmSync(root, { recursive: true, force: true });
});

test('our own folder at the top is not watched; one of that name below is', async () => {
  fs.writeFileSync(at('.lanmirror/tmp/unseen'), '');
  fs.writeFileSync(at('a/.lanmirror/seen'), '');
  await told('dirty', 'a/.lanmirror/seen');
  fs.writeFileSync(at('mark'), '');
  await told('dirty', 'mark');
  expect(hints.filter(([, path]) => path.startsWith('.lanmirror'))).toEqual([]);
});

test('a file that became a folder is watched inside', async () => {
  fs.writeFileSync(at('node'), '');
  await told('dirty', 'node');
  fs.rmSync(at('node'));
  fs.mkdirSync(at('node/sub'), { recursive: true });
  await told('relist', 'node/sub');
  fs.writeFileSync(at('node/sub/file'), '');
  await told('dirty', 'node/sub/file');
});

test('a folder whose mode or times changed is listed again, for chokidar misses changes inside just then', async () => {
  fs.chmodSync(at('a/b'), 0o700);
  await told('relist', 'a/b');
  fs.utimesSync(at('a'), 1, 1);
  await told('relist', 'a');
  fs.chmodSync(root, 0o700);
  await told('relist', '');
});

test('another root at the same path is watched, and the gap is told', async () => {
  watcher.addDirectory('');
  fs.renameSync(root, `${root}-old`);
  fs.mkdirSync(at('fresh'), { recursive: true });
  watcher.addDirectory('');
  await told('lost error', '');
  fs.writeFileSync(at('fresh/file'), '');
  await told('dirty', 'fresh/file');
  fs.rmSync(`${root}-old`, { recursive: true });
});

test('who asks whether all was told waits for what chokidar may have missed', async () => {
  watcher.addDirectory('a');
  fs.renameSync(at('a'), at('was a'));
  fs.mkdirSync(at('a'));
  watcher.addDirectory('a');
  await watcher.caughtUp();
  expect(hints).toContainEqual(['lost error', '']);
  fs.chmodSync(at('was a/b'), 0o700);
  await told('dirty', 'was a/b');
  await watcher.caughtUp();
  expect(hints).toContainEqual(['relist', 'was a/b']);
});

test('an overflow is told at once and again when the whole tree is watched anew', async () => {
  await watcher.close();
  const queue = new EventQueue(4);
  watcher = open(queue);
  await watcher.ready;
  fs.writeFileSync(at('one'), 'x');
  fs.writeFileSync(at('two'), 'x');
  await vi.waitFor(
    () => expect(hints.filter(([kind]) => kind === 'lost overflow').length).toBeGreaterThanOrEqual(2),
    { timeout: 10_000, interval: 5 },
  );
});

test('close before ready resolves both, and no hint follows', async () => {
  const early = open();
  await early.close();
  await early.ready;
  hints.length = 0;
  fs.writeFileSync(at('mark'), '');
  await told('dirty', 'mark');
});
