import { createMemoryStore } from '@lanmirror/engine/store';
import { expect, test } from 'vitest';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { sweepLeftovers } from './recovery.ts';

const INDEX = 'abcdef012345';

test('at rest only that is kept of a broken transfer which its file still waits for', () => {
  const state = new MirrorState(createMemoryStore());
  const tree = createMemoryTree();
  state.transact(() => {
    state.setMeta({ indexId: `${INDEX}6789`, rootId: 1 });
    for (const id of [2, 3]) {
      state.view.put({
        ...{ id, parentId: 1, name: `file ${id}`, kind: 'file', linkTarget: '' },
        ...{ sequence: id, version: id, sizeBytes: 1 << 20, mtimeUs: 0, mode: 0o644 },
      });
    }
    state.markDirty(2);
  });
  const [waiting, here, gone, old] = [`part-${INDEX}-2`, `part-${INDEX}-3`, `part-${INDEX}-4`, 'part-0123-2'];
  for (const name of [waiting, here, gone, old]) tree.createStaged(name).keep();
  sweepLeftovers(tree, state);
  expect(tree.listStaged()).toEqual([waiting]);
});
