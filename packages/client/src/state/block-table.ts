/**
 * The block lists of large files that stand on the target, so that they need not be read before they are offered.
 *
 * Written with the entry of the baseline that they belong to. A list is of one content, named by its hash: beside
 * another hash it counts for nothing. It says what was received; what a disk has lost since is found by the hash of the
 * whole.
 */
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';

interface StoredBlocks {
  /** BLAKE3 of the content. */
  readonly hash: Uint8Array;
  readonly digests: Uint8Array;
}

export class BlockTable {
  readonly #table: Table<number, StoredBlocks>;

  constructor(store: OrderedStore) {
    this.#table = store.table('blocks', msgpackCodec<StoredBlocks>());
  }

  /** The list of the entry's content with this hash; undefined when there is none. */
  get(id: number, hash: Uint8Array): Uint8Array | undefined {
    const stored = this.#table.get(id);
    return stored !== undefined && Buffer.compare(stored.hash, hash) === 0 ? stored.digests : undefined;
  }

  /** The list of what stands there as this entry; undefined when there is none. */
  of({ id, hash }: { readonly id: number; readonly hash: Uint8Array | null }): Uint8Array | undefined {
    return hash === null ? undefined : this.get(id, hash);
  }

  /** Inside a transaction. */
  put(id: number, hash: Uint8Array, digests: Uint8Array): void {
    this.#table.put(id, { hash, digests });
  }

  /** Inside a transaction. Nothing there is no error. */
  remove(id: number): void {
    this.#table.remove(id);
  }

  /** Inside a transaction. */
  clear(): void {
    this.#table.clear();
  }
}
