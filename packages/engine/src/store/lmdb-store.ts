/**
 * The store on disk: LMDB, a memory-mapped B+ tree that is never in a half-written state.
 *
 * A commit waits until its pages are on stable storage, but not until the page that points to them is:
 * that is half of the waiting. The next commit or `flushed` brings it there, so a power cut can take the
 * last transaction, whole, and never anything older. Reads never copy the whole table: a
 * range is read in runs of keys, so an iterator may be kept across awaits and holds no snapshot that
 * would stop pages from being used again.
 *
 * The folder must be on a local disk: a memory map over a network file system is not safe.
 */
import { chmodSync, mkdirSync, truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { storeErrorFrom } from './lmdb-error.ts';
import { missingBytes } from './lmdb-file.ts';
import { LmdbTable } from './lmdb-table.ts';
import type { Key, OrderedStore, Table, TableOptions, ValueCodec } from './port.ts';
import { TransactionGate } from './transaction-gate.ts';
import { ValueCaches } from './value-caches.ts';

/** A reservation in the address book of the file, not a size. */
const MAX_TABLES = 64;
const DATA_FILE = 'data.mdb';
const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;

/**
 * LMDB is loaded with the first store: a program that only asks another one opens none, and would be kept waiting. By
 * `require` it comes as one file, and not as a dozen modules.
 */
const load = createRequire(import.meta.url);

type Root = RootDatabase<Buffer, Uint8Array>;

/** Left out of the package's types. */
interface Flushable {
  sync(done: (error?: Error) => void): void;
}

/**
 * Opens the store in `folder`; creates both when absent. The folder is made readable by its owner only.
 * Nobody else may have the folder open for writing: a lock is the caller's business.
 * @throws StoreError CORRUPT when the files are not a store or are cut short, DENIED, NO_SPACE or IO.
 */
export function openLmdbStore(folder: string): OrderedStore {
  const { open } = load('lmdb') as typeof import('lmdb');
  const file = join(folder, DATA_FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const { sizeBytes, missing } = missingBytes(file);
    if (missing > 0) truncateSync(file, sizeBytes + missing);
    const root: Root = open<Buffer, Uint8Array>({
      path: folder,
      noSubdir: false,
      maxDbs: MAX_TABLES,
      // A synchronous transaction waits for its flush either way, so overlapping flushes win nothing
      // and would make a power cut lose the last ones.
      overlappingSync: false,
      noMetaSync: true,
      ...BINARY,
    });
    if (missing > 0) readThrough(root);
    return new LmdbStore(root, folder);
  } catch (error) {
    throw storeErrorFrom(error, `The state in ${folder} cannot be opened`, folder);
  }
}

/**
 * Reads everything once. Only for a file that is shorter than it says: it was filled up with zeros, and
 * a page of zeros that belongs to a table is an error when it is read.
 */
function readThrough(root: Root): void {
  for (const name of root.getKeys()) {
    const table = root.openDB<Buffer, Uint8Array>({ name: String(name), ...BINARY, create: false } as never);
    for (const { value } of table.getRange({ start: Uint8Array.of(0) })) {
      if (value.length > 0 && value.every((byte) => byte === 0)) throw new Error('MDB_CORRUPTED');
    }
  }
}

class LmdbStore implements OrderedStore {
  readonly #root: Root;
  readonly #folder: string;
  readonly #gate = new TransactionGate();
  readonly #flushing = new Set<Promise<void>>();
  readonly #databases = new Map<string, Database<Buffer, Uint8Array>>();
  readonly #caches = new ValueCaches();

  constructor(root: Root, folder: string) {
    this.#root = root;
    this.#folder = folder;
  }

  table<K extends Key, V>(name: string, codec: ValueCodec<V>, options: TableOptions = {}): Table<K, V> {
    this.#gate.assertOutside('open a table');
    let database = this.#databases.get(name);
    if (database === undefined) {
      try {
        database = this.#root.openDB<Buffer, Uint8Array>(name, BINARY);
      } catch (error) {
        throw storeErrorFrom(error, `Table "${name}" cannot be opened`, this.#folder);
      }
      this.#databases.set(name, database);
    }
    return new LmdbTable<K, V>({
      ...{ name, database, codec, gate: this.#gate, cache: this.#caches.of<V>(name, options) },
      explain: (error) => storeErrorFrom(error, `Table "${name}" cannot be used`, this.#folder),
    });
  }

  transact<T>(work: () => T): T {
    return this.#gate.run(() => {
      let thrown: { readonly error: unknown } | undefined;
      try {
        return this.#root.transactionSync(() => {
          try {
            return this.#gate.refusePromise(work());
          } catch (error) {
            thrown = { error };
            throw error;
          }
        });
      } catch (error) {
        this.#caches.clear();
        // What the caller threw stays what it is; the rest is LMDB speaking.
        if (thrown !== undefined) throw thrown.error;
        throw storeErrorFrom(error, 'The state could not be saved', this.#folder);
      }
    });
  }

  flushed(): Promise<void> {
    this.#gate.assertOpen();
    const flushing = new Promise<void>((resolve, reject) => {
      (this.#root as unknown as Flushable).sync((error) => {
        this.#flushing.delete(flushing);
        if (error === undefined) resolve();
        else reject(storeErrorFrom(error, 'The state could not be saved', this.#folder));
      });
    });
    this.#flushing.add(flushing);
    return flushing;
  }

  /** A flush that is under way is waited for: its thread uses the file. Whoever asked for it hears of its failure. */
  async close(): Promise<void> {
    if (!this.#gate.close()) return;
    await Promise.allSettled(this.#flushing);
    await this.#root.close();
  }
}
