/** Bugs in what a process finds of its own state. */
import {
  type Key,
  type MemoryStore,
  msgpackCodec,
  type OrderedStore,
  type ValueCodec,
} from '@lanmirror/engine/store';
import { withMethods } from './observed-tree.ts';

/** Of a stored row of the history. */
const PATH_AT = 3;

export function withoutDirty(store: MemoryStore): MemoryStore {
  const dirty = store.table<number, number>('dirty', msgpackCodec<number>());
  store.transact(() => dirty.clear());
  return store;
}

/** Every tenth change of a folder's sums is forgotten. */
export function forgettingSums(store: OrderedStore): OrderedStore {
  let puts = 0;
  return withMethods(store, {
    table: <K extends Key, V>(name: string, codec: ValueCodec<V>) => {
      const table = store.table<K, V>(name, codec);
      if (name !== 'sums') return table;
      const put = (key: K, value: V): void => {
        puts += 1;
        if (puts % 10 !== 0) table.put(key, value);
      };
      return withMethods(table, { put });
    },
  });
}

/** What happened is told of paths that are spelled otherwise. */
export function misnaming(store: OrderedStore): OrderedStore {
  return withMethods(store, {
    table: <K extends Key, V>(name: string, codec: ValueCodec<V>) => {
      const table = store.table<K, V>(name, codec);
      if (name !== 'history') return table;
      const put = (key: K, value: V): void => {
        const rows = value as readonly (readonly unknown[])[];
        const misnamed = rows.map((row) =>
          row.map((part, at) => (at === PATH_AT ? `${String(part)}~` : part)),
        );
        table.put(key, misnamed as V);
      };
      return withMethods(table, { put });
    },
  });
}
