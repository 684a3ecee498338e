/**
 * The server's index of one published root: the only truth about what was published.
 *
 * Owns the tables of one store, through those who know them: `entries`, `names` and `nodes` (`IndexRows`), `link-names` and
 * `outer-links` (`IndexLinks`), `order` and `removals` (`ChangeOrder`), `sums` (`IndexSums`), and `meta`. There is no journal beside it: "what
 * changed since" is a range of `order`.
 *
 * Every change happens inside `transact`, gets the next sequence, and is visible together with it or
 * not at all: a kill leaves the index as it was after some transaction. A power cut may lose the last
 * ones; sequences they had used are then told apart by a new generation (see `open`).
 */

import { ROOT_ID } from '@lanmirror/protocol';
import type { Digests, Fingerprint, OpenJudgement } from '../../core/index.ts';
import { msgpackCodec, type OrderedStore, type Table } from '../../store/index.ts';
import { ChangeOrder, type ChangePart } from './change-order.ts';
import {
  createdEntry,
  damagedEntry,
  excludedEntry,
  movedEntry,
  opaqueEntry,
  updatedEntry,
} from './entry-change.ts';
import type { IndexEntry, Observed } from './index-entry.ts';
import { LINKS_RULE, type OuterLink } from './index-links.ts';
import {
  createdMeta,
  emptyMeta,
  expiredMeta,
  type IndexMeta,
  issuedMeta,
  judgedMeta,
  openedMeta,
  readableMeta,
  removedMeta,
} from './index-meta.ts';
import { IndexRows } from './index-rows.ts';
import { IndexSums, SUMS_RULE } from './index-sums.ts';

/** Entries of an index that was made without them, of which the links are found in one transaction. */
const LINKS_SLICE = 1000;

/** What a transaction came to. */
export interface Transacted<T> {
  readonly result: T;
  /** It issued a sequence. */
  readonly isChanged: boolean;
  /** Ids of further names of nodes that changed: what the index has of these may not be so any more. */
  readonly otherNames: readonly number[];
}

export class TreeIndex {
  readonly #store: OrderedStore;
  readonly #rows: IndexRows;
  readonly #order: ChangeOrder;
  readonly #sums: IndexSums;
  readonly #metaTable: Table<string, IndexMeta>;
  #meta: IndexMeta;
  #isChanged = false;

  private constructor(store: OrderedStore, newIndexId: () => string) {
    this.#store = store;
    this.#rows = new IndexRows(store);
    this.#order = new ChangeOrder(store);
    this.#sums = new IndexSums(store, (id) => this.byId(id));
    this.#metaTable = store.table('meta', msgpackCodec<IndexMeta>());
    this.#meta = readableMeta(this.#metaTable.get('index') ?? emptyMeta(newIndexId()));
  }

  /**
   * Opens the index in `store`, empty or as it was left, and begins a new generation: a stop may have
   * lost the last sequences, or somebody may have put back an old copy, and then sequences are issued a
   * second time. The record of where each generation began lets a cursor be judged.
   *
   * `generationStep` is by how much the generation grows, at least 1: random, so that the generations
   * which two copies of one index open have different numbers.
   * @throws StoreError OTHER_FORMAT for an index that is laid out otherwise.
   */
  static open(store: OrderedStore, newIndexId: () => string, generationStep: () => number): TreeIndex {
    const index = new TreeIndex(store, newIndexId);
    index.#saveMeta(openedMeta(index.#meta, generationStep()));
    if (index.#meta.sums !== SUMS_RULE) index.#sumAnew();
    if (index.#meta.links !== LINKS_RULE) index.#linkAnew();
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
  get opened(): IndexMeta['opened'] {
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

  /** What of a loss no whole scan has settled yet, in this life or an earlier one; undefined when nothing is in doubt. */
  get judgement(): OpenJudgement | undefined {
    return this.#meta.judgement;
  }

  /** Remembers it over a kill. Throws StoreError while nothing can be recorded. */
  noteJudgement(open: OpenJudgement | undefined): void {
    const known = this.#meta.judgement;
    if (known?.doubt === open?.doubt && known?.indexed === open?.indexed) return;
    this.#saveMeta(judgedMeta(this.#meta, open));
  }

  /** Runs `work`, whose changes become visible together. */
  transact<T>(work: () => T): Transacted<T> {
    const before = this.#meta;
    this.#isChanged = false;
    try {
      return this.#store.transact(() => {
        const result = work();
        this.#sums.settle();
        const otherNames = this.#rows.links.settle();
        if (this.#meta !== before) this.#metaTable.put('index', this.#meta);
        return { result, isChanged: this.#isChanged, otherNames };
      });
    } catch (error) {
      this.#meta = before;
      this.#sums.forget();
      this.#rows.forget();
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
    return this.#rows.child(parentId, name);
  }

  byId(id: number): IndexEntry | undefined {
    return this.#rows.byId(id);
  }

  /** The entry last seen as this inode, whether or not it still is. */
  byNode(node: { readonly dev: bigint; readonly ino: bigint }): IndexEntry | undefined {
    return this.#rows.byNode(node);
  }

  /** The entry at a path, walking down from the root. */
  byPath(path: string): IndexEntry | undefined {
    return this.#rows.byPath(path);
  }

  /** Path of an entry, '' for the root; undefined when it has none (removed). */
  pathOf(id: number): string | undefined {
    return this.#rows.pathOf(id);
  }

  children(parentId: number): Generator<IndexEntry> {
    return this.#rows.children(parentId);
  }

  /** The ids of what is in a folder, by name. */
  idsIn(parentId: number): Map<string, number> {
    return this.#rows.idsIn(parentId);
  }

  /** At most `limit` entries of a folder in the order of their names, those after `name`. */
  childrenAfter(parentId: number, name: string, limit: number): IndexEntry[] {
    return this.#rows.childrenAfter(parentId, name, limit);
  }

  /** At most `limit` entries in the order of their ids, those after `id`. */
  entriesAfter(id: number, limit: number): IndexEntry[] {
    return this.#rows.entriesAfter(id, limit);
  }

  /** At most `limit` nodes that have a name which the index does not have, in their order, those after `node` ('': all). */
  outerLinksAfter(node: string, limit: number): OuterLink[] {
    return this.#rows.links.outerAfter(node, limit);
  }

  /** Number of entries at and below one. */
  countBelow(entry: IndexEntry): number {
    return this.#rows.countBelow(entry);
  }

  /** The code of the tree below a folder as a mirror of it has it; undefined when there is no such folder. */
  fingerprint(folderId: number): Fingerprint | undefined {
    return this.#sums.fingerprint(this.byId(folderId), (id, start, end) =>
      this.#rows.childrenBetween(id, start, end),
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
    const id = parentId === 0 ? ROOT_ID : this.#meta.lastId + 1;
    const entry = createdEntry({ id, parentId, name }, seen, this.#nextSequence());
    this.#meta = createdMeta(this.#meta, id);
    this.#sums.change(undefined, entry);
    this.#rows.add(entry);
    this.#order.put(entry);
    return entry;
  }

  /** What a look found at the entry's place, as a published change. `isContent`: the content is another version. */
  update(entry: IndexEntry, seen: Observed, isContent: boolean): IndexEntry {
    return this.#publish(entry, updatedEntry(entry, seen, this.#nextSequence(), isContent));
  }

  /** Publishes whether the content of a folder is known. */
  setOpaque(entry: IndexEntry, isOpaque: boolean): void {
    if ((entry.isOpaque === true) === isOpaque) return;
    this.#publish(entry, opaqueEntry(entry, isOpaque, this.#nextSequence()));
  }

  /** Publishes that the content of a file is left out, or is not any more. */
  setExcluded(entry: IndexEntry, isExcluded: boolean): void {
    if ((entry.isExcluded === true) === isExcluded) return;
    this.#publish(entry, excludedEntry(entry, isExcluded, this.#nextSequence()));
  }

  /** Keeps what identifies the node up to date; nothing that is published changes. */
  identify(entry: IndexEntry, seen: Observed): IndexEntry {
    const changed: IndexEntry = { ...entry, ...seen };
    this.#sums.change(this.byId(entry.id), changed);
    this.#rows.replace(changed);
    return changed;
  }

  /** Remembers the hash of a version that was read; ignored when the entry has moved on. */
  learnHash(id: number, version: number, hash: Uint8Array): void {
    const entry = this.byId(id);
    if (entry === undefined || entry.version !== version || entry.hash !== null) return;
    // What is remembered of a row must be what is read from it: a plain Uint8Array of its own.
    this.#supplement(entry, { ...entry, hash: new Uint8Array(hash) });
  }

  /** Remembers whether the disk still gives the content of a version; ignored when the entry has moved on. */
  setDamaged(id: number, version: number, isDamaged: boolean): void {
    const entry = this.byId(id);
    if (entry?.version !== version || (entry.isDamaged === true) === isDamaged) return;
    this.#supplement(entry, damagedEntry(entry, isDamaged));
  }

  /** A new name and place; one entry changes, whatever is below it. */
  move(entry: IndexEntry, parentId: number, name: string): IndexEntry {
    if (this.#rows.isWithin(parentId, entry.id))
      throw new Error(`index: entry ${entry.id} cannot move into itself`);
    return this.#publish(entry, movedEntry(entry, parentId, name, this.#nextSequence()));
  }

  /** Takes an entry off its name without publishing anything yet: it may turn up elsewhere (`move`) or not (`remove`). */
  detach(entry: IndexEntry): void {
    this.#sums.change(this.byId(entry.id), undefined);
    this.#rows.detach(entry);
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
    for (const id of ids) this.#order.putTombstone(this.#nextSequence(), id, wallMs);
    this.#meta = removedMeta(this.#meta, gone, ids.length);
    return gone;
  }

  /**
   * Forgets removals of before `beforeMs`, and the oldest ones as long as there are more than `maxCount`;
   * at most `limit` of them. Returns whether there are more to forget. A cursor that is older than what was
   * forgotten is of no use any more (`oldestTombstone`).
   */
  expireTombstones(beforeMs: number, maxCount: number, limit: number): boolean {
    const expired = this.#order.expire(beforeMs, this.#meta.tombstones - maxCount, limit);
    if (expired.length > 0) this.#meta = expiredMeta(this.#meta, expired);
    return expired.length === limit;
  }

  /**
   * The changes after `sequence`, in order, at most `limit` of them and about `maxBytes` on the wire.
   * Tombstones up to `skipRemovedTo` are left out: a view that starts from nothing has no use for them.
   */
  changesSince(sequence: number, limit: number, maxBytes: number, skipRemovedTo = 0): ChangePart {
    const range = { sequence, limit, maxBytes, skipRemovedTo };
    return this.#order.changesSince(range, this.head, (id) => this.byId(id));
  }

  #drop(entry: IndexEntry, movedIn: number[]): number {
    let gone = 1;
    if (entry.kind === 'directory') {
      for (const child of [...this.children(entry.id)]) {
        if (child.movedIn > 0) movedIn.push(child.id);
        gone += this.#drop(child, movedIn);
      }
    }
    this.#sums.change(this.byId(entry.id), undefined);
    this.#order.remove(entry);
    this.#rows.remove(entry);
    return gone;
  }

  /** The entry is another under a new sequence. One that is detached counts from now on. */
  #publish(before: IndexEntry, entry: IndexEntry): IndexEntry {
    this.#sums.change(this.byId(entry.id), entry);
    this.#rows.replace(entry);
    this.#order.remove(before);
    this.#order.put(entry);
    return entry;
  }

  /** More is known of a version; nothing that is published changes. */
  #supplement(before: IndexEntry, entry: IndexEntry): void {
    this.#sums.change(before, entry);
    this.#rows.supplement(entry);
  }

  #sumAnew(): void {
    this.#store.transact(() => {
      this.#sums.sumAnew(this.#rows.all());
      this.#meta = { ...this.#meta, sums: SUMS_RULE };
      this.#metaTable.put('index', this.#meta);
    });
  }

  /** In several transactions, because for a tree of links it is much. One that is cut short begins anew. */
  #linkAnew(): void {
    this.#store.transact(() => this.#rows.links.clear());
    for (let after = 0, isMore = true; isMore; ) {
      const entries = this.#rows.entriesAfter(after, LINKS_SLICE);
      this.#store.transact(() => {
        for (const entry of entries) this.#rows.links.change(undefined, entry);
        this.#rows.links.settle();
      });
      after = entries.at(-1)?.id ?? after;
      isMore = entries.length === LINKS_SLICE;
    }
    this.#saveMeta({ ...this.#meta, links: LINKS_RULE });
  }

  #nextSequence(): number {
    this.#isChanged = true;
    this.#meta = issuedMeta(this.#meta);
    return this.#meta.head;
  }

  #saveMeta(meta: IndexMeta): void {
    this.#meta = meta;
    this.#store.transact(() => this.#metaTable.put('index', meta));
  }
}
