/**
 * The store in memory, for tests: the same rules as the one on disk, and it can die.
 *
 * A committed transaction is visible at once and survives the death of the process; it survives a
 * power cut only when `flushed()` resolved after it, or when the disk happened to have written it.
 * Values are kept as encoded bytes, so that nobody shares an object with the store, except in tables that are to
 * remember values.
 */
import { MemoryTable, type Rows, type Undo } from './memory-table.ts';
import type { Key, OrderedStore, Table, TableOptions, ValueCodec } from './port.ts';
import { StoreError } from './store-error.ts';
import { TransactionGate } from './transaction-gate.ts';
import { ValueCaches } from './value-caches.ts';

export interface MemoryStore extends OrderedStore {
  /** Number of committed transactions that a power cut can still take. */
  readonly unflushed: number;
  /** While true nothing can be committed: NO_SPACE. */
  isFull: boolean;
  /**
   * The process dies: an unfinished transaction is undone, this store and its tables are unusable.
   * @returns what the next process opens: everything that was committed, flushed or not.
   */
  processCrash(): MemoryStore;
  /**
   * The power fails: as {@link processCrash}, and of the transactions committed since the last flush
   * only the first `keep` (default 0) are there: what the disk had already written.
   */
  powerLoss(keep?: number): MemoryStore;
  /** What the next process opens after `close`. Like a crash when it was not closed. */
  reopen(): MemoryStore;
  /** A backup: another store with everything that is committed now; this one lives on. Not inside a transaction. */
  copy(): MemoryStore;
}

/** @returns an empty store. */
export function createMemoryStore(): MemoryStore {
  return new Memory(new Map(), []);
}

class Memory implements MemoryStore {
  isFull = false;
  readonly #gate = new TransactionGate();
  readonly #tables: Map<string, Rows>;
  /** How to undo each committed transaction that is not flushed, oldest first. */
  #unflushed: Undo[][];
  #current: Undo[] = [];
  readonly #caches = new ValueCaches();

  constructor(tables: Map<string, Rows>, unflushed: Undo[][]) {
    this.#tables = tables;
    this.#unflushed = unflushed;
  }

  get unflushed(): number {
    return this.#unflushed.length;
  }

  table<K extends Key, V>(name: string, codec: ValueCodec<V>, options: TableOptions = {}): Table<K, V> {
    this.#gate.assertOutside('open a table');
    let rows = this.#tables.get(name);
    if (rows === undefined) {
      rows = [];
      this.#tables.set(name, rows);
    }
    return new MemoryTable<K, V>({
      ...{ name, rows, codec, gate: this.#gate, cache: this.#caches.of<V>(name, options) },
      record: (undo) => this.#current.push(undo),
    });
  }

  transact<T>(work: () => T): T {
    return this.#gate.run(() => {
      try {
        const result = this.#gate.refusePromise(work());
        this.#requireSpace();
        this.#commit();
        return result;
      } catch (error) {
        this.#caches.clear();
        this.#undo();
        throw error;
      }
    });
  }

  flushed(): Promise<void> {
    this.#gate.assertOpen();
    this.#unflushed = [];
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (this.#gate.close()) this.#unflushed = [];
    return Promise.resolve();
  }

  processCrash(): MemoryStore {
    this.#die();
    return this.#next();
  }

  powerLoss(keep = 0): MemoryStore {
    this.#die();
    for (const undo of this.#unflushed.splice(keep).reverse()) revert(undo);
    this.#unflushed = [];
    return this.#next();
  }

  reopen(): MemoryStore {
    this.#die();
    return this.#next();
  }

  copy(): MemoryStore {
    this.#gate.assertOutside('be copied');
    // Rows are never changed, only exchanged.
    return new Memory(new Map([...this.#tables].map(([name, rows]) => [name, [...rows]])), []);
  }

  #requireSpace(): void {
    if (this.isFull && this.#current.length > 0)
      throw new StoreError('NO_SPACE', 'The state could not be saved: there is no space left on its disk');
  }

  #commit(): void {
    if (this.#current.length > 0) this.#unflushed.push(this.#current);
    this.#current = [];
  }

  #undo(): void {
    revert(this.#current);
    this.#current = [];
  }

  #die(): void {
    this.#gate.kill();
    this.#undo();
  }

  #next(): MemoryStore {
    return new Memory(this.#tables, this.#unflushed);
  }
}

function revert(undo: readonly Undo[]): void {
  for (const step of [...undo].reverse()) step();
}
