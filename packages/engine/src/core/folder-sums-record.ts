/** How the sums of a folder are kept in a table whose values cannot be numbers of that size. */
import type { Digests } from './fingerprint.ts';
import type { FolderSums, FolderSumsTable } from './fingerprint-tree.ts';

/** [sum, unknown], the sum in hexadecimal. */
type StoredDigests = readonly [string, number];

/** The sums of the children; for what is in another folder, that folder's id and what was added to it. */
export type StoredFolderSums = readonly [StoredDigests] | readonly [StoredDigests, number, StoredDigests];

/** What is needed of the table. */
export interface StoredFolderSumsTable {
  get(id: number): StoredFolderSums | undefined;
  put(id: number, stored: StoredFolderSums): void;
  remove(id: number): void;
}

/** A table of sums in a table of their stored form. */
export function folderSumsTable(stored: StoredFolderSumsTable): FolderSumsTable {
  return {
    get(id) {
      const row = stored.get(id);
      return row && fromStored(row);
    },
    put: (id, sums) => stored.put(id, toStored(sums)),
    remove: (id) => stored.remove(id),
  };
}

export function toStored({ children, added }: FolderSums): StoredFolderSums {
  if (added === null) return [digestsToStored(children)];
  return [digestsToStored(children), added.parentId, digestsToStored(added.digests)];
}

export function fromStored([children, parentId, added]: StoredFolderSums): FolderSums {
  const isInFolder = parentId !== undefined && added !== undefined;
  return {
    children: digestsFromStored(children),
    added: isInFolder ? { parentId, digests: digestsFromStored(added) } : null,
  };
}

function digestsToStored({ sum, unknown }: Digests): StoredDigests {
  return [sum.toString(16), unknown];
}

function digestsFromStored([sum, unknown]: StoredDigests): Digests {
  return { sum: BigInt(`0x${sum}`), unknown };
}
