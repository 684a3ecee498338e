import { describe, expect, it } from 'vitest';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { msgpackCodec } from './msgpack-codec.ts';
import { describeStore } from './store-conformance.suite.ts';

describeStore('memory store', () => ({
  open: () => createMemoryStore(),
  reopen: async (store) => {
    await store.close();
    return (store as MemoryStore).reopen();
  },
  dispose: (store) => store.close(),
}));

const table = (store: MemoryStore) => store.table<number, string>('a', msgpackCodec());
describe('memory store dies like a disk', () => {
  const fill = (store: MemoryStore, ...keys: number[]) => {
    const rows = table(store);
    for (const key of keys) store.transact(() => rows.put(key, `v${key}`));
  };
  const keys = (store: MemoryStore) => [...table(store).range()].map(({ key }) => key);

  it('a process crash keeps committed transactions, flushed or not', async () => {
    const store = createMemoryStore();
    fill(store, 1);
    await store.flushed();
    fill(store, 2);
    const next = store.processCrash();
    expect(keys(next)).toEqual([1, 2]);
    expect(() => table(store)).toThrow(/closed/);
  });

  it('a power cut drops what was committed after the last flush, except what the disk had written', async () => {
    const make = async () => {
      const store = createMemoryStore();
      fill(store, 1);
      await store.flushed();
      const rows = table(store);
      store.transact(() => {
        rows.remove(1);
        rows.put(2, 'two');
      });
      store.transact(() => {
        rows.clear();
        rows.put(3, 'three');
      });
      return store;
    };
    expect(keys((await make()).powerLoss())).toEqual([1]);
    expect(keys((await make()).powerLoss(1))).toEqual([2]);
    expect(keys((await make()).powerLoss(2))).toEqual([3]);
    expect((await make()).unflushed).toBe(2);
  });

  it('a copy has what was committed, and neither store hears of the other any more', () => {
    const store = createMemoryStore();
    fill(store, 1);
    const copy = store.copy();
    fill(store, 2);
    fill(copy, 3);
    expect(keys(store)).toEqual([1, 2]);
    expect(keys(copy)).toEqual([1, 3]);
  });

  it('what a process crash left unflushed is still lost by a power cut after it', async () => {
    const store = createMemoryStore();
    fill(store, 1);
    await store.flushed();
    fill(store, 2);
    const next = store.processCrash();
    fill(next, 3);
    expect(keys(next.powerLoss())).toEqual([1]);
  });

  it('a crash in the middle of a transaction undoes it', () => {
    const store = createMemoryStore();
    fill(store, 1);
    const rows = table(store);
    let next: MemoryStore | undefined;
    expect(() =>
      store.transact(() => {
        rows.put(2, 'two');
        next = store.processCrash();
        rows.put(3, 'three');
      }),
    ).toThrow(/closed/);
    expect(next && keys(next)).toEqual([1]);
  });
});
