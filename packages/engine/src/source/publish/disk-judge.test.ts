import { beforeAll, beforeEach, expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { DiskJudge } from './disk-judge.ts';
import { FolderDevice } from './folder-device.ts';
import { observe } from './observe.ts';
import { ProblemList, UNMOUNTED } from './problem-list.ts';

let tree: MemoryTree;
let index: TreeIndex;
let problems: ProblemList;
let judge: DiskJudge;
let disk: IndexEntry;

beforeAll(() => loadHash());

function seenAt(path: string): Observed {
  const stat = path === '' ? tree.rootStat() : tree.stat(path);
  const seen = stat && observe(tree, path, stat, 0);
  if (seen === undefined || typeof seen === 'string') throw new Error(`${path}: ${seen ?? 'absent'}`);
  return seen;
}

/** A folder `disk` with four files, in the tree and in the index. */
beforeEach(() => {
  tree = createMemoryTree();
  tree.user.mkdir('disk');
  for (const name of ['a', 'b', 'c', 'd']) tree.user.write(`disk/${name}`, name);
  index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  index.transact(() => {
    const root = index.create(0, '', seenAt(''));
    disk = index.create(root.id, 'disk', seenAt('disk'));
    for (const name of ['a', 'b', 'c', 'd']) index.create(disk.id, name, seenAt(`disk/${name}`));
  });
  problems = new ProblemList(() => 0);
  judge = new DiskJudge(tree, index, problems, new FolderDevice(() => true));
});

test('where no disk is waited for, none is another than that one', () => {
  const other = { ...seenAt('disk'), birthtimeNs: 5n };
  expect(judge.isOtherThanAwaited({ ...disk, birthtimeNs: 4n }, 'disk', other)).toBe(false);
});

test('a disk that is waited for is known by the birth of its root', () => {
  problems.add('disk', UNMOUNTED, true);
  const seen = { ...seenAt('disk'), birthtimeNs: 5n };
  expect(judge.isOtherThanAwaited({ ...disk, birthtimeNs: 5n }, 'disk', seen)).toBe(false);
  expect(judge.isOtherThanAwaited({ ...disk, birthtimeNs: 4n }, 'disk', seen)).toBe(true);
  expect(judge.isUnmounted({ ...disk, birthtimeNs: 4n }, 'disk', seen, seen.dev)).toBe(true);
});

test('one that tells no birth is known by half of the names in it, as what they were', () => {
  problems.add('disk', UNMOUNTED, true);
  const [entry, seen] = [
    { ...disk, birthtimeNs: 0n },
    { ...seenAt('disk'), birthtimeNs: 0n },
  ];
  expect(judge.isOtherThanAwaited(entry, 'disk', seen)).toBe(false);
  tree.user.remove('disk/a');
  tree.user.remove('disk/b');
  expect(judge.isOtherThanAwaited(entry, 'disk', seen)).toBe(false);
  tree.user.remove('disk/c');
  tree.user.mkdir('disk/c');
  expect(judge.isOtherThanAwaited(entry, 'disk', seen)).toBe(true);
});

test('another device that this run has not seen there proves nothing; nor does anything of a file', () => {
  const seen = { ...seenAt('disk'), dev: 0x801n };
  const numbered = { ...disk, dev: 0x802n };
  expect(judge.isUnmounted(numbered, 'disk', seen, 0x801n)).toBe(true);
  expect(judge.isUnmounted(disk, 'disk', seenAt('disk'), disk.dev)).toBe(false);
  expect(judge.isUnmounted(numbered, 'disk/a', seenAt('disk/a'), 0x801n)).toBe(false);
});

test('a folder whose files hide all that is in it is known by these files', () => {
  const hidden = new DiskJudge(tree, index, problems, new FolderDevice(() => true), () => ['.ignore']);
  index.transact(() => {
    for (const child of [...index.children(disk.id)]) index.remove(child, 0);
  });
  const bare = { ...seenAt('disk'), dev: 0x801n };
  const numbered = { ...disk, dev: 0x802n };
  expect(judge.isUnmounted(numbered, 'disk', bare, 0x801n)).toBe(false);
  expect(hidden.isUnmounted(numbered, 'disk', bare, 0x801n)).toBe(true);
});
