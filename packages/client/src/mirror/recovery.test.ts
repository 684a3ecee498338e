import { PARKED_PARENT } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { createHasher, loadHash, TreeError } from '@lanmirror/engine/tree';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { type BaselineEntry, diskFacts } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { giveBackUnknown } from './parked-node.ts';
import { sweepLeftovers, tidyStaging, verifyUnflushed } from './recovery.ts';

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

test('after a kill what is parked is verified, too, by itself and in a parked folder', async () => {
  const { tree, state } = afterKill('intact', 'torn');
  const hasher = createHasher();
  hasher.update(Buffer.from('content'));
  const hash = hasher.digest();
  for (const path of ['d/a', 'd/b']) tree.user.write(path, 'content');
  const standing = (id: number, path: string): BaselineEntry => {
    const stat = tree.stat(path) ?? fail();
    const [kind, disk] = [stat.kind as 'file', diskFacts(stat)];
    const place = { id, parentId: PARKED_PARENT, name: `park-${id}`, parkedFrom: path };
    return { ...FILE, ...place, kind, hash: null, disk, bornMs: 0, checkpoint: 1 };
  };
  const sizeBytes = 'content'.length;
  for (const name of ['intact', 'torn']) tree.user.write(name, 'content');
  state.transact(() => {
    for (const [id, path] of [
      [2, 'intact'],
      [3, 'torn'],
    ] as const)
      state.baseline.put({ ...standing(id, path), hash, sizeBytes });
    state.baseline.put(standing(4, 'd'));
    for (const [id, name] of [
      [5, 'a'],
      [6, 'b'],
    ] as const)
      state.baseline.put({ ...standing(id, `d/${name}`), parentId: 4, name, hash, sizeBytes });
  });
  tree.user.write('torn', '');
  tree.user.write('d/b', 'con');
  for (const [id, path] of [
    [2, 'intact'],
    [3, 'torn'],
    [4, 'd'],
  ] as const)
    tree.park(path, `park-${id}`);
  expect(await verifyUnflushed(tree, state)).toEqual(['torn', 'd/b']);
  expect([...state.baseline.all()].filter(({ isDamaged }) => isDamaged).map(({ id }) => id)).toEqual([3, 6]);
});

const FILE = { kind: 'file', version: 1, sizeBytes: 4, linkTarget: '', mtimeUs: 0, mode: 0o644 } as const;

/** A start after a kill; files of the baseline stand under their names. */
function afterKill(...names: readonly string[]): { tree: MemoryTree; state: MirrorState } {
  const state = new MirrorState(createMemoryStore());
  const tree = createMemoryTree();
  state.transact(() => {
    state.setMeta({ isClean: false, rootId: 1 });
    for (const [at, name] of names.entries()) {
      tree.user.write(name, `of ${name}`);
      const disk = diskFacts(tree.stat(name) ?? fail());
      const place = { id: at + 2, parentId: 1, name };
      state.baseline.put({ ...FILE, ...place, hash: null, disk, bornMs: 0, checkpoint: 1 });
    }
  });
  return { tree, state };
}

function fail(): never {
  throw new Error('nothing stands there');
}

function textAt(tree: MemoryTree, path: string): string {
  const buffer = Buffer.alloc(99);
  return buffer.toString('utf8', 0, tree.open(path).readSync(buffer, 0, 99, 0));
}

test('what is parked and nobody knows of, because the state is lost, has its place again: nothing of it goes', () => {
  const { tree, state } = afterKill();
  tree.user.write('d/a', 'only copy');
  tree.park('d/a', 'park-7');
  tree.user.remove('d');
  tree.user.write('b', 'other copy');
  tree.park('b', 'park-8');
  tree.user.write('b', 'written since');
  tidyStaging(tree, state);
  expect([tree.listStaged(), tree.trashed()]).toEqual([[], []]);
  expect(['d/a', 'b', 'b (park-8)'].map((path) => textAt(tree, path))).toEqual([
    'only copy',
    'written since',
    'other copy',
  ]);
});

test('a parked node whose record was lost, like that of the one that has its place, is still the one of its entry', () => {
  const { tree, state } = afterKill('a', 'b');
  tree.park('b', 'park-3');
  tree.move('a', 'b', { replace: false });
  tidyStaging(tree, state);
  expect([tree.listStaged(), tree.trashed()]).toEqual([['park-3'], []]);
  expect([...state.baseline.children(PARKED_PARENT)]).toMatchObject([{ id: 3, parkedFrom: 'b' }]);
});

describe('a kill between the second name of a file and the end of its first', () => {
  test('on its way into the parking place leaves it parked, and nothing goes to the trash', () => {
    const { tree, state } = afterKill('a');
    tree.park('a', 'park-2');
    tree.user.link('.lanmirror/parked/park-2', 'a');
    tidyStaging(tree, state);
    expect([tree.listStaged(), tree.trashed(), tree.stat('a')]).toEqual([['park-2'], [], undefined]);
    expect([...state.baseline.children(PARKED_PARENT)]).toMatchObject([{ id: 2, parkedFrom: 'a' }]);
  });

  test('on its way out of it leaves it parked, and nothing goes to the trash', () => {
    const { tree, state } = afterKill('a');
    const before = state.baseline.get(2) ?? fail();
    const root = { ...before, parentId: 0, id: 1, name: '', kind: 'directory' } as const;
    state.transact(() => {
      state.baseline.put(root);
      state.baseline.put({ ...before, parentId: PARKED_PARENT, name: 'park-2', parkedFrom: 'a' });
      state.view.put({ ...root, sequence: 1 });
      state.view.put({ ...before, name: 'b', sequence: 2 });
    });
    tree.park('a', 'park-2');
    tree.user.link('.lanmirror/parked/park-2', 'b');
    tidyStaging(tree, state);
    expect([tree.listStaged(), tree.trashed(), tree.stat('b')]).toEqual([['park-2'], [], undefined]);
    expect(state.baseline.get(2)?.parentId).toBe(PARKED_PARENT);
  });

  test('of which nobody knows any more leaves it at its place', () => {
    const { tree, state } = afterKill();
    tree.user.write('a', 'only copy');
    tree.park('a', 'park-2');
    tree.user.link('.lanmirror/parked/park-2', 'a');
    tidyStaging(tree, state);
    expect([tree.listStaged(), tree.trashed(), textAt(tree, 'a')]).toEqual([[], [], 'only copy']);
  });

  test('is not what left another file of the same size and time at that place', () => {
    const { tree, state } = afterKill('a');
    tree.park('a', 'park-2');
    tree.user.write('a', 'of b');
    tree.setMetadata('a', { mtimeUs: Number((tree.parked('park-2') ?? fail()).stat.mtimeNs / 1000n) });
    tidyStaging(tree, state);
    expect(textAt(tree, 'a')).toBe('of b');
  });
});

test('what nobody knows of and cannot be given back stays parked, and is named by every look until it can', () => {
  const { tree, state } = afterKill();
  tree.user.write('d/a', 'only copy');
  tree.park('d', 'park-7');
  tree.failNext('d', 'BUSY', { operation: 'unpark' });
  tidyStaging(tree, state);
  expect(tree.listStaged()).toEqual(['park-7']);
  tree.failNext('d', 'BUSY', { operation: 'unpark' });
  expect(giveBackUnknown(tree, state)).toMatchObject([
    { path: '.lanmirror/parked/park-7', error: { code: 'BUSY' } },
  ]);
  expect(giveBackUnknown(tree, state)).toEqual([]);
  expect([tree.listStaged(), textAt(tree, 'd/a')]).toEqual([[], 'only copy']);
});

test('a parked node whose place cannot be looked at just now stays parked, and the start goes on', () => {
  const { tree, state } = afterKill('a');
  tree.park('a', 'park-2');
  tree.failNext('a', 'NO_SPACE', { operation: 'stat' });
  tidyStaging(tree, state);
  expect(tree.listStaged()).toEqual(['park-2']);
  expect(giveBackUnknown(tree, state)).toEqual([]);
  expect([tree.listStaged(), textAt(tree, 'a')]).toEqual([[], 'of a']);
});

test('staging that cannot be read, or one parked node in it, ends neither a check nor a start: it is named', () => {
  const { tree, state } = afterKill('a');
  tree.park('a', 'park-2');
  const denied = new TreeError('DENIED', 'tmp', 'permission denied');
  const refuse = (): never => {
    throw denied;
  };
  const broken = (name: 'listStaged' | 'parked'): MemoryTree =>
    new Proxy(tree, { get: (all, key) => (key === name ? refuse : Reflect.get(all, key).bind(all)) });
  expect(giveBackUnknown(broken('listStaged'), state)).toEqual([{ path: 'tmp', error: denied }]);
  tidyStaging(broken('parked'), state);
  expect(giveBackUnknown(broken('parked'), state)).toEqual([{ path: 'park-2', error: denied }]);
  expect(giveBackUnknown(tree, state)).toEqual([]);
  expect(textAt(tree, 'a')).toBe('of a');
});

test('what is parked under an id of another index stays that of the entry that it became', () => {
  const { tree, state } = afterKill('a', 'b');
  tree.park('b', 'park-2');
  tree.user.remove('a');
  const before = state.baseline.get(3) ?? fail();
  state.transact(() => {
    state.baseline.remove(3);
    state.baseline.put({ ...before, id: -9, parentId: PARKED_PARENT, name: 'park-2', parkedFrom: 'b' });
  });
  tidyStaging(tree, state);
  expect([...state.baseline.children(PARKED_PARENT)]).toMatchObject([{ id: -9 }]);
  expect(state.baseline.get(2)?.parentId).toBe(1);
});

test('a folder and what was in it are both still parked, in whatever order they are found', () => {
  for (const [folderId, childId] of [
    [2, 3],
    [3, 2],
  ] as const) {
    const { tree, state } = afterKill();
    tree.user.write('d/a', 'content');
    const entryOf = (id: number, path: string): BaselineEntry => {
      const stat = tree.stat(path) ?? fail();
      const parentId = path === 'd' ? 1 : folderId;
      const place = { id, parentId, name: path === 'd' ? 'd' : 'a', kind: stat.kind as 'file' };
      return { ...FILE, ...place, hash: null, disk: diskFacts(stat), bornMs: 0, checkpoint: 1 };
    };
    const root = { ...entryOf(1, 'd'), parentId: 0, name: '' };
    state.transact(() => {
      for (const entry of [root, entryOf(folderId, 'd'), entryOf(childId, 'd/a')]) state.baseline.put(entry);
    });
    tree.park('d/a', `park-${childId}`);
    tree.park('d', `park-${folderId}`);
    tidyStaging(tree, state);
    expect([...state.baseline.children(PARKED_PARENT)].map(({ id }) => id)).toEqual([2, 3]);
    expect([tree.trashed(), [...tree.listStaged()].sort()]).toEqual([[], ['park-2', 'park-3']]);
  }
});
