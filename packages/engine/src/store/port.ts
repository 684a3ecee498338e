/**
 * The port of an ordered key-value store with atomic transactions: what the server's index and the
 * client's baseline are kept in. Implementations: `lmdb-store` (on disk) and `memory-store` (tests,
 * with crash and power loss).
 */

/** Keys sort by component: numbers by value, strings by code unit; a shorter tuple before a longer one. */
export type KeyPart = number | string;
export type Key = KeyPart | readonly KeyPart[];

export interface RangeOptions<K extends Key> {
  /** First key, included. */
  readonly start?: K;
  /** End, not included. */
  readonly end?: K;
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface Table<K extends Key, V> {
  get(key: K): V | undefined;
  put(key: K, value: V): void;
  /** Nothing there is no error. */
  remove(key: K): void;
  range(options?: RangeOptions<K>): Iterable<{ readonly key: K; readonly value: V }>;
  count(): number;
  clear(): void;
}

/**
 * How a table's values become bytes. Must be a pure pair; `decode` may be given a view that is reused, and `encode`
 * may return one.
 */
export interface ValueCodec<V> {
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

export interface TableOptions {
  /**
   * Values that were read or written last are given out as they are, without being decoded: nobody may change a
   * value that he stored or was given, nor the bytes inside it.
   */
  readonly isRemembered?: boolean;
  /** How many values at least, where keys begin with few numbers; default 4096. */
  readonly rememberedValues?: number;
}

export interface OrderedStore {
  /** The same name always gives the same table; it is asked for with the same options. */
  table<K extends Key, V>(name: string, codec: ValueCodec<V>, options?: TableOptions): Table<K, V>;
  /** All writes of `work` become visible and durable together or, if it throws, not at all. Not reentrant; writes outside a transaction are an error. */
  transact<T>(work: () => T): T;
  /** Resolves when everything committed before the call is on stable storage. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}
