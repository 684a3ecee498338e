import { createMemoryStore } from '@lanmirror/engine/store';
import { createHasher, loadHash } from '@lanmirror/engine/tree';
import { beforeAll, expect, test } from 'vitest';
import { createMemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { diskFacts } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { sweepLeftovers, verifyUnflushed } from './recovery.ts';

beforeAll(() => loadHash());

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

test('after a kill a file with another time that is not short was edited, and is no damage', async () => {
  const state = new MirrorState(createMemoryStore());
  const tree = createMemoryTree();
  const bytes = Buffer.from('from the source');
  const names = ['right', 'edited', 'longer', 'torn', 'empty', 'rotten'];
  const hasher = createHasher();
  hasher.update(bytes);
  const hash = hasher.digest();
  for (const name of names) tree.user.write(name, bytes.toString());
  state.transact(() => {
    state.setMeta({ isClean: false, rootId: 1 });
    for (const [at, name] of names.entries()) {
      const stat = tree.stat(name);
      if (stat === undefined) throw new Error(name);
      state.baseline.put({
        ...{
          id: at + 2,
          parentId: 1,
          name,
          kind: 'file',
          version: 1,
          sizeBytes: bytes.length,
          linkTarget: '',
        },
        ...{ mtimeUs: 0, mode: 0o644, hash, disk: diskFacts(stat), bornMs: 0, checkpoint: 1 },
      });
    }
  });
  const { mtimeNs = 0n } = tree.stat('rotten') ?? {};
  tree.user.write('edited', 'edited here 123');
  tree.user.write('longer', 'edited here, and more of it');
  tree.user.write('torn', 'from');
  tree.user.write('empty', '');
  tree.user.write('rotten', 'fr0m the source');
  tree.setMetadata('rotten', { mtimeUs: Number(mtimeNs / 1000n) });
  expect(await verifyUnflushed(tree, state)).toEqual(['torn', 'empty', 'rotten']);
});
