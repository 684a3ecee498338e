import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import type { Observed } from './index-entry.ts';
import { TreeIndex } from './tree-index.ts';

beforeAll(async () => {
  await loadHash();
});

const seen = (kind: 'directory' | 'file', ino: number): Observed => ({
  kind,
  sizeBytes: 0,
  mtimeNs: 0n,
  ctimeNs: 0n,
  birthtimeNs: 0n,
  mtimeUs: 0,
  mode: 0o644,
  linkTarget: '',
  dev: 1n,
  ino: BigInt(ino),
  links: 1,
  isFresh: false,
});

function openWithRoot() {
  const store = createMemoryStore();
  const index = TreeIndex.open(
    store,
    () => 'index',
    () => 1,
  );
  const root = index.transact(() => index.create(0, '', seen('directory', 1))).result;
  return { store, index, root };
}

describe('tree index', () => {
  test('a folder rename changes one entry and keeps the paths below it right', () => {
    const { index, root } = openWithRoot();
    const file = index.transact(() => {
      const folder = index.create(root.id, 'a', seen('directory', 2));
      return index.create(folder.id, 'f', seen('file', 3));
    }).result;
    const before = index.head;
    index.transact(() => {
      const folder = index.byPath('a');
      if (folder !== undefined) index.move(folder, root.id, 'b');
    });
    expect(index.pathOf(file.id)).toBe('b/f');
    expect(index.changesSince(before, 100, 1e6).entries).toHaveLength(1);
  });

  test('the removal of a folder is one tombstone for what was created in it', () => {
    const { index, root } = openWithRoot();
    index.transact(() => {
      const folder = index.create(root.id, 'a', seen('directory', 2));
      for (let at = 0; at < 10; at += 1) index.create(folder.id, `f${at}`, seen('file', 10 + at));
    });
    const before = index.head;
    const gone = index.transact(() => {
      const folder = index.byPath('a');
      return folder === undefined ? 0 : index.remove(folder, 0);
    }).result;
    expect(gone).toBe(11);
    expect(index.size).toBe(0);
    expect(index.changesSince(before, 100, 1e6).removed).toHaveLength(1);
  });

  test('a client that has not heard of a move into a folder hears of the removal all the same', () => {
    const { index, root } = openWithRoot();
    const file = index.transact(() => {
      index.create(root.id, 'a', seen('directory', 2));
      return index.create(root.id, 'f', seen('file', 3));
    }).result;
    const cursor = index.head;
    index.transact(() => {
      const folder = index.byPath('a');
      if (folder === undefined) return;
      index.move(file, folder.id, 'f');
      index.remove(folder, 0);
    });
    const { removed } = index.changesSince(cursor, 100, 1e6);
    expect(removed.map(({ id }) => id)).toContain(file.id);
  });

  test('removals are forgotten when they are old or too many, and the feed still ends at the head', () => {
    const { index, root } = openWithRoot();
    const remove = (name: string, wallMs: number): number => {
      index.transact(() => index.remove(index.create(root.id, name, seen('file', 9)), wallMs));
      return index.head;
    };
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name, at) => remove(name, at * 1000));
    const expire = (beforeMs: number, maxCount: number, limit: number): boolean =>
      index.transact(() => index.expireTombstones(beforeMs, maxCount, limit)).result;
    expect(expire(0, 4, 10)).toBe(false);
    expect(index.oldestTombstone).toBe(0);
    expect(expire(2000, 4, 1)).toBe(true);
    expect(index.oldestTombstone).toBe(a);
    expect(expire(2000, 4, 10)).toBe(false);
    expect(index.oldestTombstone).toBe(b);
    expect(expire(2000, 1, 10)).toBe(false);
    expect(index.oldestTombstone).toBe(c);
    expect(index.changesSince(0, 100, 1e6).removed.map(({ sequence }) => sequence)).toEqual([d]);
    expect(expire(2000, 0, 10)).toBe(false);
    expect(index.changesSince(c ?? 0, 100, 1e6)).toEqual({ entries: [], removed: [], upTo: index.head });
  });

  test('every start opens a generation, and records what existed then', async () => {
    const { store, index } = openWithRoot();
    const { head } = index;
    const next = TreeIndex.open(
      store,
      () => 'other',
      () => 7,
    );
    expect(next.generation).toBe(8);
    expect(next.opened).toEqual([
      { generation: 1, sequence: 0 },
      { generation: 8, sequence: head },
    ]);
    expect(next.indexId).toBe('index');
    await next.close();
    expect(
      TreeIndex.open(
        store,
        () => 'other',
        () => 1,
      ).generation,
    ).toBe(9);
  });

  test('parts of the feed have no holes and end at the head, whatever their size', () => {
    const { index, root } = openWithRoot();
    index.transact(() => {
      for (let at = 0; at < 100; at += 1) index.create(root.id, `f${at}`, seen('file', 10 + at));
    });
    for (const limit of [1, 7, 1000]) {
      const ids = new Set<number>();
      let position = 0;
      while (position < index.head) {
        const part = index.changesSince(position, limit, 1e6);
        expect(part.upTo).toBeGreaterThan(position);
        for (const entry of part.entries) ids.add(entry.id);
        position = part.upTo;
      }
      expect(ids.size).toBe(101);
    }
  });

  test('an entry cannot be moved into itself', () => {
    const { index, root } = openWithRoot();
    index.transact(() => {
      const outer = index.create(root.id, 'a', seen('directory', 2));
      const inner = index.create(outer.id, 'b', seen('directory', 3));
      expect(() => index.move(outer, inner.id, 'c')).toThrow('into itself');
    });
  });
});
