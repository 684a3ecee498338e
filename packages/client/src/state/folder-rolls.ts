/**
 * What a folder of the target looks like when everything directly in it is as the baseline says: the table `rolls`. A
 * folder that looks like that needs no comparison entry by entry, which is what a check of a large target that nobody
 * touched would spend most of its time on.
 *
 * Written by the check of the target, and at the end of a pass for the folders in which it did something. Forgotten in
 * the transaction that changes anything of the baseline directly in the folder: a roll that is there speaks of the
 * baseline as it is now. Without one nothing is lost but time.
 */
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';

export interface FolderRoll {
  /** Digest of the names, in the order the target listed them, and of what the disk said of each. */
  readonly digest: Uint8Array;
  /** Ids of the folders directly in it. */
  readonly folderIds: readonly number[];
}

interface Sibling {
  readonly id: number;
  readonly parentId: number;
}

export class FolderRolls {
  readonly #table: Table<number, FolderRoll>;

  constructor(store: OrderedStore) {
    // Remembered, so that to forget what is not there costs nothing: a copy does that for every entry.
    this.#table = store.table('rolls', msgpackCodec<FolderRoll>(), { isRemembered: true });
  }

  get(folderId: number): FolderRoll | undefined {
    return this.#table.get(folderId);
  }

  /** Inside a transaction. */
  put(folderId: number, roll: FolderRoll): void {
    this.#table.put(folderId, roll);
  }

  /** An entry of the baseline is no longer `before` but `after`; undefined: it was not there, or is gone. */
  change(before: Sibling | undefined, after: Sibling | undefined): void {
    if (before !== undefined && before.parentId !== after?.parentId) this.#forget(before.parentId);
    if (after !== undefined) this.#forget(after.parentId);
    else if (before !== undefined) this.#forget(before.id);
  }

  /** Nothing is known of any folder. Inside a transaction. */
  clear(): void {
    this.#table.clear();
  }

  #forget(folderId: number): void {
    if (this.#table.get(folderId) !== undefined) this.#table.remove(folderId);
  }
}
