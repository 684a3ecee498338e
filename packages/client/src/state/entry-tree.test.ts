import { createMemoryStore, msgpackCodec, type OrderedStore } from '@lanmirror/engine/store';
import { describe, expect, it } from 'vitest';
import { EntryTree } from './entry-tree.ts';

interface Node {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
}

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
