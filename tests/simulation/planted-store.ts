/** Bugs in what a process finds of its own state. */
import { type MemoryStore, msgpackCodec } from '@lanmirror/engine/store';

export function withoutDirty(store: MemoryStore): MemoryStore {
  const dirty = store.table<number, number>('dirty', msgpackCodec<number>());
  store.transact(() => dirty.clear());
  return store;
}

/** The server believes that it was stopped properly. */
export function sameGeneration(store: MemoryStore): MemoryStore {
  const table = store.table<string, object>('meta', msgpackCodec<object>());
  const meta = table.get('index');
  if (meta !== undefined) store.transact(() => table.put('index', { ...meta, isClean: true }));
  return store;
}
