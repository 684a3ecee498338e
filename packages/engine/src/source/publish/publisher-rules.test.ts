/** A publisher whose source has ignore files: what is recorded when they change, and when that is told. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import { MemoryWatcher } from '../../tree/memory/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { IgnoreMemory } from './ignore-memory.ts';
import { Publisher } from './publisher.ts';
import { SourceFilter } from './source-filter.ts';

const NAME = '.ignore';
const REST_MS = 20_000;
let scheduler: Scheduler;
let tree: MemoryTree;

beforeAll(() => loadHash());

beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  tree = createMemoryTree({ clock: () => BigInt(Math.round(scheduler.wallMs * 1000)) * 1000n });
});

async function rest(): Promise<void> {
  const endMs = scheduler.nowMs + REST_MS;
  await scheduler.settle();
  while (await scheduler.step(endMs));
  scheduler.jump(endMs - scheduler.nowMs);
}

/** A publisher of the tree; `told` has every state of the index that a mirror could have been told of. */
async function start() {
  const store = createMemoryStore();
  const index = TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );
  let watcher: MemoryWatcher | undefined;
  tree.disk.listeners.add(() => scheduler.after(1, () => watcher?.deliver()));
  const told: string[][] = [];
  const paths = (): string[] =>
    [...index.changesSince(0, 1000, 1e9).entries].flatMap(({ id }) => index.pathOf(id) || []).sort();
  const publisher = new Publisher({
    ...{ tree, index, indexDir: '/state/index', clock: new ProcessClock(scheduler) },
    filter: new SourceFilter([], { ignoreNames: [NAME] }),
    ignoreMemory: new IgnoreMemory(store),
    startWatcher: (listener) => {
      watcher = new MemoryWatcher(tree.disk, listener);
      return watcher;
    },
    listener: {
      changed: () => told.push(paths()),
      stateChanged: () => undefined,
      rulesChanged: () => told.push(['other rules', ...paths()]),
      learned: () => undefined,
      note: () => undefined,
    },
  });
  publisher.start();
  await rest();
  const news = async (): Promise<string[][]> => {
    await rest();
    return told.splice(0);
  };
  return { index, publisher, news };
}

test('a folder with rules in it is not told under its new name before its rules are', async () => {
  tree.user.mkdir('old');
  tree.user.write(`old/${NAME}`, 'secret');
  tree.user.write('old/secret', 'x');
  const { index, publisher, news } = await start();
  expect((await news()).at(-1)).toEqual(['old', `old/${NAME}`]);
  const id = index.byPath('old')?.id;
  tree.user.rename('old', 'new');
  const [first, ...others] = await news();
  expect(first).toEqual(['other rules', 'old', `old/${NAME}`]);
  for (const one of others) expect(one).toEqual(['new', `new/${NAME}`]);
  expect([index.byPath('new')?.id, publisher.filter.rules.map(({ folder }) => folder)]).toEqual([
    id,
    ['new'],
  ]);
});

test('what comes together with the file that hides it is told never, and what came before it is not told again', async () => {
  tree.user.write('a', 'x');
  const { news } = await start();
  await news();
  tree.user.mkdir('d');
  tree.user.write(`d/${NAME}`, 'b\n');
  for (const path of ['d/b', 'd/c']) tree.user.write(path, 'x');
  const first = await news();
  expect(first.flat()).not.toContain('d/b');
  expect(first.at(-1)).toEqual(['a', 'd', `d/${NAME}`, 'd/c']);

  tree.user.write('d/e', 'x');
  tree.user.write(`d/${NAME}`, 'b\ne\nf\n');
  tree.user.write('d/f', 'x');
  const second = await news();
  expect(second.flat()).not.toContain('d/f');
  expect(second.at(-1)).toEqual(['a', 'd', `d/${NAME}`, 'd/c']);
});

test('a file that is written half is taken as it is in the end, and removed it hides nothing', async () => {
  tree.user.write('a', 'x');
  tree.user.write(NAME, '/a\n');
  const { news } = await start();
  expect((await news()).at(-1)).toEqual([NAME]);
  tree.user.write(NAME, '');
  scheduler.after(100, () => tree.user.write(NAME, '/a\n/b\n'));
  expect((await news()).flat()).not.toContain('a');
  tree.user.remove(NAME);
  expect((await news()).at(-1)).toEqual(['a']);
});

test('while a file is away what it hid is not shown, however long its folder is written to', async () => {
  tree.user.mkdir('d');
  tree.user.write(`d/${NAME}`, 'big/\n');
  tree.user.mkdir('d/big');
  for (let at = 0; at < 20; at += 1) tree.user.write(`d/big/${at}`, 'x');
  tree.user.write('d/seen', 'x');
  const { index, news } = await start();
  await news();
  tree.user.remove(`d/${NAME}`);
  for (let at = 0; at < 20; at += 1) scheduler.after(700 * (at + 1), () => tree.user.remove(`d/big/${at}`));
  scheduler.after(700 * 21, () => {
    tree.user.remove('d/big');
    tree.user.remove('d/seen');
    tree.user.remove('d');
  });
  const told = await news();
  expect(told.flat().filter((path) => path.startsWith('d/big') || path === 'other rules')).toEqual([]);
  expect([told.at(-1), index.byPath('d')]).toEqual([[], undefined]);
});

test('a file that is away for two seconds, or emptied, and comes back with more rules never shows what it hid', async () => {
  tree.user.write(NAME, '/a\n');
  tree.user.write('a', 'x');
  tree.user.write('b', 'x');
  const { news } = await start();
  expect((await news()).at(-1)).toEqual([NAME, 'b']);
  for (const lose of [() => tree.user.remove(NAME), () => tree.user.write(NAME, '')]) {
    lose();
    scheduler.after(2000, () => tree.user.write(NAME, '/a\n/b\n'));
    expect((await news()).flat()).not.toContain('a');
  }
  tree.user.write(NAME, '# nothing\n');
  expect((await news()).at(-1)).toEqual([NAME, 'a', 'b']);
});

test('a share that cannot tell what a file hides publishes nothing new of its folder, and keeps what it has', async () => {
  tree.user.mkdir('d');
  tree.user.write('d/a', 'x');
  const { index, publisher, news } = await start();
  await news();
  tree.user.symlink(`d/${NAME}`, 'elsewhere');
  tree.user.write('d/b', 'x');
  await news();
  expect([index.byPath('d/a') !== undefined, index.byPath('d/b')]).toEqual([true, undefined]);
  expect(index.byPath('d')?.isOpaque).toBe(true);
  expect(publisher.problems.first(9)).toEqual([{ path: 'd', code: 'ignore-unknown' }]);
  tree.user.remove(`d/${NAME}`);
  expect((await news()).at(-1)).toEqual(['d', 'd/a', 'd/b']);
  expect([index.byPath('d')?.isOpaque === true, publisher.problems.count]).toEqual([false, 0]);
});
