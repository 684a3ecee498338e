import { beforeAll, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash, type TreeWatcher } from '../../tree/index.ts';
import { createMemoryTree } from '../../tree/memory/memory-tree.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { Looker } from './look.ts';
import { ProblemList } from './problem-list.ts';
import { scan } from './scan.ts';

beforeAll(() => loadHash());

const ROOT_ID = 1;
const FILES = 2000;
const WATCHER: TreeWatcher = {
  ready: Promise.resolve(),
  notice: '',
  addDirectory: () => true,
  moveDirectory: () => undefined,
  removeDirectory: () => undefined,
  caughtUp: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
const photo = (at: number): string => `photo-${String(at).padStart(5, '0')}`;

test.each([
  ['up', 1],
  ['down', -1],
])(
  'files whose names all moved %s by one while nobody looked keep their entries, however many transactions it takes',
  async (_way, by) => {
    const tree = createMemoryTree();
    const list = tree.list.bind(tree);
    // A system may list names in any order: this one leaves the names in the way to the end.
    tree.list = (path) => {
      const { names, ...rest } = list(path);
      return { ...rest, names: [...names].sort((a, b) => (a < b ? -by : by)) };
    };
    const index = TreeIndex.open(
      createMemoryStore(),
      () => 'index',
      () => 1,
    );
    const problems = new ProblemList();
    const looker = new Looker(tree, index, problems, () => Date.now());
    const scheduler = new Scheduler(1, (error) => {
      throw error;
    });
    let transactions = 0;
    const scanned = async (): Promise<void> => {
      looker.lookAt([''], () => true, false);
      await scan(
        {
          ...{ tree, index, looker, problems, watcher: WATCHER, clock: new ProcessClock(scheduler) },
          takeContent: () => true,
          progress: { folders: 0, entries: 0 },
          hint: () => undefined,
          vanished: () => undefined,
          applied: () => {
            transactions += 1;
          },
          known: () => undefined,
          isStopped: () => false,
        },
        ROOT_ID,
      );
    };
    for (let at = 1; at <= FILES; at += 1) tree.user.write(photo(at), `content ${at}`);
    await scanned();
    const entryOf = (at: number): number | undefined => index.byPath(photo(at))?.id;
    const before = Array.from({ length: FILES }, (_none, at) => entryOf(at + 1));
    const order = Array.from({ length: FILES }, (_none, at) => (by > 0 ? FILES - at : at + 1));
    for (const at of order) tree.user.rename(photo(at), photo(at + by));
    transactions = 0;
    await scanned();
    expect(transactions).toBeGreaterThan(1);
    expect(Array.from({ length: FILES }, (_none, at) => entryOf(at + 1 + by))).toEqual(before);
    expect(index.changesSince(0, FILES * 2, 1e7).removed).toEqual([]);
  },
);
