/**
 * The entries of the index by id, by name and by node.
 *
 * Owns three tables of the index's store, which are written within its transactions: `entries` by id, `names` from
 * (parent id, name) to id, and `nodes` from inode identity to id; those of nodes with several names are in the tables of
 * `IndexLinks`. An entry that is detached keeps its row, but nothing stands under its name; that lasts no longer than
 * the transaction.
 */

import { joinPath, ROOT_ID } from '@lanmirror/protocol';
import { identityKey, NO_NODE_NUMBER } from '../../core/index.ts';
import { numberCodec, type OrderedStore, type Table } from '../../store/index.ts';
import { entryCodec } from './entry-codec.ts';
import type { IndexEntry } from './index-entry.ts';
import { IndexLinks } from './index-links.ts';

type NameKey = readonly [number, string];

/** What a batch of looks or of learned hashes asks for again; more of them would only grow old. */
const REMEMBERED = { isRemembered: true, rememberedValues: 512 };

export class IndexRows {
  /** Entries that are names of one node. */
  readonly links: IndexLinks;
  readonly #entries: Table<number, IndexEntry>;
  readonly #names: Table<NameKey, number>;
  readonly #nodes: Table<string, number>;
  readonly #detached = new Set<number>();

  constructor(store: OrderedStore) {
    this.#entries = store.table('entries', entryCodec(), REMEMBERED);
    this.#names = store.table('names', numberCodec(), REMEMBERED);
    this.#nodes = store.table('nodes', numberCodec());
    this.links = new IndexLinks(store, {
      byId: (id) => this.byId(id),
      byNode: (node) => this.#byNodeKey(node),
    });
  }

  child(parentId: number, name: string): IndexEntry | undefined {
    const id = this.#names.get([parentId, name]);
    return id === undefined ? undefined : this.#entries.get(id);
  }

  /** Undefined while it is detached, too. */
  byId(id: number): IndexEntry | undefined {
    return this.#detached.has(id) ? undefined : this.#entries.get(id);
  }

  /** The entry last seen as this inode, whether or not it still is. */
  byNode(node: { readonly dev: bigint; readonly ino: bigint }): IndexEntry | undefined {
    return this.#byNodeKey(identityKey(node));
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
      const entry = this.#entries.get(at);
      if (entry === undefined) return undefined;
      names.push(entry.name);
      at = entry.parentId;
    }
    return names.reverse().reduce(joinPath, '');
  }

  isWithin(id: number, ancestorId: number): boolean {
    for (let at = id; at !== ROOT_ID && at !== 0; at = this.#entries.get(at)?.parentId ?? 0)
      if (at === ancestorId) return true;
    return false;
  }

  *all(): Generator<IndexEntry> {
    for (const { value } of this.#entries.range()) yield value;
  }

  children(parentId: number): Generator<IndexEntry> {
    return this.#named([parentId, ''], [parentId + 1, '']);
  }

  /** Their ids by name. */
  idsIn(parentId: number): Map<string, number> {
    const ids = new Map<string, number>();
    const range = this.#names.range({ start: [parentId, ''], end: [parentId + 1, ''] });
    for (const { key, value } of range) ids.set(key[1], value);
    return ids;
  }

  /** Those of a folder from the name `start` on and before `end`, in the order of their names. */
  childrenBetween(parentId: number, start: string, end: string): Generator<IndexEntry> {
    return this.#named([parentId, start], [parentId, end]);
  }

  /** At most `limit` entries of a folder in the order of their names, those after `name`. */
  childrenAfter(parentId: number, name: string, limit: number): IndexEntry[] {
    // No name holds a NUL.
    const start = name === '' ? '' : `${name}\0`;
    return [...this.#named([parentId, start], [parentId + 1, ''], limit)];
  }

  /** At most `limit` entries in the order of their ids, those after `id`. */
  entriesAfter(id: number, limit: number): IndexEntry[] {
    return Array.from(this.#entries.range({ start: id + 1, limit }), ({ value }) => value);
  }

  /** Number of entries at and below one. */
  countBelow(entry: IndexEntry): number {
    let count = 1;
    if (entry.kind === 'directory')
      for (const child of this.children(entry.id)) count += this.countBelow(child);
    return count;
  }

  /** A new entry. */
  add(entry: IndexEntry): void {
    this.#entries.put(entry.id, entry);
    this.#names.put([entry.parentId, entry.name], entry.id);
    if (isPaired(entry)) this.#nodes.put(identityKey(entry), entry.id);
    this.links.change(undefined, entry);
  }

  /** The entry is another now, at any place and as any node. One that is detached has a name again. */
  replace(entry: IndexEntry): void {
    const { id, parentId, name } = entry;
    const before = this.#entries.get(id);
    const isElsewhere = before?.parentId !== parentId || before.name !== name;
    if (before !== undefined && isElsewhere) this.#removeName(before);
    const wasDetached = this.#detached.delete(id);
    if (isElsewhere || wasDetached) this.#names.put([parentId, name], id);
    if (before !== undefined && !(isPaired(entry) && identityKey(before) === identityKey(entry)))
      this.#removeNode(before);
    if (isPaired(entry)) this.#nodes.put(identityKey(entry), id);
    this.links.change(before, entry);
    this.#entries.put(id, entry);
  }

  /** More is known of the entry, which is the same node at the same place. */
  supplement(entry: IndexEntry): void {
    this.#entries.put(entry.id, entry);
  }

  /** Nothing stands under this entry's name any more. */
  detach(entry: IndexEntry): void {
    this.#removeName(entry);
    this.#detached.add(entry.id);
  }

  remove(entry: IndexEntry): void {
    this.#removeName(entry);
    this.#removeNode(entry);
    this.links.change(entry, undefined);
    this.#entries.remove(entry.id);
    this.#detached.delete(entry.id);
  }

  /** The transaction was undone. */
  forget(): void {
    this.#detached.clear();
    this.links.forget();
  }

  #byNodeKey(key: string): IndexEntry | undefined {
    const id = this.#nodes.get(key);
    return id === undefined ? undefined : this.byId(id);
  }

  #removeName({ id, parentId, name }: IndexEntry): void {
    // It may be another's by now.
    if (this.#names.get([parentId, name]) === id) this.#names.remove([parentId, name]);
  }

  /** The entry is not this node any more. */
  #removeNode(entry: IndexEntry): void {
    const key = identityKey(entry);
    if (this.#nodes.get(key) === entry.id) this.#nodes.remove(key);
  }

  *#named(start: NameKey, end: NameKey, limit?: number): Generator<IndexEntry> {
    for (const { value } of this.#names.range({ start, end, ...(limit && { limit }) })) {
      const entry = this.#entries.get(value);
      if (entry !== undefined) yield entry;
    }
  }
}

/** Names of a file with several links come and go independently, and some disks keep no numbers: not found by its node. */
function isPaired({ kind, ino, links }: IndexEntry): boolean {
  return ino !== NO_NODE_NUMBER && (kind === 'directory' || links === 1);
}
