import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createMemoryStore, type MemoryStore, msgpackCodec, numberCodec } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import type { IndexEntry, Observed } from './index-entry.ts';
import type { IndexMeta } from './index-meta.ts';
import { TreeIndex } from './tree-index.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

beforeAll(() => loadHash());

const seen = (ino: number, links: number, sizeBytes = 0, kind: Observed['kind'] = 'file'): Observed => ({
  ...{ kind, sizeBytes, mtimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n, mtimeUs: 0, mode: 0o644, linkTarget: '' },
  ...{ dev: 1n, ino: BigInt(ino), links, isFresh: false },
});

const open = (store: MemoryStore): TreeIndex =>
  TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );

function openWithRoot(store = createMemoryStore()) {
  const index = open(store);
  const root = index.transact(() => index.create(0, '', seen(1, 2, 0, 'directory'))).result;
  /** In a transaction of its own; the names that it asks to be looked at. */
  const named = (work: () => unknown): string[] =>
    index.transact(work).otherNames.map((id) => index.pathOf(id) ?? '');
  return { store, index, root, named };
}

const outer = (index: TreeIndex): string[] =>
  index.outerLinksAfter('', 100).map(({ id }) => index.pathOf(id) ?? '');

test('all names of a node that changed under one of them are asked for, until each was seen so', () => {
  const { index, root, named } = openWithRoot();
  const names = ['a', 'b', 'c'];
  expect(named(() => names.map((name) => index.create(root.id, name, seen(7, 3))))).toEqual([]);
  const change = (name: string, now: Observed) => (): unknown =>
    index.update(index.byPath(name) as IndexEntry, now, true);
  expect(named(change('b', seen(7, 3, 5)))).toEqual(['a', 'c']);
  expect(named(change('a', seen(7, 3, 5)))).toEqual(['c']);
  expect(named(change('c', seen(7, 3, 5)))).toEqual([]);
  expect(outer(index)).toEqual([]);
});

test('a name that goes, and one that is another node now, asks for one of those that stay', () => {
  const { index, root, named } = openWithRoot();
  index.transact(() => ['a', 'b', 'c'].map((name) => index.create(root.id, name, seen(7, 3))));
  expect(named(() => index.remove(index.byPath('a') as IndexEntry, 0))).toEqual(['b']);
  expect(named(() => index.update(index.byPath('b') as IndexEntry, seen(8, 1), true))).toEqual(['c']);
  // The last name of the node: it has one now, and is found by its node again.
  expect(named(() => index.identify(index.byPath('c') as IndexEntry, seen(7, 1)))).toEqual([]);
  expect([index.byNode({ dev: 1n, ino: 7n })?.name, outer(index)]).toEqual(['c', []]);
});

test('a node that had one name is asked for by that when a second one appears', () => {
  const { index, root, named } = openWithRoot();
  index.transact(() => index.create(root.id, 'a', seen(7, 1)));
  expect(named(() => index.create(root.id, 'b', seen(7, 2)))).toEqual(['a']);
  expect(named(() => index.identify(index.byPath('a') as IndexEntry, seen(7, 2)))).toEqual([]);
  expect([index.byNode({ dev: 1n, ino: 7n }), outer(index)]).toEqual([undefined, []]);
});

test('folders, nodes with one name and nodes without a number are names of nothing', () => {
  const { index, root, named } = openWithRoot();
  const created = named(() => {
    index.create(root.id, 'd', seen(7, 9, 0, 'directory'));
    index.create(root.id, 'single', seen(8, 1));
    for (const name of ['x', 'y']) index.create(root.id, name, seen(0, 2));
  });
  expect([created, outer(index)]).toEqual([[], []]);
});

test('an index that was made without links finds them when it is opened', () => {
  const { store, index, root } = openWithRoot();
  index.transact(() => {
    for (const name of ['a', 'b']) index.create(root.id, name, seen(7, 3));
    for (const name of ['c', 'd']) index.create(root.id, name, seen(8, 2));
  });
  const meta = store.table('meta', msgpackCodec<IndexMeta>());
  const { links: _since, ...old } = meta.get('index') as IndexMeta;
  const tables = ['link-names', 'outer-links'].map((name) => store.table(name, numberCodec()));
  store.transact(() => {
    meta.put('index', old as IndexMeta);
    for (const table of tables) table.clear();
  });
  expect(outer(index)).toEqual([]);
  const anew = open(store);
  expect(outer(anew)).toEqual(['a']);
  const changed = anew.transact(() => anew.update(anew.byPath('d') as IndexEntry, seen(8, 2, 5), true));
  expect(changed.otherNames.map((id) => anew.pathOf(id))).toEqual(['c']);
});

test('a transaction that fails asks for nothing and leaves nothing', () => {
  const { index, root, named } = openWithRoot();
  const fail = (): void => {
    index.create(root.id, 'a', seen(7, 2));
    throw new Error('undone');
  };
  expect(() => index.transact(fail)).toThrow('undone');
  expect([named(() => index.create(root.id, 'b', seen(8, 1))), outer(index)]).toEqual([[], []]);
});

const step = fc.record({
  do: fc.constantFrom('see', 'see', 'remove'),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  ino: fc.integer({ min: 7, max: 8 }),
  links: fc.integer({ min: 1, max: 4 }),
});

test(`exactly the nodes of which names are missing have one outside (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }), (transactions) => {
      const { index, root } = openWithRoot();
      for (const steps of transactions)
        index.transact(() => {
          for (const { do: verb, name, ino, links } of steps) {
            const entry = index.byPath(name);
            if (entry === undefined) index.create(root.id, name, seen(ino, links));
            else if (verb === 'remove') index.remove(entry, 0);
            else index.update(entry, seen(ino, links), true);
          }
        });
      const expected = [7n, 8n].filter((ino) => {
        const names = [...index.children(root.id)].filter((entry) => entry.ino === ino && entry.links > 1);
        return names.length > 0 && names.length < Math.max(...names.map(({ links }) => links));
      });
      const found = index.outerLinksAfter('', 100).map(({ id }) => index.byId(id)?.ino);
      expect(found).toEqual(expected);
    }),
    { seed: SEED },
  );
});
