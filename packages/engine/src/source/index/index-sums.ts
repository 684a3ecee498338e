/**
 * What the fingerprint of each folder of the index is made of: the table `sums`, written in the same
 * transactions as the entries.
 */

import { isReservedAtTop, ROOT_ID } from '@lanmirror/protocol';
import {
  type Digests,
  type Fingerprint,
  FingerprintTree,
  folderSumsTable,
  type StoredFolderSums,
} from '../../core/index.ts';
import { msgpackCodec, type OrderedStore, type Table } from '../../store/index.ts';
import { hashText } from '../../tree/index.ts';
import type { IndexEntry } from './index-entry.ts';

/** Raised when the sums are made otherwise: those of an older index are then made anew. */
export const SUMS_RULE = 1;

/** Entries of a folder by the order of their names, from `start` on and before `end`. */
type Children = (folderId: number, start: string, end: string) => Iterable<IndexEntry>;

export class IndexSums {
  readonly #table: Table<number, StoredFolderSums>;
  readonly #tree: FingerprintTree;
  readonly #find: (id: number) => IndexEntry | undefined;

  /** `find` gives an entry as it is now, unless it is detached. */
  constructor(store: OrderedStore, find: (id: number) => IndexEntry | undefined) {
    this.#table = store.table('sums', msgpackCodec<StoredFolderSums>());
    this.#tree = new FingerprintTree(folderSumsTable(this.#table), hashText, () => ROOT_ID);
    this.#find = find;
  }

  /** An entry is no longer listed as `before` (undefined: it was not) but as `after` (undefined: it is not). */
  change(before: IndexEntry | undefined, after: IndexEntry | undefined): void {
    this.#tree.change(counted(before), counted(after));
  }

  /** At the end of a transaction. */
  settle(): void {
    this.#tree.settle(this.#find);
  }

  /** The transaction failed. */
  forget(): void {
    this.#tree.forget();
  }

  /** The sums of an index that was made without them. Inside a transaction. */
  sumAnew(entries: Iterable<IndexEntry>): void {
    this.#table.clear();
    for (const entry of entries) this.change(undefined, entry);
    this.settle();
  }

  /**
   * The code of the tree below a folder, of which no mirror takes what is reserved at its top; undefined when
   * there is no such folder.
   */
  fingerprint(folder: IndexEntry | undefined, children: Children): Fingerprint | undefined {
    if (folder?.kind !== 'directory') return undefined;
    return this.#tree.fingerprint(folder, reservedIn(folder.id, children));
  }

  /** The sums of what is directly in a folder. */
  sumsOf(folderId: number): Digests {
    return this.#tree.sumsOf(folderId);
  }

  /** Number of files at and below a folder whose content hash is not known. */
  unknownBelow(folderId: number): number {
    return this.#tree.unknownBelow(folderId);
  }
}

/** No mirror has what is left out. */
function counted(entry: IndexEntry | undefined): IndexEntry | undefined {
  return entry?.isExcluded === true ? undefined : entry;
}

/** Two short ranges, because the case of a reserved name does not matter. */
function reservedIn(folderId: number, children: Children): IndexEntry[] {
  const near = ['.L', '.l'].flatMap((start) => [...children(folderId, start, `${start}\uffff`)]);
  return near.filter((entry) => isReservedAtTop(entry.name) && entry.isExcluded !== true);
}
