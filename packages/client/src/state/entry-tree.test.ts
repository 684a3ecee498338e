import { createMemoryStore, msgpackCodec, type OrderedStore } from '@lanmirror/engine/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryTree } from './entry-tree.ts';

interface Node {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
}

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROOT = 1;
const FILE: Node = { id: 2, parentId: ROOT, name: 'a' };

function treeIn(store: OrderedStore): EntryTree<Node> {
  return new EntryTree(store, 'tree', msgpackCodec<Node>(), {
    rootId: () => ROOT,
    changed: () => {},
    folded: () => undefined,
    regrouped: () => {},
  });
}

/** All ways to ask for what is in the folder, which have to say the same. */
function childrenOf(tree: EntryTree<Node>): Node[] {
  const children = [...tree.children(ROOT)];
  expect(tree.get(FILE.id)).toEqual(children[0]);
  expect(tree.childId(ROOT, FILE.name)).toBe(children[0]?.id);
  return children;
}

describe('the children of a folder', () => {
  it('are those put since the tree was opened empty, within the transaction and after it', () => {
    const store = createMemoryStore();
    const tree = treeIn(store);
    expect(childrenOf(tree)).toEqual([]);
    store.transact(() => {
      tree.put(FILE);
      expect(childrenOf(tree)).toEqual([FILE]);
    });
    expect(childrenOf(tree)).toEqual([FILE]);
  });

  it('are there in a tree that was filled before it was opened, and after it was cleared in a transaction that was undone', () => {
    const store = createMemoryStore();
    const before = treeIn(store);
    store.transact(() => before.put(FILE));
    const tree = treeIn(store);
    expect(childrenOf(tree)).toEqual([FILE]);
    expect(() =>
      store.transact(() => {
        tree.clear();
        expect(childrenOf(tree)).toEqual([]);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(childrenOf(tree)).toEqual([FILE]);
  });

  it('are there when the first one was put in a transaction that was undone, and then again', () => {
    const store = createMemoryStore();
    const tree = treeIn(store);
    expect(() =>
      store.transact(() => {
        tree.put(FILE);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(childrenOf(tree)).toEqual([]);
    store.transact(() => tree.put(FILE));
    expect(childrenOf(tree)).toEqual([FILE]);
  });
});

describe('an entry', () => {
  it(`is found by its id as long as it is there, whatever ids came, went and were undone (SEED=${SEED})`, () => {
    const id = fc.integer({ min: -5, max: 5 });
    const step = fc.record({
      put: fc.array(id),
      remove: fc.array(id),
      isUndone: fc.boolean(),
      isReopened: fc.boolean(),
    });
    const property = fc.property(fc.array(step), (steps) => {
      const store = createMemoryStore();
      let tree = treeIn(store);
      let there = new Set<number>();
      for (const { put, remove, isUndone, isReopened } of steps) {
        const next = new Set([...there, ...put].filter((one) => !remove.includes(one)));
        const work = (): void => {
          for (const one of put) tree.put({ id: one, parentId: ROOT, name: `name ${one}` });
          for (const one of remove) tree.remove(one);
          expect(idsIn(tree)).toEqual(sorted(next));
          if (isUndone) throw new Error('undone');
        };
        if (isUndone) expect(() => store.transact(work)).toThrow('undone');
        else {
          store.transact(work);
          there = next;
        }
        if (isReopened) tree = treeIn(store);
        expect(idsIn(tree)).toEqual(sorted(there));
      }
    });
    fc.assert(property, { seed: SEED });
  });
});

const sorted = (ids: Iterable<number>) => [...ids].sort((a, b) => a - b);

function idsIn(tree: EntryTree<Node>): number[] {
  const ids = Array.from({ length: 11 }, (_, at) => at - 5).filter((id) => tree.get(id) !== undefined);
  expect(sorted(Array.from(tree.children(ROOT), ({ id }) => id))).toEqual(ids);
  return ids;
}
