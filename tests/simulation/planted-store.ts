/** Bugs in what a process finds of its own state. */
import { type MemoryStore, msgpackCodec } from '@lanmirror/engine/store';

export function withoutDirty(store: MemoryStore): MemoryStore {
  const dirty = store.table<number, number>('dirty', msgpackCodec<number>());
  store.transact(() => dirty.clear());
  return store;
}
