export { asBuffer } from './buffer.ts';
export { openLmdbStore } from './lmdb-store.ts';
export { createMemoryStore, type MemoryStore } from './memory-store.ts';
export { msgpackCodec } from './msgpack-codec.ts';
export { numberCodec } from './number-codec.ts';
export type { Key, KeyPart, OrderedStore, RangeOptions, Table, ValueCodec } from './port.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
