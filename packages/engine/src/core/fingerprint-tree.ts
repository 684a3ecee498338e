/**
 * Keeps the fingerprint of a tree current while the tree changes: a change costs a few hashes for each
 * folder above it, whatever the tree holds.
 *
 * Owns one row for each folder: the sums of its children and what it has added to its own folder's sum.
 * Changes are gathered by `change` and brought up to the root by `settle`, once for a whole transaction;
 * whoever rolls the transaction back calls `forget`.
 */
import { MAX_PATH_DEPTH } from '@lanmirror/protocol';
import {
  addDigests,
  type Digests,
  digestsOf,
  type Fingerprint,
  type FingerprintFacts,
  fingerprintOf,
  type HashText,
  isSameButContent,
  isSameDigests,
  NO_DIGESTS,
  subtractDigests,
} from './fingerprint.ts';

/** An entry with its place in the tree. */
export interface FingerprintEntry extends FingerprintFacts {
  readonly id: number;
  readonly parentId: number;
}

/** What is remembered of a folder. */
export interface FolderSums {
  readonly children: Digests;
  /** What it has added to the sums of which folder; null for the root, and for what has gone. */
  readonly added: { readonly parentId: number; readonly digests: Digests } | null;
}

export interface FolderSumsTable {
  get(id: number): FolderSums | undefined;
  put(id: number, sums: FolderSums): void;
  remove(id: number): void;
}

const NEW_FOLDER: FolderSums = { children: NO_DIGESTS, added: null };

export class FingerprintTree {
  readonly #table: FolderSumsTable;
  readonly #hash: HashText;
  readonly #rootId: () => number;
  /** Rows changed since the last `settle`. */
  readonly #rows = new Map<number, FolderSums>();
  readonly #touched = new Set<number>();

  /** `rootId`: whose own facts count for no other folder. */
  constructor(table: FolderSumsTable, hash: HashText, rootId: () => number) {
    this.#table = table;
    this.#hash = hash;
    this.#rootId = rootId;
  }

  /** An entry is no longer as `before` (undefined: it was not there) but as `after` (undefined: it is gone). */
  change(before: FingerprintEntry | undefined, after: FingerprintEntry | undefined): void {
    if (before !== undefined && after !== undefined && isSame(before, after)) return;
    if (before !== undefined) this.#leave(before);
    if (after !== undefined) this.#enter(after);
  }

  /** Brings all changes up to the root. `now` gives an entry as it is now. */
  settle(now: (id: number) => FingerprintEntry | undefined): void {
    if (this.#rows.size === 0 && this.#touched.size === 0) return;
    const find = remembering(now);
    while (this.#touched.size > 0) {
      const depths = new Map([...this.#touched].map((id) => [id, depthOf(id, find)]));
      let deepest = 0;
      for (const depth of depths.values()) deepest = Math.max(deepest, depth);
      for (const [id, depth] of depths) {
        // What stands in a ring belongs to no tree, and would be raised for ever.
        if (depth === Number.POSITIVE_INFINITY) this.#touched.delete(id);
        else if (depth === deepest) this.#raise(id, find);
      }
    }
    for (const [id, row] of this.#rows) {
      if (row.added === null && isSameDigests(row.children, NO_DIGESTS) && find(id) === undefined)
        this.#table.remove(id);
      else this.#table.put(id, row);
    }
    this.#rows.clear();
  }

  /** The changes since the last `settle` did not happen. */
  forget(): void {
    this.#rows.clear();
    this.#touched.clear();
  }

  /** The code of the tree below a folder. Call when settled. Its children in `without` do not count. */
  fingerprint(root: FingerprintEntry, without: Iterable<FingerprintEntry> = []): Fingerprint {
    let { children } = this.#row(root.id);
    for (const entry of without) {
      const below = entry.kind === 'directory' ? this.#row(entry.id).children : NO_DIGESTS;
      children = subtractDigests(children, digestsOf(entry, below, this.#hash));
    }
    return fingerprintOf(root, children, this.#hash);
  }

  /** Number of files at and below a folder whose content hash is unknown. Call when settled. */
  unknownBelow(folderId: number): number {
    return this.#row(folderId).children.unknown;
  }

  /** The sums of what is directly in a folder; of what is none, those of nothing. Call when settled. */
  sumsOf(folderId: number): Digests {
    return this.#row(folderId).children;
  }

  #enter(entry: FingerprintEntry): void {
    if (entry.kind === 'directory') this.#touched.add(entry.id);
    else this.#add(entry.parentId, digestsOf(entry, NO_DIGESTS, this.#hash));
  }

  #leave(entry: FingerprintEntry): void {
    if (entry.kind === 'directory') this.#touched.add(entry.id);
    else this.#take(entry.parentId, digestsOf(entry, NO_DIGESTS, this.#hash));
  }

  /** Puts what a folder adds to the folder above it right. */
  #raise(id: number, find: (id: number) => FingerprintEntry | undefined): void {
    this.#touched.delete(id);
    const row = this.#row(id);
    const entry = id === this.#rootId() ? undefined : find(id);
    const digests = entry?.kind === 'directory' ? digestsOf(entry, row.children, this.#hash) : undefined;
    const { added } = row;
    const isSame =
      added === null
        ? digests === undefined
        : digests !== undefined &&
          added.parentId === entry?.parentId &&
          isSameDigests(added.digests, digests);
    if (isSame) return;
    if (added !== null) this.#take(added.parentId, added.digests);
    const next = digests === undefined || entry === undefined ? null : { parentId: entry.parentId, digests };
    this.#rows.set(id, { children: this.#row(id).children, added: next });
    if (next !== null) this.#add(next.parentId, digests ?? NO_DIGESTS);
  }

  #add(folderId: number, digests: Digests): void {
    const row = this.#row(folderId);
    this.#rows.set(folderId, { ...row, children: addDigests(row.children, digests) });
    this.#touched.add(folderId);
  }

  #take(folderId: number, digests: Digests): void {
    const row = this.#row(folderId);
    this.#rows.set(folderId, { ...row, children: subtractDigests(row.children, digests) });
    this.#touched.add(folderId);
  }

  #row(id: number): FolderSums {
    return this.#rows.get(id) ?? this.#table.get(id) ?? NEW_FOLDER;
  }
}

/** Whether both count alike: then there is nothing to do, which is most often so. */
function isSame(a: FingerprintEntry, b: FingerprintEntry): boolean {
  if (a.id !== b.id || a.parentId !== b.parentId || !isSameButContent(a, b)) return false;
  return a.kind !== 'file' || isSameHash(a.hash, b.hash);
}

function isSameHash(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function remembering<T>(find: (id: number) => T): (id: number) => T {
  const found = new Map<number, T>();
  return (id) => {
    if (!found.has(id)) found.set(id, find(id));
    return found.get(id) as T;
  };
}

/** Steps up to where the way ends; endless for a ring, which no tree has. */
function depthOf(id: number, find: (id: number) => FingerprintEntry | undefined): number {
  let depth = 0;
  for (let entry = find(id); entry !== undefined; entry = find(entry.parentId)) {
    depth += 1;
    if (depth > MAX_PATH_DEPTH + 1) return Number.POSITIVE_INFINITY;
  }
  return depth;
}
