import { beforeEach, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../tree/memory/memory-tree.ts';
import { sampleFolders } from './folder-sample.ts';

let tree: MemoryTree;
beforeEach(() => {
  let tick = 0n;
  tree = createMemoryTree({
    clock: () => {
      tick += 1_000_000n;
      return tick;
    },
  });
  for (const folder of ['d', 'd/deep', 'd/deep/deeper', 'e']) tree.user.mkdir(folder);
  for (const file of ['d/a', 'd/deep/b', 'd/deep/deeper/c', 'e/f']) tree.user.write(file, 'x');
});

test.each<[string, () => void]>([
  ['is written', () => tree.user.write('d/deep/b', 'xy')],
  ['comes', () => tree.user.write('d/deep/deeper/new', '')],
  ['goes', () => tree.user.remove('d/deep/deeper/c')],
  ['cannot be looked at any more', () => tree.failNext('d/deep', 'DENIED', { operation: 'list' })],
])(
  'a sample is another one when something below the folder %s, and not for what is elsewhere',
  (_what, change) => {
    const before = sampleFolders(tree, ['d']);
    tree.user.write('e/f', 'xyz');
    expect(sampleFolders(tree, ['d'])).toBe(before);
    change();
    expect(sampleFolders(tree, ['d'])).not.toBe(before);
  },
);

test('a sample costs no more looks than it may, and begins at the top of each folder', () => {
  const sample = sampleFolders(tree, ['e', 'd'], 3);
  expect(sample.split('\n').map((line) => line.split(' ')[0])).toEqual(['e', 'd', 'e/f']);
  expect(sampleFolders(tree, ['gone'], 3)).toContain('gone undefined');
});
