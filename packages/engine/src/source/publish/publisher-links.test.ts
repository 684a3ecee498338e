import fc from 'fast-check';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { compareNode } from '../../core/index.ts';
import { createMemoryStore, type MemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import { MemoryWatcher } from '../../tree/memory/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Publisher } from './publisher.ts';
import { SourceFilter } from './source-filter.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** A folder that is not published: names in it are outside, and no event of them counts. */
const OUTSIDE = 'outside';

let scheduler: Scheduler;
let store: MemoryStore;
let tree: MemoryTree;

beforeAll(() => loadHash());
beforeEach(begin);

function begin(): void {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  store = createMemoryStore();
  tree = createMemoryTree({ clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n });
  tree.user.mkdir(OUTSIDE);
}

/** A publisher that has scanned the tree, and how often it has glanced at a node since. */
async function start() {
  const index = TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );
  let watcher: MemoryWatcher | undefined;
  const publisher = new Publisher({
    tree,
    index,
    clock: new ProcessClock(scheduler),
    indexDir: '/state/index',
    filter: new SourceFilter([{ line: `/${OUTSIDE}/`, origin: 'test' }]),
    startWatcher: (listener) => {
      watcher = new MemoryWatcher(tree.disk, listener);
      return watcher;
    },
    listener: {
      changed: () => undefined,
      stateChanged: () => undefined,
      learned: () => undefined,
      note: () => undefined,
    },
  });
  publisher.start();
  await pass(1000);
  const glances: string[] = [];
  const glance = tree.glance.bind(tree);
  tree.glance = (path) => {
    glances.push(path);
    return glance(path);
  };
  /** What the watcher has heard is told, and time goes on. */
  const heard = async (): Promise<void> => {
    watcher?.deliver();
    await pass(1000);
  };
  /** The same at once, as for one who asks. */
  const asked = async (): Promise<void> => {
    watcher?.deliver();
    const drained = publisher.drain();
    await pass(1000);
    await drained;
  };
  return { index, glances, heard, asked };
}

async function pass(ms: number): Promise<void> {
  const endMs = scheduler.nowMs + ms;
  await scheduler.settle();
  while (await scheduler.step(endMs));
  scheduler.jump(endMs - scheduler.nowMs);
}

/** Paths that the index has otherwise than they are. */
function wrong(index: TreeIndex): string[] {
  return [...pathsBelow(index, 1, '')].filter((path) => {
    const [entry, stat] = [index.byPath(path), tree.stat(path)];
    return entry === undefined || stat === undefined || compareNode(entry, stat) !== 'same';
  });
}

function* pathsBelow(index: TreeIndex, id: number, at: string): Generator<string> {
  for (const child of index.children(id)) {
    const path = at === '' ? child.name : `${at}/${child.name}`;
    if (child.kind !== 'directory') yield path;
    yield* pathsBelow(index, child.id, path);
  }
}

test('a write, a mode and a time that came through one name of a file are published of all its names', async () => {
  tree.user.write('a', 'one');
  tree.user.mkdir('x');
  for (const name of ['b', 'x/c']) tree.user.link('a', name);
  const { index, heard, glances } = await start();
  const version = (path: string): number => index.byPath(path)?.version ?? 0;
  const before = ['a', 'b', 'x/c'].map(version);
  tree.user.write('b', 'two-two');
  await heard();
  expect(['a', 'b', 'x/c'].map((path) => index.byPath(path)?.sizeBytes)).toEqual([7, 7, 7]);
  for (const [at, path] of ['a', 'b', 'x/c'].entries())
    expect(version(path)).toBeGreaterThan(before[at] ?? 0);
  tree.user.chmod('x/c', 0o600);
  await heard();
  expect(['a', 'b', 'x/c'].map((path) => index.byPath(path)?.mode)).toEqual([0o600, 0o600, 0o600]);
  tree.user.touch('a', 5_000_000n);
  await heard();
  expect(['a', 'b', 'x/c'].map((path) => index.byPath(path)?.mtimeUs)).toEqual([5000, 5000, 5000]);
  tree.user.remove('b');
  await heard();
  expect([index.byPath('a')?.links, index.byPath('x/c')?.links, wrong(index)]).toEqual([2, 2, []]);
  expect(glances).toEqual([]);
});

test('a file that gets its second name while it is published is known by both', async () => {
  tree.user.write('a', 'one');
  const { index, heard } = await start();
  await pass(1000);
  tree.user.link('a', 'b');
  await heard();
  await pass(1000);
  tree.user.write('b', 'two-two');
  await heard();
  expect([index.byPath('a')?.sizeBytes, wrong(index)]).toEqual([7, []]);
  // One that has another node under its name by now is told by that only.
  tree.user.write('new', 'three');
  tree.user.rename('new', 'b');
  await heard();
  expect([index.byPath('a')?.sizeBytes, index.byPath('a')?.links, wrong(index)]).toEqual([7, 1, []]);
});

test('who asks is told of a write through a name outside, and only files with such a name are looked at', async () => {
  for (const name of ['o', 'p', 'inside']) tree.user.write(name, 'one');
  tree.user.link('inside', 'inside too');
  tree.user.link('o', `${OUTSIDE}/o`);
  const { index, heard, asked, glances } = await start();
  tree.user.write(`${OUTSIDE}/o`, 'outside-write');
  await heard();
  expect([index.byPath('o')?.sizeBytes, glances]).toEqual([3, []]);
  await asked();
  expect([index.byPath('o')?.sizeBytes, wrong(index)]).toEqual([13, []]);
  expect(glances).toEqual(['o']);
  // When the name outside is gone nothing is looked at any more.
  tree.user.remove(`${OUTSIDE}/o`);
  await asked();
  glances.length = 0;
  await asked();
  expect([index.byPath('o')?.links, glances]).toEqual([1, []]);
});

test('of many names of one file that has one outside a single one is looked at', async () => {
  tree.user.write('a', 'one');
  for (let at = 0; at < 50; at += 1) tree.user.link('a', `b${at}`);
  tree.user.link('a', `${OUTSIDE}/o`);
  const { index, asked, glances } = await start();
  await asked();
  expect(glances).toHaveLength(1);
  tree.user.write(`${OUTSIDE}/o`, 'outside-write');
  await asked();
  expect([index.byPath('a')?.sizeBytes, wrong(index)]).toEqual([13, []]);
});

const name = fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b', `${OUTSIDE}/a`, `${OUTSIDE}/b`);
const edit = fc.record({
  do: fc.constantFrom('write', 'link', 'link', 'chmod', 'touch', 'remove', 'rename', 'ask', 'hear'),
  from: name,
  to: name,
});

/** Does it where it can be done. */
function play(verb: string, from: string, to: string, at: number): void {
  const there = (path: string): boolean => tree.disk.find(path) !== undefined;
  if (verb === 'write') tree.user.write(from, 'x'.repeat(at));
  else if (!there(from)) return;
  else if (verb === 'link' && !there(to)) tree.user.link(from, to);
  else if (verb === 'chmod') tree.user.chmod(from, 0o600 + (at % 64));
  else if (verb === 'touch') tree.user.touch(from);
  else if (verb === 'remove') tree.user.remove(from);
  else if (verb === 'rename' && from !== to) tree.user.rename(from, to);
}

test(`who asks after any edits through any names finds the index as the tree is (SEED=${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 30 }), async (edits) => {
      begin();
      tree.user.mkdir('d');
      const { index, heard, asked } = await start();
      for (const [at, { do: verb, from, to }] of edits.entries()) {
        play(verb, from, to, at);
        if (verb === 'hear') await heard();
        if (verb === 'ask') await asked();
      }
      // What the first name outside did to a file is found by the daily scan: nobody tells that there is one.
      const paths = [...pathsBelow(index, 1, '')];
      const namesOf = (ino: bigint): number => paths.filter((path) => index.byPath(path)?.ino === ino).length;
      const isOutside = edits.some(({ to }) => to.startsWith(OUTSIDE));
      const known = new Set(
        paths.filter((path) => {
          const { links, ino } = index.byPath(path) ?? { links: 0, ino: 0n };
          return links > (isOutside ? namesOf(ino) : 1);
        }),
      );
      await asked();
      const missed = wrong(index).filter((path) => known.has(path));
      expect(missed).toEqual([]);
    }),
    { seed: SEED, numRuns: 200 },
  );
});
