import { decodeServerMessage, encodeMessage } from '@lanmirror/protocol';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { createMemoryStore, type MemoryStore } from '../../store/index.ts';
import { loadHash, type Stat } from '../../tree/index.ts';
import { MemoryWatcher } from '../../tree/memory/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import { TreeIndex } from '../index/tree-index.ts';
import type { IsExplained } from './explained.ts';
import { MountedFolders } from './mounted-folder.ts';
import { ProblemMemory } from './problem-memory.ts';
import { Publisher } from './publisher.ts';

let scheduler: Scheduler;
let store: MemoryStore;
let tree: MemoryTree;
/** Where the table of mounts says that something is mounted. */
let mountPoints: Set<string>;

beforeAll(() => loadHash());

beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  store = createMemoryStore();
  mountPoints = new Set();
  tree = createMemoryTree({ clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n });
});

/** One run of a publisher over the tree and the store. */
function start(watcherStarted: () => void = () => undefined, explain?: () => IsExplained) {
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
    indexDir: '/state/index',
    explain,
    mounts: new MountedFolders(store, () => mountPoints),
    problemMemory: new ProblemMemory(store),
    startWatcher: (listener) => {
      watcher = new MemoryWatcher(tree.disk, listener);
      watcherStarted();
      return watcher;
    },
    listener: {
      changed: () => undefined,
      stateChanged: () => undefined,
      learned: () => undefined,
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
  const overflow = () => watcher?.overflow();
  return { index, publisher, notes, stop, hint: () => watcher?.deliver(), overflow };
}

/** The paths of the problems that a next life would begin with. */
function remembered(): string[] {
  return new ProblemMemory(store).all().map(({ path }) => path);
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

  test('a large loss that nobody agreed to is asked about in every later life, however much came anew', async () => {
    for (let at = 0; at < 300; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.remove('a');
    for (let at = 0; at < 1000; at += 1) tree.user.write(`new/${at}`, `content ${at}`);
    for (let life = 0; life < 3; life += 1) {
      const { publisher, index, stop } = start();
      await pass(100);
      expect(publisher.halt).toContain('most of what was published before is not there now');
      expect(publisher.missing).toMatchObject({ missing: 301, indexed: 301 });
      expect(index.byPath('a/7')).toBeDefined();
      await stop();
    }
    tree.user.remove('new');
    const neither = start();
    await pass(100);
    expect(neither.publisher.missing).toMatchObject({ missing: 1302, indexed: 1302 });
    await neither.stop();
    for (let at = 0; at < 300; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    for (let at = 0; at < 1000; at += 1) tree.user.write(`new/${at}`, `content ${at}`);
    const back = start();
    await pass(100);
    expect(back.publisher.halt).toBe('');
    await back.stop();
    for (let at = 0; at < 300; at += 1) tree.user.remove(`a/${at}`);
    const after = start();
    await pass(100);
    expect([after.publisher.halt, after.index.byPath('a/7')]).toEqual(['', undefined]);
  });

  test('what is asked about is asked about still, although one life began without the source', async () => {
    for (let at = 0; at < 300; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.remove('a');
    for (let at = 0; at < 1000; at += 1) tree.user.write(`new/${at}`, `content ${at}`);
    const asking = start();
    await pass(100);
    expect(asking.publisher.missing).toMatchObject({ missing: 301, indexed: 301 });
    await asking.stop();
    tree.user.unmount('absent');
    const without = start();
    await pass(5000);
    tree.user.mount();
    await pass(5000);
    expect(without.publisher.missing).toMatchObject({ missing: 301, indexed: 301 });
    expect(without.index.byPath('a/7')).toBeDefined();
  });

  test('a loss is judged by what there was, although a kill in the first scan left much that came anew', async () => {
    for (let at = 0; at < 300; at += 1) tree.user.write(`z/${at}`, `content ${at}`);
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.remove('z');
    for (let at = 0; at < 2000; at += 1) tree.user.write(`new/${at}`, `content ${at}`);
    scheduler.costMs = 5;
    const killed = start();
    while (killed.index.size < 1000) await scheduler.step(Number.POSITIVE_INFINITY);
    expect(killed.publisher.isScanning).toBe(true);
    const stopped = killed.publisher.stop();
    await pass(1000);
    await stopped;
    scheduler.costMs = 0;
    const after = start();
    await pass(1000);
    expect(after.publisher.missing).toMatchObject({ missing: 301, indexed: 301 });
    expect(after.index.byPath('z/7')).toBeDefined();
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

describe('a person who is asked about a large loss', () => {
  /** A publisher whose tree of 300 files in `a` and 100 in `b` lost `a` while it was off. */
  async function lost() {
    for (let at = 0; at < 300; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    for (let at = 0; at < 100; at += 1) tree.user.write(`b/${at}`, `content ${at}`);
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.remove('a');
    const after = start();
    await pass(100);
    return after;
  }
  const tokenOf = ({ missing }: Publisher): string => missing?.token ?? 'none';

  test('sees how much of how much is missing, a whole folder as one', async () => {
    const { publisher } = await lost();
    expect(publisher.missing).toMatchObject({ missing: 301, indexed: 402, topCount: 1 });
    expect(publisher.missing?.tops).toEqual([{ path: 'a', isFolder: true, entries: 301 }]);
  });

  test('says yes to exactly that: it is removed, and the halt ends', async () => {
    const { publisher, index } = await lost();
    expect(publisher.accept(tokenOf(publisher))).toBe(301);
    await pass(100);
    expect([publisher.halt, publisher.missing, index.size]).toEqual(['', undefined, 101]);
    expect(publisher.accept('none')).toBeUndefined();
  });

  test('is refused when the list has changed meanwhile, and nothing is removed', async () => {
    const { publisher, index } = await lost();
    const token = tokenOf(publisher);
    tree.user.remove('b/7');
    await pass(61_000);
    expect(publisher.missing?.missing).toBe(302);
    expect(publisher.accept(token)).toBeUndefined();
    await pass(1000);
    expect([publisher.halt === '', index.size]).toEqual([false, 402]);
  });

  test('keeps what is there again, and is asked anew about what went in the last moment', async () => {
    const { publisher, index } = await lost();
    const token = tokenOf(publisher);
    for (let at = 0; at < 100; at += 1) tree.user.remove(`b/${at}`);
    tree.user.write('a/7', 'content 7');
    expect(publisher.accept(token)).toBe(0);
    await pass(1000);
    expect(index.byPath('a/7')).toBeDefined();
    expect(publisher.missing).toMatchObject({ missing: 399, indexed: 402 });
    expect(index.size).toBe(402);
  });

  test('is asked anew when so much of the rest is missing that it would be asked about by itself', async () => {
    const { publisher, index } = await lost();
    const token = tokenOf(publisher);
    tree.user.remove('b');
    expect(publisher.accept(token)).toBe(301);
    await pass(1000);
    expect(publisher.missing).toMatchObject({ missing: 101, indexed: 101 });
    expect(index.byPath('b/7')).toBeDefined();
    expect(publisher.accept(tokenOf(publisher))).toBe(101);
    await pass(1000);
    expect([publisher.halt, index.size]).toEqual(['', 0]);
  });

  test('the list of a later life of the server is the same when it is the same loss', async () => {
    const { publisher, stop } = await lost();
    const token = tokenOf(publisher);
    await stop();
    const again = start();
    await pass(100);
    expect(tokenOf(again.publisher)).toBe(token);
  });

  test('can agree to a root that was emptied while the server was off, and only then it is believed', async () => {
    for (const path of ['a/1', 'a/2', 'b']) tree.user.write(path, 'content');
    const before = start();
    await pass(100);
    await before.stop();
    for (const path of ['a', 'b']) tree.user.remove(path);
    const { publisher, index, hint } = start();
    await pass(100_000);
    expect(publisher.halt).toMatch(/the folder is empty.*lanmirror-server accept/);
    expect(publisher.missing).toMatchObject({ missing: 4, indexed: 4, topCount: 2 });
    expect(index.size).toBe(4);
    expect(publisher.accept(tokenOf(publisher))).toBe(4);
    await pass(100);
    expect([publisher.halt, publisher.isScanning, index.size]).toEqual(['', false, 0]);
    tree.user.write('new', 'content');
    hint();
    await pass(100);
    expect(index.byPath('new')).toBeDefined();
  });

  test('agrees to nothing when the files of an empty root are back', async () => {
    tree.user.write('a', 'content');
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.unmount('empty');
    const { publisher, index } = start();
    await pass(100);
    const token = tokenOf(publisher);
    tree.user.mount();
    expect(publisher.accept(token)).toBe(0);
    await pass(5000);
    expect([publisher.halt, index.size]).toEqual(['', 1]);
  });
});

describe('what this program took from the source itself', () => {
  /** A publisher that comes back after these paths went, of which some are explained. */
  async function cameBack(paths: readonly string[], gone: readonly string[], explained: readonly string[]) {
    for (const path of paths) tree.user.write(path, 'content');
    const before = start();
    await pass(100);
    await before.stop();
    for (const path of gone) tree.user.remove(path);
    const after = start(undefined, () => (path) => explained.includes(path));
    await pass(100);
    return after;
  }

  test('is no loss that asks, though nothing is left and their folders went with them', async () => {
    const { publisher, index } = await cameBack(['a/1', 'a/b/2', 'c'], ['a', 'c'], ['a/1', 'a/b/2', 'c']);
    expect([publisher.halt, publisher.isScanning, index.size]).toEqual(['', false, 0]);
  });

  test('does not make an empty root believed when a file is not explained, or a folder in which nothing was', async () => {
    const { publisher, index } = await cameBack(['a', 'b'], ['a', 'b'], ['a']);
    expect(publisher.halt).toMatch(/the folder is empty/);
    expect(index.size).toBe(2);
  });

  test('counts on neither side: of what else is missing it is asked as if that had been all', async () => {
    const many = (folder: string): string[] => Array.from({ length: 300 }, (_none, at) => `${folder}/${at}`);
    const paths = [...many('ours'), ...many('lost'), ...many('stays').slice(0, 200)];
    const { publisher, index } = await cameBack(paths, ['ours', 'lost'], many('ours'));
    // 301 of 803 would not be asked about, nor would anybody be told of those that were taken.
    expect(publisher.missing).toMatchObject({ missing: 301, indexed: 502, topCount: 1 });
    expect(index.size).toBe(803);
    expect(publisher.accept(publisher.missing?.token ?? '')).toBe(301);
    await pass(1000);
    expect([publisher.halt, index.size]).toEqual(['', 201]);
  });

  test('is asked for anew at each look: an empty root that nothing explains is waited for', async () => {
    tree.user.write('a', 'content');
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.unmount('empty');
    let isTrashThere = false;
    const { publisher, index } = start(undefined, () => () => isTrashThere);
    await pass(5000);
    expect([publisher.halt === '', index.size]).toEqual([false, 1]);
    tree.user.mount();
    tree.user.remove('a');
    isTrashThere = true;
    await pass(5000);
    expect([publisher.halt, index.size]).toEqual(['', 0]);
  });
});

test('a first scan that a stop cuts short is not said to be over, and what was known to be wrong stays so', async () => {
  for (let at = 0; at < 3000; at += 1) tree.user.write(`${at % 30}/${at}`, `content ${at}`);
  tree.user.makeOther('0/pipe');
  const before = start();
  await pass(1000);
  await before.stop();
  expect(remembered()).toEqual(['0/pipe']);
  tree.user.write('new', 'content');
  scheduler.costMs = 5;
  const { publisher, index } = start();
  while (index.byPath('new') === undefined) await scheduler.step(Number.POSITIVE_INFINITY);
  const stopped = publisher.stop();
  await pass(1000);
  await stopped;
  expect(publisher.isScanning).toBe(true);
  expect(remembered()).toEqual(['0/pipe']);
});

test('a scan counts what it has looked at while it goes on, from the beginning each time', async () => {
  for (let at = 0; at < 3000; at += 1) tree.user.write(`${at % 30}/${at}`, `content ${at}`);
  scheduler.costMs = 5;
  const { publisher } = start();
  const seen: { folders: number; entries: number }[] = [];
  while (publisher.isScanning) {
    await scheduler.step(Number.POSITIVE_INFINITY);
    seen.push({ ...publisher.scanProgress });
  }
  expect(seen[0]?.entries).toBeLessThan(1000);
  expect(seen.some(({ entries }) => entries > 1000 && entries < 2000)).toBe(true);
  expect(publisher.scanProgress).toEqual({ folders: 31, entries: 3030 });
  await pass(25 * 3_600_000);
  expect(publisher.scanProgress).toEqual({ folders: 31, entries: 3030 });
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

describe('another folder in the place of the root while the server runs', () => {
  const FILES = 300;

  /** A publisher that has seen 300 files, whose root was then replaced by an empty folder. */
  async function replaced(left: 'replaced' | 'empty' = 'replaced') {
    for (let at = 0; at < FILES; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    const running = start();
    await pass(100);
    tree.user.unmount(left);
    return { ...running, head: running.index.head };
  }

  test('is not believed, and nothing of it is published', async () => {
    const { publisher, index, head } = await replaced();
    for (let at = 0; at < FILES - 4; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    tree.user.write('new', 'content');
    await pass(200_000);
    expect(publisher.halt).toMatch(/another folder stands in its place.*lanmirror-server accept/);
    expect(index.head).toBe(head);
  });

  test('is judged in the next life as one that came back: half may not be missing, however little it is', async () => {
    for (let at = 0; at < 20; at += 1) tree.user.write(`${at}`, 'content');
    const before = start();
    await pass(100);
    tree.user.unmount('replaced');
    for (let at = 0; at < 8; at += 1) tree.user.write(`${at}`, 'content');
    await pass(5000);
    expect(before.publisher.halt).toMatch(/another folder stands in its place/);
    await before.stop();
    const after = start();
    await pass(100);
    expect(after.publisher.missing).toMatchObject({ missing: 12, indexed: 20 });
    expect(after.index.byPath('9')).toBeDefined();
    for (let at = 0; at < 20; at += 1) tree.user.write(`${at}`, 'content');
    await pass(61_000);
    expect(after.publisher.halt).toBe('');
  });

  test('is judged so in every later life, also after one that began while nothing stood there', async () => {
    for (let at = 0; at < 20; at += 1) tree.user.write(`${at}`, 'content');
    const before = start();
    await pass(100);
    tree.user.unmount('absent');
    await pass(5000);
    expect(before.publisher.halt).toMatch(/does not exist any more/);
    await before.stop();
    const without = start();
    await pass(5000);
    expect(without.publisher.halt).toMatch(/does not exist any more/);
    tree.user.mount();
    for (let at = 0; at < 12; at += 1) tree.user.remove(`${at}`);
    await pass(5000);
    expect(without.publisher.missing).toMatchObject({ missing: 12, indexed: 20 });
    expect(without.index.byPath('9')).toBeDefined();
  });

  test('gives way to the first one as soon as that is back', async () => {
    const { publisher, index, head, hint } = await replaced();
    tree.user.write('new', 'content');
    await pass(10_000);
    tree.user.mount();
    await pass(2500);
    expect(publisher.halt).toBe('');
    expect(index.head).toBe(head);
    tree.user.remove('a/7');
    hint();
    await pass(100);
    expect(index.byPath('a/7')).toBeUndefined();
  });

  test('is believed when nearly everything is in it, as on a disk that was mounted again', async () => {
    const { publisher, index } = await replaced('empty');
    for (let at = 3; at < FILES; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    tree.user.write('new', 'content');
    await pass(10_000);
    expect(publisher.halt).toBe('');
    expect(index.byPath('a/2')).toBeUndefined();
    expect(index.byPath('a/3')).toBeDefined();
    expect(index.byPath('new')).toBeDefined();
  });

  test('is believed once it was filled', async () => {
    const { publisher, index } = await replaced();
    tree.user.write('a/0', 'content 0');
    await pass(10_000);
    expect(publisher.halt).not.toBe('');
    for (let at = 0; at < FILES; at += 1) tree.user.write(`a/${at}`, `content ${at}`);
    await pass(70_000);
    expect(publisher.halt).toBe('');
    expect(index.size).toBe(FILES + 1);
  });

  test('a folder of the name of a file is no file', async () => {
    const { publisher, index, head } = await replaced();
    for (let at = 0; at < FILES; at += 1) tree.user.mkdir(`a/${at}`);
    await pass(10_000);
    expect(publisher.halt).not.toBe('');
    expect(index.head).toBe(head);
  });
});

describe('an index that cannot be written', () => {
  test('is a halt with a reason, during which nothing is published, and which ends by itself', async () => {
    for (const path of ['a', 'c', 'd']) tree.user.write(path, 'content');
    const { publisher, index, hint, notes } = start();
    await pass(100);
    const { head } = index;
    store.isFull = true;
    tree.user.write('b', 'content');
    tree.user.remove('a');
    hint();
    await pass(10_000);
    expect(publisher.halt).toMatch(/the index in \/state\/index cannot be written.*Next: make room/);
    expect(notes.filter((text) => text.includes('no space left'))).toHaveLength(1);
    expect(index.head).toBe(head);
    expect(index.byPath('a')).toBeDefined();
    expect(index.byPath('b')).toBeUndefined();
    store.isFull = false;
    await pass(2500);
    expect(publisher.halt).toBe('');
    expect(index.byPath('a')).toBeUndefined();
    expect(index.byPath('b')).toBeDefined();
  });

  test('is one, too, whoever writes: a scan, a hash that was learned, a second look at fresh content', async () => {
    tree.user.write('a', 'content 0');
    const { publisher, index } = start();
    await pass(100);
    const hash = new Uint8Array(32);
    const writers: readonly ((entry: IndexEntry) => void)[] = [
      ({ id, version }) => publisher.contents.learn([{ id, version, hash }]),
      (entry) => publisher.contents.verifyLater(entry, 'a', hash),
      () => {
        tree.user.write('a', 'content 1');
        scheduler.jump(24 * 3_600_000);
      },
    ];
    for (const write of writers) {
      const entry = index.byPath('a');
      if (entry === undefined) throw new Error('a is not indexed');
      store.isFull = true;
      write(entry);
      await pass(1000);
      expect(publisher.halt).toContain('cannot be written');
      store.isFull = false;
      await pass(2500);
      expect(publisher.halt).toBe('');
    }
  });

  test('from the first scan on is no failure of the scan', async () => {
    tree.user.write('a', 'content');
    const { publisher, index, notes } = start();
    store.isFull = true;
    await pass(10_000);
    expect(publisher.isScanning).toBe(true);
    expect(publisher.halt).toContain('cannot be written');
    expect(notes.join()).not.toContain('Scanning failed');
    store.isFull = false;
    await pass(2500);
    expect(publisher.halt).toBe('');
    expect(index.byPath('a')).toBeDefined();
  });
});

describe('a write that sets the modification time back, beside renames', () => {
  const TAKEN_NS = 1_700_000_000_500_000_000n;
  const retag = (path: string): void => {
    tree.user.write(path, 'IS!');
    tree.user.touch(path, TAKEN_NS);
  };

  test('is found under a name that the file had between two looks only', async () => {
    tree.user.write('a', 'was');
    tree.user.touch('a', TAKEN_NS);
    const { index, hint } = start();
    await pass(1000);
    const before = index.byPath('a');
    tree.user.rename('a', 'b');
    retag('b');
    tree.user.rename('b', 'c');
    hint();
    await pass(100);
    expect(index.byPath('c')).toMatchObject({ id: before?.id, version: index.head });
  });

  test('is found although nothing of it was told, and the last that was is a move', async () => {
    tree.user.write('a', 'was');
    tree.user.touch('a', TAKEN_NS);
    const { index, hint, overflow } = start();
    await pass(1000);
    const before = index.byPath('a');
    tree.user.rename('a', 'b');
    hint();
    await pass(100);
    expect(index.byPath('b')).toMatchObject({ id: before?.id, version: before?.version });
    retag('b');
    tree.user.rename('b', 'c');
    overflow();
    await pass(100);
    expect(index.byPath('c')).toMatchObject({ id: before?.id, version: index.head });
  });
});

describe('a folder that is renamed away and back', () => {
  beforeEach(() => {
    tree.user.write('a/b/known', 'content');
  });

  test('has what was written in it, although the look for that found no folder', async () => {
    const { index, hint } = start();
    await pass(1000);
    const id = index.byPath('a')?.id;
    tree.user.write('a/b/new', 'content');
    tree.user.write('a/b/known', 'other content');
    tree.user.takeAway('a');
    hint();
    await pass(10);
    tree.user.bringBack();
    hint();
    await pass(1000);
    expect(index.byPath('a')?.id).toBe(id);
    expect(index.byPath('a/b/new')).toBeDefined();
    expect(index.byPath('a/b/known')?.sizeBytes).toBe(13);
  });

  test('is listed whole, although it was away in the moment of its listing', async () => {
    const { index } = start();
    await pass(1000);
    tree.user.write('a/b/new', 'content');
    const { list } = tree;
    let isAway = false;
    tree.list = (path) => {
      if (path !== 'a/b' || isAway) return list.call(tree, path);
      isAway = true;
      tree.user.takeAway('a');
      try {
        return list.call(tree, path);
      } finally {
        tree.user.bringBack();
      }
    };
    await pass(24.1 * 3_600_000);
    expect(isAway).toBe(true);
    expect(index.byPath('a/b/new')).toBeDefined();
  });

  test('between the look for something in it and its judgement', async () => {
    const { index, hint } = start();
    await pass(1000);
    tree.user.write('a/b/new', 'content');
    const { stat } = tree;
    tree.stat = (path) => {
      if (path === 'a/b/new') tree.user.takeAway('a');
      tree.stat = path === 'a/b/new' ? stat : tree.stat;
      return stat.call(tree, path);
    };
    hint();
    await pass(10);
    tree.user.bringBack();
    await pass(1000);
    expect(index.byPath('a/b/new')).toBeDefined();
  });
});

test('a link whose target is not UTF-8 is a problem, and ends the link that was published before', async () => {
  tree.user.symlink('link', 'target');
  const { publisher, index, hint } = start();
  await pass(100);
  tree.user.remove('link');
  tree.user.symlink('link', 'a\udcff');
  hint();
  await pass(100);
  expect(publisher.problems.first(9)).toEqual([{ path: 'link', code: 'link-not-utf8' }]);
  expect(index.byPath('link')).toBeUndefined();
});

describe('a time that the wire cannot carry', () => {
  const YEAR_2300_NS = 10_413_792_000_000_000_000n;
  const sendable = (index: TreeIndex): void => {
    const { entries, removed } = index.changesSince(0, 1000, 1e6);
    const message = { type: 'changes', after: 0, upTo: index.head, head: true, entries, removed } as const;
    expect(decodeServerMessage(encodeMessage(message)).type).toBe('changes');
  };

  test('is a problem of its file, which is not removed where it is already, and ends with the time', async () => {
    for (const path of ['d/a', 'd/b']) tree.user.write(path, 'content');
    tree.user.touch('d/b', YEAR_2300_NS);
    const { publisher, index, hint } = start();
    await pass(100);
    const { head } = index;
    const known = index.byPath('d/a');
    tree.user.touch('d/a', YEAR_2300_NS);
    hint();
    await pass(100);
    expect(index.byPath('d/a')).toEqual(known);
    expect(index.changesSince(head, 1000, 1e6).removed).toEqual([]);
    const problem = (path: string) => ({ path, code: 'time-out-of-range' });
    expect(publisher.problems.first(9)).toEqual([problem('d/b'), problem('d/a')]);
    expect(index.byPath('d')?.isOpaque).toBe(true);
    sendable(index);
    for (const path of ['d/a', 'd/b']) tree.user.touch(path);
    hint();
    await pass(1000);
    expect(publisher.problems.count).toBe(0);
    expect(index.byPath('d')?.isOpaque).toBeUndefined();
    for (const path of ['d/a', 'd/b']) expect(index.byPath(path)).toBeDefined();
  });

  test('of a folder, even of the root, keeps nothing in it from being mirrored', async () => {
    tree.user.write('d/a', 'content');
    tree.user.touch('d', YEAR_2300_NS);
    tree.user.touch('', YEAR_2300_NS);
    const { publisher, index } = start();
    await pass(100);
    expect(publisher.problems.count).toBe(0);
    expect(index.byPath('d/a')).toBeDefined();
    sendable(index);
  });
});

describe('a disk that is mounted inside the source', () => {
  /** A publisher that has seen a disk with three files in `disk`, and one beside it. */
  async function mounted() {
    tree.user.mkdir('disk');
    tree.user.mountAt('disk');
    for (const name of ['a', 'b', 'sub/c']) tree.user.write(`disk/${name}`, `content ${name}`);
    tree.user.write('beside', 'content');
    const running = start();
    await pass(100);
    return { ...running, head: running.index.head };
  }
  const isWhole = (index: TreeIndex): boolean =>
    ['disk/a', 'disk/b', 'disk/sub/c', 'beside'].every((path) => index.byPath(path) !== undefined);

  test('is waited for when it is unmounted; nothing on it counts as removed, whatever is hinted or scanned', async () => {
    const { publisher, index } = await mounted();
    tree.user.unmountAt('disk');
    for (const path of ['disk/a', 'disk/sub/c', 'disk/sub', 'disk']) publisher.hint(path);
    await pass(2 * 24 * 3_600_000);
    expect(isWhole(index)).toBe(true);
    expect(index.byPath('disk')?.isOpaque).toBe(true);
    expect(publisher.problems.first(9)).toEqual([{ path: 'disk', code: 'unmounted' }]);
  });

  test('is not taken for what was written into its bare mount point, whatever is called the same there', async () => {
    for (const name of ['a', 'b', 'sub/c']) tree.user.write(`disk/${name}`, 'written while it was away');
    const { publisher, index } = await mounted();
    const versions = ['disk/a', 'disk/b'].map((path) => index.byPath(path)?.version);
    tree.user.unmountAt('disk');
    tree.user.remove('disk/sub');
    publisher.hint('disk');
    await pass(1000);
    expect(isWhole(index)).toBe(true);
    expect(['disk/a', 'disk/b'].map((path) => index.byPath(path)?.version)).toEqual(versions);
    expect(publisher.problems.first(9)).toEqual([{ path: 'disk', code: 'unmounted' }]);
  });

  test('goes on by itself when it is back, and what was removed on it meanwhile is gone', async () => {
    const { publisher, index, hint } = await mounted();
    tree.user.unmountAt('disk');
    publisher.hint('disk');
    await pass(1000);
    tree.user.mountAt('disk');
    tree.user.remove('disk/b');
    await pass(61_000);
    expect(publisher.problems.count).toBe(0);
    expect(index.byPath('disk')?.isOpaque).toBeUndefined();
    expect(index.byPath('disk/b')).toBeUndefined();
    tree.user.write('disk/new', 'content');
    hint();
    await pass(100);
    expect(index.byPath('disk/new')).toBeDefined();
  });

  test('whose number is another one with each mount goes on with its folders as well', async () => {
    const { stat } = tree;
    let number: bigint | undefined = 40n;
    tree.stat = (path) => {
      const there = stat.call(tree, path);
      const isOnDisk = number !== undefined && `${path}/`.startsWith('disk/');
      return there && isOnDisk ? { ...there, dev: number as bigint, birthtimeNs: 0n } : there;
    };
    mountPoints.add('disk');
    const { publisher, index, hint } = await mounted();
    tree.user.unmountAt('disk');
    mountPoints.delete('disk');
    number = undefined;
    publisher.hint('disk');
    await pass(5000);
    expect(publisher.problems.first(9)).toEqual([{ path: 'disk', code: 'unmounted' }]);
    tree.user.mountAt('disk');
    mountPoints.add('disk');
    number = 41n;
    tree.user.write('disk/sub/new', 'content');
    hint();
    await pass(70_000);
    expect(publisher.problems.first(9)).toEqual([]);
    expect(index.byPath('disk/sub/new')).toBeDefined();
  });

  test('is not taken for another one that got its numbers', async () => {
    const { publisher, index } = await mounted();
    tree.user.unmountAt('disk');
    publisher.hint('disk');
    await pass(1000);
    const { stat } = tree;
    tree.user.mountAt('disk');
    for (const name of ['a', 'b', 'sub']) tree.user.remove(`disk/${name}`);
    tree.stat = (path) => {
      const found = stat.call(tree, path);
      return found && path === 'disk' ? { ...found, birthtimeNs: found.birthtimeNs + 1n } : found;
    };
    await pass(200_000);
    expect(isWhole(index)).toBe(true);
    expect(publisher.problems.first(9)).toEqual([{ path: 'disk', code: 'unmounted' }]);
    tree.stat = stat;
    await pass(61_000);
    expect(index.byPath('disk/a')).toBeUndefined();
  });

  test('that goes between the look at its folder and the listing loses nothing', async () => {
    const { index, publisher } = await mounted();
    const { list } = tree;
    tree.list = (path) => {
      if (path === 'disk') tree.user.unmountAt('disk');
      return list.call(tree, path);
    };
    await pass(25 * 3_600_000);
    expect(isWhole(index)).toBe(true);
    expect(publisher.problems.first(9)).toEqual([{ path: 'disk', code: 'unmounted' }]);
  });

  test('that does not come back with a restart is waited for as well, until its empty folder is removed', async () => {
    const before = await mounted();
    await before.stop();
    tree.user.unmountAt('disk');
    const after = start();
    await pass(1000);
    expect(isWhole(after.index)).toBe(true);
    expect(after.publisher.problems.first(9)).toEqual([{ path: 'disk', code: 'unmounted' }]);
    tree.user.remove('disk');
    after.hint();
    await pass(1000);
    expect(after.index.byPath('disk')).toBeUndefined();
    expect(after.publisher.problems.count).toBe(0);
  });

  test('is published when it is mounted over an empty folder, and covers nothing that was not', async () => {
    tree.user.mkdir('empty');
    tree.user.write('full/a', 'content');
    const { publisher, index } = start();
    await pass(100);
    for (const path of ['empty', 'full']) {
      tree.user.mountAt(path);
      tree.user.write(`${path}/new`, 'content');
      publisher.hint(path);
    }
    await pass(1000);
    expect(index.byPath('empty/new')).toBeDefined();
    expect(index.byPath('full/a')).toBeDefined();
    expect(index.byPath('full/new')).toBeUndefined();
    expect(publisher.problems.first(9)).toEqual([{ path: 'full', code: 'unmounted' }]);
  });

  test('a folder that a person emptied while the server was off is empty, whatever its device is called now', async () => {
    for (const path of ['d/a', 'e/b']) tree.user.write(path, 'content');
    const before = start();
    await pass(100);
    await before.stop();
    tree.user.remove('d/a');
    const renumbered = (stat: Stat | undefined): Stat | undefined => stat && { ...stat, dev: stat.dev + 40n };
    const { stat, rootStat } = tree;
    tree.stat = (path) => renumbered(stat.call(tree, path));
    tree.rootStat = () => renumbered(rootStat.call(tree));
    const after = start();
    await pass(1000);
    expect(after.publisher.problems.count).toBe(0);
    expect(after.index.byPath('d/a')).toBeUndefined();
    expect(after.index.byPath('e/b')).toBeDefined();
  });
});

describe('a part of the same disk that is mounted inside the source', () => {
  /** A publisher that has seen it: three files in `bind`, and one beside it. */
  async function bound() {
    tree.user.mkdir('bind');
    bind('bind');
    for (const name of ['a', 'b', 'sub/c']) tree.user.write(`bind/${name}`, `content ${name}`);
    tree.user.write('beside', 'content');
    const running = start();
    await pass(100);
    return running;
  }
  const bind = (path: string): void => {
    tree.user.mountAt(path, tree.disk.options.dev);
    mountPoints.add(path);
  };
  const unbind = (path: string): void => {
    tree.user.unmountAt(path);
    mountPoints.delete(path);
  };
  const isWhole = (index: TreeIndex): boolean =>
    ['bind/a', 'bind/b', 'bind/sub/c', 'beside'].every((path) => index.byPath(path) !== undefined);
  const UNMOUNTED = [{ path: 'bind', code: 'unmounted' }];

  test('is waited for when it is unmounted, goes on when it is back, and may be emptied then', async () => {
    const { publisher, index, hint } = await bound();
    unbind('bind');
    for (const path of ['bind/a', 'bind/sub/c', 'bind']) publisher.hint(path);
    await pass(2 * 24 * 3_600_000);
    expect(isWhole(index)).toBe(true);
    expect(publisher.problems.first(9)).toEqual(UNMOUNTED);
    bind('bind');
    await pass(61_000);
    expect(publisher.problems.count).toBe(0);
    tree.user.remove('bind/b');
    hint();
    await pass(1000);
    expect(index.byPath('bind/b')).toBeUndefined();
    expect(index.byPath('bind/a')).toBeDefined();
  });

  test('is waited for after a restart as well, until its empty folder is removed', async () => {
    const before = await bound();
    await before.stop();
    unbind('bind');
    const after = start();
    await pass(10_000);
    expect(isWhole(after.index)).toBe(true);
    expect(after.publisher.problems.first(9)).toEqual(UNMOUNTED);
    tree.user.remove('bind');
    after.hint();
    await pass(1000);
    expect(after.index.byPath('bind')).toBeUndefined();
  });

  test('removes nothing of what it covers', async () => {
    tree.user.write('full/a', 'content');
    const { publisher, index } = start();
    await pass(100);
    bind('full');
    publisher.hint('full');
    await pass(10_000);
    expect(index.byPath('full/a')).toBeDefined();
    expect(publisher.problems.first(9)).toEqual([{ path: 'full', code: 'unmounted' }]);
    unbind('full');
    await pass(61_000);
    expect(publisher.problems.count).toBe(0);
  });

  test('a folder without a mount that was made anew is believed, also where one was before', async () => {
    for (const path of ['plain/a', 'once/a']) tree.user.write(path, 'content');
    mountPoints.add('once');
    const { publisher, index } = start();
    await pass(100);
    mountPoints.delete('once');
    await pass(10_000);
    for (const path of ['plain', 'once']) {
      tree.user.remove(path);
      tree.user.write(`${path}/b`, 'content');
      publisher.hint(path);
    }
    await pass(10_000);
    for (const path of ['plain', 'once'])
      expect([index.byPath(`${path}/a`), index.byPath(`${path}/b`)?.kind]).toEqual([undefined, 'file']);
    expect(publisher.problems.count).toBe(0);
  });
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
