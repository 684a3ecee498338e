/**
 * The server's index of one published root: the only truth about what was published.
 *
 * Owns seven tables of one store: `entries` by (parent id, name), `places` from id to that key,
 * `order` from sequence to id (a live entry or a tombstone), `removals` from the sequence of a tombstone to
 * its time, `nodes` from inode identity to id, `sums` from folder to what its fingerprint is made of, and
 * `meta`. There is no journal beside it: "what changed since" is a range of `order`.
 *
 * Every change happens inside `transact`, gets the next sequence, and is visible together with it or
 * not at all: a kill leaves the index as it was after some transaction. A power cut may lose the last
 * ones; sequences they had used are then told apart by a new generation (see `open`).
 */
import { type Digests, type Fingerprint, identityKey, NO_NODE_NUMBER } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { joinPath, type Removal, ROOT_ID, type SourceEntry, wireBytes } from '@lanmirror/protocol';
import type { IndexEntry, Observed, StoredEntry } from './index-entry.ts';
import { IndexSums, SUMS_RULE } from './index-sums.ts';

type EntryKey = readonly [number, string];

/** [id, isTombstone] */
type Ordered = readonly [number, boolean];

interface Meta {
  readonly indexId: string;
  readonly generation: number;
  readonly opened: readonly { readonly generation: number; readonly sequence: number }[];
  readonly head: number;
  readonly lastId: number;
  /** Number of live entries, root excluded. */
  readonly entries: number;
  /** Tombstones at or below this sequence have expired. */
  readonly oldestTombstone: number;
  readonly tombstones: number;
  /** By which rule the sums were made; 0 when there are none yet. */
  readonly sums: number;
}

export interface ChangePart {
  readonly entries: SourceEntry[];
  readonly removed: Removal[];
  /** Everything up to here is in this part or before it. */
  readonly upTo: number;
}

/** Who saw an older one compares everything. */
const MAX_GENERATIONS = 1000;

/** A node that lost its name within a batch of looks and may turn up under another one. */
export interface Detached {
  readonly entry: IndexEntry;
}

export class TreeIndex {
  readonly #store: OrderedStore;
  readonly #entries: Table<EntryKey, StoredEntry>;
  readonly #places: Table<number, EntryKey>;
  readonly #order: Table<number, Ordered>;
  /** Wall-clock milliseconds at which the tombstone of a sequence was made. */
  readonly #removals: Table<number, number>;
  readonly #nodes: Table<string, number>;
  readonly #sums: IndexSums;
  readonly #metaTable: Table<string, Meta>;
  #meta: Meta;
  #isChanged = false;

  private constructor(store: OrderedStore, newIndexId: () => string) {
    this.#store = store;
    this.#entries = store.table('entries', msgpackCodec<StoredEntry>());
    this.#places = store.table('places', msgpackCodec<EntryKey>());
    this.#order = store.table('order', msgpackCodec<Ordered>());
    this.#removals = store.table('removals', msgpackCodec<number>());
    this.#nodes = store.table('nodes', msgpackCodec<number>());
    this.#sums = new IndexSums(store, (id) => this.byId(id));
    this.#metaTable = store.table('meta', msgpackCodec<Meta>());
    const meta = this.#metaTable.get('index');
    // An older index does not count its removals, or has no sums.
    this.#meta =
      meta === undefined
        ? emptyMeta(newIndexId())
        : { ...meta, tombstones: meta.tombstones ?? 0, sums: meta.sums ?? 0 };
  }

  /**
   * Opens the index in `store`, empty or as it was left, and begins a new generation: a stop may have
   * lost the last sequences, or somebody may have put back an old copy, and then sequences are issued a
   * second time. The record of where each generation began lets a cursor be judged.
   *
   * `generationStep` is by how much the generation grows, at least 1: random, so that the generations
   * which two copies of one index open have different numbers.
   */
  static open(store: OrderedStore, newIndexId: () => string, generationStep: () => number): TreeIndex {
    const index = new TreeIndex(store, newIndexId);
    const before = index.#meta;
    const generation = before.generation + generationStep();
    const opened = [...before.opened, { generation, sequence: before.head }].slice(-MAX_GENERATIONS);
    index.#saveMeta({ ...before, generation, opened });
    if (before.sums !== SUMS_RULE) index.#sumAnew();
    return index;
  }

  /** Everything issued is durable when this resolves. Call after the last change, before closing the store. */
  close(): Promise<void> {
    return this.#store.flushed();
  }

  get indexId(): string {
    return this.#meta.indexId;
  }
  get generation(): number {
    return this.#meta.generation;
  }
  get opened(): Meta['opened'] {
    return this.#meta.opened;
  }
  /** The last sequence issued. */
  get head(): number {
    return this.#meta.head;
  }
  get oldestTombstone(): number {
    return this.#meta.oldestTombstone;
  }
  /** Live entries, the root not counted. */
  get size(): number {
    return this.#meta.entries;
  }

  /** Runs `work`, whose changes become visible together. Returns what it returns; `isChanged` tells whether it issued a sequence. */
  transact<T>(work: () => T): { readonly result: T; readonly isChanged: boolean } {
    const before = this.#meta;
    this.#isChanged = false;
    try {
      const result = this.#store.transact(() => {
        const value = work();
        this.#sums.settle();
        if (this.#meta !== before) this.#metaTable.put('index', this.#meta);
        return value;
      });
      return { result, isChanged: this.#isChanged };
    } catch (error) {
      this.#meta = before;
      this.#sums.forget();
      throw error;
    }
  }

  /** Writes what is there once more. Throws StoreError while nothing can be recorded. */
  checkWritable(): void {
    this.#saveMeta(this.#meta);
  }

  root(): IndexEntry | undefined {
    return this.byId(ROOT_ID);
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
    let entry = this.root();
    if (path === '') return entry;
    for (const name of path.split('/')) {
      if (entry === undefined) return undefined;
      entry = this.child(entry.id, name);
    }
    return entry;
  }

  /** Path of an entry, '' for the root; undefined when it has none (removed or detached). */
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

  *children(parentId: number): Generator<IndexEntry> {
    yield* this.#range([parentId, ''], [parentId + 1, '']);
  }

  /** At most `limit` entries of a folder in the order of their names, those after `name`. */
  childrenAfter(parentId: number, name: string, limit: number): IndexEntry[] {
    // No name holds a NUL.
    const start = name === '' ? '' : `${name}\0`;
    return [...this.#range([parentId, start], [parentId + 1, ''], limit)];
  }

  /** The code of the tree below a folder as a mirror of it has it; undefined when there is no such folder. */
  fingerprint(folderId: number): Fingerprint | undefined {
    return this.#sums.fingerprint(this.byId(folderId), (id, start, end) =>
      this.#range([id, start], [id, end]),
    );
  }

  /** The sums of the digests of what is directly in a folder. */
  sumsOf(folderId: number): Digests {
    return this.#sums.sumsOf(folderId);
  }

  /** Number of files at and below a folder whose content hash is not known. */
  unknownBelow(folderId: number): number {
    return this.#sums.unknownBelow(folderId);
  }

  /** A new entry with a new id. */
  create(parentId: number, name: string, seen: Observed): IndexEntry {
    const isRoot = parentId === 0;
    const id = isRoot ? ROOT_ID : this.#meta.lastId + 1;
    const sequence = this.#nextSequence();
    this.#meta = {
      ...this.#meta,
      lastId: Math.max(id, this.#meta.lastId),
      entries: this.#meta.entries + (isRoot ? 0 : 1),
    };
    const entry: IndexEntry = {
      ...seen,
      id,
      parentId,
      name,
      sequence,
      version: sequence,
      hash: null,
      movedIn: 0,
    };
    this.#write(undefined, entry);
    return entry;
  }

  /** What a look found at the entry's place, as a published change. `isContent`: the content is another version. */
  update(entry: IndexEntry, seen: Observed, isContent: boolean): IndexEntry {
    const sequence = this.#nextSequence();
    const { isDamaged: _before, ...healthy } = { ...entry, ...seen, sequence };
    const changed = isContent
      ? { ...healthy, version: sequence, hash: null }
      : { ...entry, ...seen, sequence, version: entry.version, hash: entry.hash };
    this.#write(this.#unlist(entry), changed);
    return changed;
  }

  /** Publishes whether the content of a folder is known. */
  setOpaque(entry: IndexEntry, isOpaque: boolean): void {
    if ((entry.isOpaque === true) === isOpaque) return;
    const { isOpaque: _before, ...plain } = entry;
    const sequence = this.#nextSequence();
    this.#write(this.#unlist(entry), {
      ...plain,
      sequence,
      ...(isOpaque ? { isOpaque: true as const } : {}),
    });
  }

  /** Keeps what identifies the node up to date; nothing that is published changes. */
  identify(entry: IndexEntry, seen: Observed): IndexEntry {
    const changed: IndexEntry = { ...entry, ...seen };
    if (entry.ino !== seen.ino || entry.dev !== seen.dev) this.#forgetNode(entry);
    this.#write(this.#listed(entry), changed);
    return changed;
  }

  /** Remembers the hash of a version that was read; ignored when the entry has moved on. */
  learnHash(id: number, version: number, hash: Uint8Array): void {
    const entry = this.byId(id);
    if (entry === undefined || entry.version !== version || entry.hash !== null) return;
    this.#write(entry, { ...entry, hash });
  }

  /** Remembers whether the disk still gives the content of a version; ignored when the entry has moved on. */
  setDamaged(id: number, version: number, isDamaged: boolean): void {
    const entry = this.byId(id);
    if (entry?.version !== version || (entry.isDamaged === true) === isDamaged) return;
    const { isDamaged: _before, ...plain } = entry;
    this.#write(entry, isDamaged ? { ...plain, isDamaged } : plain);
  }

  /** At most `limit` entries in the order of their ids, those after `id`. */
  entriesAfter(id: number, limit: number): IndexEntry[] {
    const places = [...this.#places.range({ start: id + 1, limit })];
    return places.flatMap(({ key }) => this.byId(key) ?? []);
  }

  /** A new name and place; one entry changes, whatever is below it. */
  move(entry: IndexEntry, parentId: number, name: string): IndexEntry {
    if (this.#isWithin(parentId, entry.id))
      throw new Error(`index: entry ${entry.id} cannot move into itself`);
    const sequence = this.#nextSequence();
    const movedIn = parentId === entry.parentId ? entry.movedIn : sequence;
    const moved: IndexEntry = { ...entry, parentId, name, sequence, movedIn };
    this.#write(this.#unlist(entry), moved);
    return moved;
  }

  /** Takes an entry off its name without publishing anything yet: it may turn up elsewhere (`move`) or not (`remove`). */
  detach(entry: IndexEntry): Detached {
    this.#sums.change(this.#listed(entry), undefined);
    this.#entries.remove([entry.parentId, entry.name]);
    return { entry };
  }

  /**
   * Removes an entry and all below it. Returns how many entries went.
   *
   * One tombstone stands for everything that was created below it. What came from another folder gets
   * one of its own: a client that has not heard of that move still has it at its old place. `wallMs` is
   * the time from which they are kept.
   */
  remove(entry: IndexEntry, wallMs: number): number {
    const ids = [entry.id];
    const gone = this.#drop(entry, ids);
    for (const id of ids) {
      const sequence = this.#nextSequence();
      this.#order.put(sequence, [id, true]);
      this.#removals.put(sequence, wallMs);
    }
    const { entries, tombstones } = this.#meta;
    this.#meta = { ...this.#meta, entries: entries - gone, tombstones: tombstones + ids.length };
    return gone;
  }

  /**
   * Forgets removals of before `beforeMs`, and the oldest ones as long as there are more than `maxCount`;
   * at most `limit` of them. Returns whether there are more to forget. A cursor that is older than what was
   * forgotten is of no use any more (`oldestTombstone`).
   */
  expireTombstones(beforeMs: number, maxCount: number, limit: number): boolean {
    let forgotten = 0;
    for (const { key, value } of [...this.#removals.range({ limit })]) {
      if (value >= beforeMs && this.#meta.tombstones <= maxCount) return false;
      this.#order.remove(key);
      this.#removals.remove(key);
      this.#meta = { ...this.#meta, oldestTombstone: key, tombstones: this.#meta.tombstones - 1 };
      forgotten += 1;
    }
    return forgotten === limit;
  }

  /** Number of entries at and below one. */
  countBelow(entry: IndexEntry): number {
    let count = 1;
    if (entry.kind === 'directory')
      for (const child of this.children(entry.id)) count += this.countBelow(child);
    return count;
  }

  /**
   * The changes after `sequence`, in order, at most `limit` of them and about `maxBytes` on the wire.
   * Tombstones up to `skipRemovedTo` are left out: a view that starts from nothing has no use for them.
   */
  changesSince(sequence: number, limit: number, maxBytes: number, skipRemovedTo = 0): ChangePart {
    const part: ChangePart = { entries: [], removed: [], upTo: sequence };
    let upTo = sequence;
    let bytes = 0;
    let count = 0;
    for (const { key, value } of this.#order.range({ start: sequence + 1, limit })) {
      const [id, isTombstone] = value;
      if (isTombstone) {
        if (key > skipRemovedTo) part.removed.push({ id, sequence: key });
        bytes += 20;
      } else {
        const entry = this.byId(id);
        if (entry === undefined)
          throw new Error(`index: sequence ${key} names entry ${id}, which does not exist`);
        part.entries.push(toSourceEntry(entry));
        bytes += wireBytes(entry);
      }
      upTo = key;
      count += 1;
      if (bytes >= maxBytes) return { ...part, upTo };
    }
    // The last ones may be of removals that are forgotten.
    return { ...part, upTo: count < limit ? this.head : upTo };
  }

  #isWithin(id: number, ancestorId: number): boolean {
    for (let at = id; at !== ROOT_ID && at !== 0; at = this.#places.get(at)?.[0] ?? 0)
      if (at === ancestorId) return true;
    return false;
  }

  #drop(entry: IndexEntry, movedIn: number[]): number {
    let gone = 1;
    if (entry.kind === 'directory') {
      for (const child of [...this.children(entry.id)]) {
        if (child.movedIn > 0) movedIn.push(child.id);
        gone += this.#drop(child, movedIn);
      }
    }
    const listed = this.#listed(entry);
    this.#sums.change(listed, undefined);
    if (listed !== undefined) this.#entries.remove([entry.parentId, entry.name]);
    this.#places.remove(entry.id);
    this.#order.remove(entry.sequence);
    this.#forgetNode(entry);
    return gone;
  }

  /** The entry as it stands under its name; undefined while it is detached. */
  #listed({ id, parentId, name }: IndexEntry): IndexEntry | undefined {
    const entry = this.child(parentId, name);
    return entry?.id === id ? entry : undefined;
  }

  /** Takes an entry out of everything that its next `#write` puts in anew; returns it as it stood under its name. */
  #unlist(entry: IndexEntry): IndexEntry | undefined {
    const listed = this.#listed(entry);
    if (listed !== undefined) this.#entries.remove([entry.parentId, entry.name]);
    this.#order.remove(entry.sequence);
    this.#forgetNode(entry);
    return listed;
  }

  #forgetNode(entry: IndexEntry): void {
    const key = identityKey(entry);
    if (this.#nodes.get(key) === entry.id) this.#nodes.remove(key);
  }

  /** `before`: as it stood under its name. */
  #write(before: IndexEntry | undefined, entry: IndexEntry): void {
    this.#sums.change(before, entry);
    const { parentId, name, ...stored } = entry;
    this.#entries.put([parentId, name], stored);
    this.#places.put(entry.id, [parentId, name]);
    this.#order.put(entry.sequence, [entry.id, false]);
    const isFindable = entry.ino !== NO_NODE_NUMBER && (entry.kind === 'directory' || entry.links === 1);
    if (isFindable) this.#nodes.put(identityKey(entry), entry.id);
  }

  *#range(start?: EntryKey, end?: EntryKey, limit?: number): Generator<IndexEntry> {
    const range = { ...(start && { start }), ...(end && { end }), ...(limit && { limit }) };
    for (const { key, value } of this.#entries.range(range))
      yield { ...value, parentId: key[0], name: key[1] };
  }

  #sumAnew(): void {
    this.#store.transact(() => {
      this.#sums.sumAnew(this.#range());
      this.#meta = { ...this.#meta, sums: SUMS_RULE };
      this.#metaTable.put('index', this.#meta);
    });
  }

  #nextSequence(): number {
    this.#isChanged = true;
    this.#meta = { ...this.#meta, head: this.#meta.head + 1 };
    return this.#meta.head;
  }

  #saveMeta(meta: Meta): void {
    this.#meta = meta;
    this.#store.transact(() => this.#metaTable.put('index', meta));
  }
}

function emptyMeta(indexId: string): Meta {
  return {
    indexId,
    generation: 0,
    opened: [],
    head: 0,
    lastId: ROOT_ID,
    entries: 0,
    oldestTombstone: 0,
    tombstones: 0,
    sums: 0,
  };
}

/** The part of an index entry that goes over the wire. */
export function toSourceEntry(entry: IndexEntry): SourceEntry {
  const { id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget } = entry;
  const plain = { id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget };
  return entry.isOpaque === true ? { ...plain, isOpaque: true } : plain;
}
