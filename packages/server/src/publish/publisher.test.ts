import { createMemoryStore, type MemoryStore } from '@lanmirror/engine/store';
import { beforeEach, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../tests/simulation/scheduler.ts';
import { MemoryWatcher } from '../../../engine/src/tree/memory/index.ts';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Publisher } from './publisher.ts';

let scheduler: Scheduler;
let store: MemoryStore;
let tree: MemoryTree;

beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  store = createMemoryStore();
  tree = createMemoryTree({ clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n });
});

/** One run of a publisher over the tree and the store. */
function start(watcherStarted: () => void = () => undefined) {
  const index = TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );
  const clock = new ProcessClock(scheduler);
  const notes: string[] = [];
  let watcher: MemoryWatcher | undefined;
  const publisher = new Publisher({
    tree,
    index,
    clock,
    startWatcher: (listener) => {
      watcher = new MemoryWatcher(tree.disk, listener);
      watcherStarted();
      return watcher;
    },
    listener: {
      changed: () => undefined,
      stateChanged: () => undefined,
      note: (_level, text) => notes.push(text),
    },
  });
  publisher.start();
  const stop = async (): Promise<void> => {
    clock.isDead = true;
    await publisher.stop();
    await index.close();
    store = store.reopen();
  };
  return { index, publisher, notes, stop, hint: () => watcher?.deliver() };
}

async function pass(ms: number): Promise<void> {
  const endMs = scheduler.nowMs + ms;
  await scheduler.settle();
  while (await scheduler.step(endMs));
  scheduler.jump(endMs - scheduler.nowMs);
}

describe('a start after the server was off', () => {
  test('what was renamed meanwhile is not missing, however much it is', async () => {
    for (let at = 0; at < 300; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    tree.user.mkdir('b');
    const before = start();
    await pass(100);
    const id = before.index.byPath('a/7')?.id;
    await before.stop();
    for (let at = 0; at < 300; at += 1) tree.user.rename(`a/${at}`, `b/${at}`);
    const after = start();
    await pass(100);
    expect(after.publisher.halt).toBe('');
    expect(after.index.byPath('b/7')?.id).toBe(id);
    expect(after.index.byPath('a/7')).toBeUndefined();
  });

  test('what was renamed meanwhile, and once more while it is searched for, is not missing', async () => {
    for (let at = 0; at < 2000; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    const before = start();
    await pass(1000);
    const id = before.index.byPath('a/7')?.id;
    await before.stop();
    tree.user.rename('a', 'b');
    // Every question for the time costs: so the scan has slices, and there is a time between them.
    scheduler.costMs = 5;
    const after = start();
    while (after.index.byPath('b') === undefined) await scheduler.step(Number.POSITIVE_INFINITY);
    expect(after.publisher.isScanning).toBe(true);
    tree.user.rename('b', 'c');
    await pass(1000);
    after.hint();
    await pass(1000);
    expect(after.notes.join()).not.toContain('are missing');
    expect(after.publisher.halt).toBe('');
    expect(after.index.byPath('c/7')?.id).toBe(id);
  });

  test('a large loss is asked about, however much came anew', async () => {
    for (let at = 0; at < 300; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    const before = start();
    await pass(100);
    await before.stop();
    for (let at = 0; at < 200; at += 1) tree.user.remove(`a/${at}`);
    for (let at = 0; at < 1000; at += 1) tree.user.write(`new/${at}`, `content ${at}`);
    const after = start();
    await pass(100);
    expect(after.notes.join()).toContain('200 of 301 indexed entries are missing');
    expect(after.index.byPath('a/7')).toBeDefined();
    expect(after.index.byPath('new/7')).toBeDefined();
  });

  test('what is missing is removed when it is little', async () => {
    for (let at = 0; at < 300; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.remove('a/7');
    const after = start();
    await pass(100);
    expect(after.publisher.halt).toBe('');
    expect(after.index.byPath('a/7')).toBeUndefined();
    expect(after.index.byPath('a/8')).toBeDefined();
  });
});

test('a root that goes away again while its return is judged is waited for and scanned again', async () => {
  tree.user.write('a', 'content');
  let starts = 0;
  const { publisher, index } = start(() => {
    starts += 1;
    if (starts === 2) tree.user.unmount('absent');
  });
  await pass(100);
  tree.user.unmount('absent');
  await pass(2500);
  expect(publisher.halt).not.toBe('');
  tree.user.mount();
  await pass(5000);
  expect(starts).toBe(2);
  tree.user.mount();
  await pass(5000);
  expect(publisher.halt).toBe('');
  expect(index.byPath('a')).toBeDefined();
});

describe('what could not be read', () => {
  const FOREVER = { times: 1_000_000 };

  test('a folder that cannot be listed stays a problem when it is looked at, and comes by itself when it can', async () => {
    tree.user.write('d/a', 'content');
    tree.failNext('d', 'DENIED', { operation: 'list', ...FOREVER });
    const { publisher, index } = start();
    await pass(100);
    publisher.hint('d');
    await pass(1000);
    expect(publisher.problems.first(9)).toEqual([{ path: 'd', code: 'DENIED' }]);
    expect(index.byPath('d')?.isOpaque).toBe(true);
    tree.heal('d');
    await pass(120_000);
    expect(publisher.problems.count).toBe(0);
    expect(index.byPath('d/a')).toBeDefined();
    expect(index.byPath('d')?.isOpaque).toBeUndefined();
  });

  test('a folder is known again when the one name in it that failed can be looked at', async () => {
    for (const path of ['d/a', 'd/b']) tree.user.write(path, 'content');
    tree.failNext('d/a', 'IO', { operation: 'stat', ...FOREVER });
    const { publisher, index } = start();
    await pass(100);
    expect(index.byPath('d')?.isOpaque).toBe(true);
    tree.heal('d/a');
    await pass(120_000);
    expect(publisher.problems.count).toBe(0);
    expect(index.byPath('d/a')).toBeDefined();
    expect(index.byPath('d')?.isOpaque).toBeUndefined();
  });
});
