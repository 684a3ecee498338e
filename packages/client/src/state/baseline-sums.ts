/**
 * What the fingerprint of the target is made of: the table `sums`, written in the same transactions as the
 * baseline. A content counts as known when its hash was verified, on its way here or by comparison. Names,
 * modes and times count as the source says them: a target that holds a name, a mode or a time only in another
 * way was given the same.
 */
import {
  type Digests,
  type Fingerprint,
  FingerprintTree,
  folderSumsTable,
  type StoredFolderSums,
} from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { hashText } from '@lanmirror/engine/tree';
import { asAtSource, type BaselineEntry, provedHash } from './baseline-entry.ts';

/** Raised when the sums are made otherwise: those of an older state are then made anew. */
export const SUMS_RULE = 1;

export class BaselineSums {
  readonly #table: Table<number, StoredFolderSums>;
  readonly #tree: FingerprintTree;
  readonly #find: (id: number) => BaselineEntry | undefined;

  constructor(store: OrderedStore, rootId: () => number, find: (id: number) => BaselineEntry | undefined) {
    this.#table = store.table('sums', msgpackCodec<StoredFolderSums>());
    this.#tree = new FingerprintTree(folderSumsTable(this.#table), hashText, rootId);
    this.#find = find;
  }

  /** An entry of the baseline is no longer `before` but `after`; undefined: it was not there, or is gone. */
  change(before: BaselineEntry | undefined, after: BaselineEntry | undefined): void {
    this.#tree.change(before && asProved(before), after && asProved(after));
  }

  /** At the end of a transaction. */
  settle(): void {
    this.#tree.settle((id) => {
      const entry = this.#find(id);
      return entry && asProved(entry);
    });
  }

  /** The transaction failed. */
  forget(): void {
    this.#tree.forget();
  }

  /** The sums of a state that was made without them. Inside a transaction. */
  sumAnew(entries: Iterable<BaselineEntry>): void {
    this.#table.clear();
    for (const entry of entries) this.change(undefined, entry);
    this.settle();
  }

  /** The sums of what is directly in a folder; those of nothing for what is none. */
  sumsOf(folderId: number): Digests {
    return this.#tree.sumsOf(folderId);
  }

  fingerprint(root: BaselineEntry): Fingerprint {
    return this.#tree.fingerprint(root);
  }
}

/** As the source has it, with no more of the content than is proved. */
function asProved(entry: BaselineEntry): BaselineEntry {
  const known = asAtSource(entry);
  return known.isUnproved === true ? { ...known, hash: provedHash(known) } : known;
}
