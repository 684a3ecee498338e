/**
 * The entries of the index by name, by id and by node.
 *
 * Owns three tables of the index's store, which are written within its transactions: `entries` by (parent id,
 * name), `places` from id to that key, and `nodes` from inode identity to id. An entry that is detached keeps its
 * place, but nothing stands under its name.
 */
import { identityKey, NO_NODE_NUMBER } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { joinPath, ROOT_ID } from '@lanmirror/protocol';
import type { IndexEntry, StoredEntry } from './index-entry.ts';

type EntryKey = readonly [number, string];

export class IndexRows {
  readonly #entries: Table<EntryKey, StoredEntry>;
  readonly #places: Table<number, EntryKey>;
  readonly #nodes: Table<string, number>;

  constructor(store: OrderedStore) {
    this.#entries = store.table('entries', msgpackCodec<StoredEntry>(), { isRemembered: true });
    this.#places = store.table('places', msgpackCodec<EntryKey>(), { isRemembered: true });
    this.#nodes = store.table('nodes', msgpackCodec<number>());
  }

  child(parentId: number, name: string): IndexEntry | undefined {
    const stored = this.#entries.get([parentId, name]);
    return stored && { ...stored, parentId, name };
  }

  byId(id: number): IndexEntry | undefined {
    const place = this.#places.get(id);
    const entry = place && this.child(place[0], place[1]);
    return entry?.id === id ? entry : undefined;
  }

  /** The entry last seen as this inode, whether or not it still is. */
  byNode(node: { readonly dev: bigint; readonly ino: bigint }): IndexEntry | undefined {
    const id = this.#nodes.get(identityKey(node));
    return id === undefined ? undefined : this.byId(id);
  }

  /** The entry at a path, walking down from the root. */
  byPath(path: string): IndexEntry | undefined {
    let entry = this.byId(ROOT_ID);
    if (path === '') return entry;
    for (const name of path.split('/')) {
      if (entry === undefined) return undefined;
      entry = this.child(entry.id, name);
    }
    return entry;
  }

  /** Path of an entry, '' for the root; undefined when it has none (removed). */
  pathOf(id: number): string | undefined {
    const names: string[] = [];
    for (let at = id; at !== ROOT_ID; ) {
      const place = this.#places.get(at);
      if (place === undefined) return undefined;
      names.push(place[1]);
      at = place[0];
    }
    return names.reverse().reduce(joinPath, '');
  }

  isWithin(id: number, ancestorId: number): boolean {
    for (let at = id; at !== ROOT_ID && at !== 0; at = this.#places.get(at)?.[0] ?? 0)
      if (at === ancestorId) return true;
    return false;
  }

  all(): Generator<IndexEntry> {
    return this.#range();
  }

  children(parentId: number): Generator<IndexEntry> {
    return this.#range([parentId, ''], [parentId + 1, '']);
  }

  /** Those of a folder from the name `start` on and before `end`, in the order of their names. */
  childrenBetween(parentId: number, start: string, end: string): Generator<IndexEntry> {
    return this.#range([parentId, start], [parentId, end]);
  }

  /** At most `limit` entries of a folder in the order of their names, those after `name`. */
  childrenAfter(parentId: number, name: string, limit: number): IndexEntry[] {
    // No name holds a NUL.
    const start = name === '' ? '' : `${name}\0`;
    return [...this.#range([parentId, start], [parentId + 1, ''], limit)];
  }

  /** At most `limit` entries in the order of their ids, those after `id`. */
  entriesAfter(id: number, limit: number): IndexEntry[] {
    const places = [...this.#places.range({ start: id + 1, limit })];
    return places.flatMap(({ key }) => this.byId(key) ?? []);
  }

  /** Number of entries at and below one. */
  countBelow(entry: IndexEntry): number {
    let count = 1;
    if (entry.kind === 'directory')
      for (const child of this.children(entry.id)) count += this.countBelow(child);
    return count;
  }

  /** The entry as it stands under its name; undefined while it is detached. */
  listed({ id, parentId, name }: IndexEntry): IndexEntry | undefined {
    const entry = this.child(parentId, name);
    return entry?.id === id ? entry : undefined;
  }

  put(entry: IndexEntry): void {
    const { parentId, name, ...stored } = entry;
    this.#entries.put([parentId, name], stored);
    this.#places.put(entry.id, [parentId, name]);
    const isFindable = entry.ino !== NO_NODE_NUMBER && (entry.kind === 'directory' || entry.links === 1);
    if (isFindable) this.#nodes.put(identityKey(entry), entry.id);
  }

  /** Nothing stands under this entry's name any more. */
  removeName({ parentId, name }: IndexEntry): void {
    this.#entries.remove([parentId, name]);
  }

  removePlace({ id }: IndexEntry): void {
    this.#places.remove(id);
  }

  /** The entry is not this node any more. */
  removeNode(entry: IndexEntry): void {
    const key = identityKey(entry);
    if (this.#nodes.get(key) === entry.id) this.#nodes.remove(key);
  }

  *#range(start?: EntryKey, end?: EntryKey, limit?: number): Generator<IndexEntry> {
    const range = { ...(start && { start }), ...(end && { end }), ...(limit && { limit }) };
    for (const { key, value } of this.#entries.range(range))
      yield { ...value, parentId: key[0], name: key[1] };
  }
}
