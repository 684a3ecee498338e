import { ROOT_ID } from '@lanmirror/protocol';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { createMemoryStore } from '../../store/index.ts';
import { hashBytes, loadHash } from '../../tree/index.ts';
import { MemoryWatcher } from '../../tree/memory/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { IdleHash, type SourceCondition } from './idle-hash.ts';
import { Publisher } from './publisher.ts';

const OLD_MS = 60_000;

let scheduler: Scheduler;
let tree: MemoryTree;
let index: TreeIndex;
let idleHash: IdleHash;
let condition: SourceCondition | undefined;
let suspects: string[];
/** Files that were open at the same time, and how many times one was opened. */
let opened: string[];
let onRead: () => void;

beforeAll(() => loadHash());

beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  tree = createMemoryTree({
    clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n,
    latency: async () => onRead(),
  });
  condition = undefined;
  suspects = [];
  opened = [];
  onRead = () => undefined;
});

afterEach(() => idleHash.stop());

/** Publishes the tree as it is now, and begins to read. */
async function start(): Promise<void> {
  index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  const clock = new ProcessClock(scheduler);
  const publisher: Publisher = new Publisher({
    ...{ tree, index, clock, indexDir: '/state/index' },
    startWatcher: (listener) => new MemoryWatcher(tree.disk, listener),
    listener: {
      changed: () => idleHash.wake(),
      stateChanged: () => idleHash.wake(),
      learned: () => undefined,
      note: () => undefined,
    },
  });
  const open = tree.open.bind(tree);
  tree.open = (path) => {
    opened.push(path);
    return open(path);
  };
  idleHash = new IdleHash({
    ...{ tree, index, clock },
    condition: () => condition ?? publisher.condition,
    suspect: (path) => {
      suspects.push(path);
      publisher.hint(path);
    },
    learned: (hashes) => publisher.contents.learn(hashes),
    failed: (error) => {
      throw error;
    },
  });
  publisher.start();
  await pass(1000);
}

async function pass(ms: number): Promise<void> {
  const endMs = scheduler.nowMs + ms;
  await scheduler.settle();
  while (await scheduler.step(endMs));
  scheduler.nowMs = endMs;
}

const hashOf = (text: string): Uint8Array => new Uint8Array(hashBytes(Buffer.from(text)));
const contentOf = (at: number): string => `content ${at} `.repeat(at === 7 ? 200_000 : 1);

describe('while there is nothing else to do', () => {
  test('every file is read once, whatever folder it is in, and the fingerprint is final then', async () => {
    for (let at = 0; at < 250; at += 1) tree.user.write(`d${at % 3}/e${at % 7}/f${at}`, contentOf(at));
    for (let at = 0; at < 250; at += 1) tree.user.write(`flat${at}`, contentOf(at));
    tree.user.write('empty', '');
    await pass(OLD_MS);
    await start();
    expect(index.fingerprint(ROOT_ID)?.unknown).toBe(500);
    await pass(60_000);
    expect(index.fingerprint(ROOT_ID)?.unknown).toBe(0);
    for (let at = 0; at < 250; at += 1)
      expect(index.byPath(`flat${at}`)?.hash).toEqual(hashOf(contentOf(at)));
    expect(opened.length).toBe(500);
    expect(new Set(opened).size).toBe(500);
    expect(suspects).toEqual([]);
  });

  test('what has just changed is left for later, because its mirrors fetch it anyway', async () => {
    tree.user.write('old', 'old');
    await pass(OLD_MS);
    tree.user.write('young', 'young');
    await start();
    await pass(15_000);
    expect([index.byPath('old')?.hash, index.byPath('young')?.hash]).toEqual([hashOf('old'), null]);
    await pass(60_000);
    expect(index.fingerprint(ROOT_ID)?.unknown).toBe(0);
  });

  test('a file that changes while it is read is not believed', async () => {
    tree.user.write('f', 'before');
    await pass(OLD_MS);
    onRead = () => {
      onRead = () => undefined;
      tree.user.write('f', 'after!');
    };
    await start();
    await pass(10_000);
    expect(suspects).toEqual(['f']);
    expect(index.byPath('f')?.hash).toBeNull();
    await pass(90_000);
    expect(index.byPath('f')?.hash).toEqual(hashOf('after!'));
  });

  test('a file that cannot be read stands in nobody’s way, and is tried again', async () => {
    for (const path of ['a', 'b', 'c']) tree.user.write(path, path);
    tree.failNext('b', 'DENIED', { operation: 'open', times: Number.POSITIVE_INFINITY });
    await pass(OLD_MS);
    await start();
    await pass(60_000);
    expect(index.unknownBelow(ROOT_ID)).toBe(1);
    tree.heal('b');
    await pass(700_000);
    expect(index.unknownBelow(ROOT_ID)).toBe(0);
  });
});

describe('while something else is to be done', () => {
  test('nothing is read, and a file that was begun goes on afterwards', async () => {
    tree.user.write('f', contentOf(7));
    await pass(OLD_MS);
    condition = 'busy';
    await start();
    await pass(60_000);
    expect(opened).toEqual([]);
    let reads = 0;
    onRead = () => {
      reads += 1;
      condition = 'busy';
    };
    condition = 'idle';
    await pass(60_000);
    expect(reads).toBe(1);
    onRead = () => undefined;
    condition = 'idle';
    await pass(5000);
    expect(index.byPath('f')?.hash).toEqual(hashOf(contentOf(7)));
    expect(opened).toEqual(['f']);
  });

  test('a source that goes away is held by nothing, and the file is begun again', async () => {
    tree.user.write('f', contentOf(7));
    await pass(OLD_MS);
    await start();
    let closed = 0;
    const open = tree.open.bind(tree);
    tree.open = (path) => {
      const handle = open(path);
      const close = handle.close.bind(handle);
      handle.close = () => {
        closed += 1;
        close();
      };
      return handle;
    };
    onRead = () => {
      condition = 'away';
    };
    await pass(60_000);
    expect([opened, closed]).toEqual([['f'], 1]);
    onRead = () => undefined;
    condition = 'idle';
    await pass(5000);
    expect([opened, closed]).toEqual([['f', 'f'], 2]);
    expect(index.unknownBelow(ROOT_ID)).toBe(0);
  });
});
