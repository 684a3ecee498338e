/**
 * Everything a client remembers of one target, in one store.
 *
 * Two trees with the same ids: the `view`, which is the source as the server last told it, and the
 * `baseline`, which is what stands on the target. The mirror is in sync when they are equal; `dirty`
 * lists the ids that may differ. The cursor says how far the view goes, so the server never has to
 * tell anything twice: what is told but not yet applied is in `dirty`, in the same transaction.
 *
 * Ids below `PARKED_PARENT` are entries that were found on the target and that the source does not have.
 *
 * A kill leaves the state as of some transaction; the data on the target may be ahead of it by the
 * operations of the last moments, which are recognised when they are planned again. After a power cut
 * both may have lost their last seconds: entries of a checkpoint that was not completed are verified.
 */
import type { HoldState, LinkRule } from '@lanmirror/engine/core';
import { EMPTY_HOLD_STATE, PARKED_PARENT } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { type Cursor, joinPath, type SourceEntry } from '@lanmirror/protocol';
import type { BaselineEntry } from './baseline-entry.ts';

/** Far beyond what a path of 4,096 bytes can hold. */
const MAX_DEPTH = 4096;

type PlaceKey = readonly [number, string];

export interface Meta {
  /** Random name of the target, also in its marker; '' before it was joined. */
  readonly targetId: string;
  readonly cursor: Cursor | null;
  /** The index whose ids the baseline uses; '' when there is none. */
  readonly indexId: string;
  /** The generation of that index in which the baseline's ids were right last. */
  readonly generation: number;
  /** Id of the mirrored folder in the view. */
  readonly rootId: number;
  /** The view was replaced as a whole and has not been compared with the baseline yet. */
  readonly isCompareDue: boolean;
  /** The checkpoint that entries applied now belong to. */
  readonly checkpoint: number;
  /** Entries of this checkpoint and of all before are on stable storage. */
  readonly durableCheckpoint: number;
  /** False while a client runs: what the last checkpoint does not cover must be verified after a crash. */
  readonly isClean: boolean;
  readonly lastLocalId: number;
  readonly viewFiles: number;
  readonly baselineEntries: number;
  readonly hold: HoldState;
  /** Deletions wait for a person. */
  readonly isHeld: boolean;
  /** Files were taken over by size and time alone: their contents are still to be compared. */
  readonly isDoubtful: boolean;
  /** The rule for links that the baseline was planned by. */
  readonly links: LinkRule;
}

const EMPTY: Meta = {
  targetId: '',
  cursor: null,
  indexId: '',
  generation: 0,
  rootId: 1,
  isCompareDue: false,
  checkpoint: 1,
  durableCheckpoint: 0,
  isClean: true,
  // The first id below zero marks what is parked.
  lastLocalId: PARKED_PARENT,
  viewFiles: 0,
  baselineEntries: 0,
  hold: EMPTY_HOLD_STATE,
  isHeld: false,
  isDoubtful: false,
  links: 'keep',
};

export class MirrorState {
  readonly view: EntryTree<SourceEntry>;
  readonly baseline: EntryTree<BaselineEntry>;
  /** Folders of the baseline whose time has to be set when they are quiet. Not stored: a start looks at the target. */
  readonly touchedFolders = new Set<number>();
  readonly #dirty: Table<number, number>;
  readonly #agreed: Table<number, number>;
  readonly #metaTable: Table<string, Meta>;
  readonly #store: OrderedStore;
  #meta: Meta;
  #depth = 0;

  constructor(store: OrderedStore) {
    this.#store = store;
    this.#metaTable = store.table('meta', msgpackCodec<Meta>());
    this.#meta = { ...EMPTY, ...this.#metaTable.get('mirror') };
    this.#dirty = store.table('dirty', msgpackCodec<number>());
    this.#agreed = store.table('agreed', msgpackCodec<number>());
    this.view = new EntryTree(
      store,
      'view',
      () => this.#meta.rootId,
      (entry, by) => {
        if (entry.kind === 'file') this.setMeta({ viewFiles: this.#meta.viewFiles + by });
      },
    );
    this.baseline = new EntryTree(
      store,
      'baseline',
      () => this.#meta.rootId,
      (_entry, by) => {
        this.setMeta({ baselineEntries: this.#meta.baselineEntries + by });
      },
    );
  }

  get meta(): Meta {
    return this.#meta;
  }

  /** Changes part of the meta data; inside a transaction, or in one of its own. */
  setMeta(change: Partial<Meta>): void {
    this.transact(() => {
      this.#meta = { ...this.#meta, ...change };
    });
  }

  /** Runs `work`; all it writes becomes visible and durable together. May be nested. */
  transact<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    const before = this.#meta;
    this.#depth = 1;
    try {
      return this.#store.transact(() => {
        const result = work();
        if (this.#meta !== before) this.#metaTable.put('mirror', this.#meta);
        return result;
      });
    } catch (error) {
      this.#meta = before;
      throw error;
    } finally {
      this.#depth = 0;
    }
  }

  /** Forgets the whole view; the baseline has to be compared with the next one. */
  clearView(): void {
    this.view.clear();
    this.setMeta({ viewFiles: 0, cursor: null, isCompareDue: true });
  }

  markDirty(id: number): void {
    this.#dirty.put(id, 1);
  }

  markClean(id: number): void {
    this.#dirty.remove(id);
  }

  isDirty(id: number): boolean {
    return this.#dirty.get(id) !== undefined;
  }

  dirtyCount(): number {
    return this.#dirty.count();
  }

  /** All dirty ids, lowest first. Read to the end before writing. */
  dirtyIds(): number[] {
    const ids: number[] = [];
    for (const { key } of this.#dirty.range()) ids.push(key);
    return ids;
  }

  /** An entry of the baseline has another id from now on. */
  rekeyed(id: number, newId: number): void {
    if (this.touchedFolders.delete(id)) this.touchedFolders.add(newId);
  }

  /** A person agreed to the deletion of these entries. */
  agree(ids: readonly number[]): void {
    this.transact(() => {
      for (const id of ids) this.#agreed.put(id, 1);
    });
  }

  isAgreed(id: number): boolean {
    return this.#agreed.get(id) !== undefined;
  }

  /** What was agreed to is done, or is not to be done any more. */
  forgetAgreement(): void {
    if (this.#agreed.count() > 0) this.transact(() => this.#agreed.clear());
  }

  /** A new id for an entry that only the target has. */
  newLocalId(): number {
    const id = this.#meta.lastLocalId - 1;
    this.setMeta({ lastLocalId: id });
    return id;
  }

  /** Everything committed so far is on stable storage when this resolves. */
  flushed(): Promise<void> {
    return this.#store.flushed();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

interface TreeNode {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
}

/** A tree of entries by id and by (parent id, name). Writes belong into a transaction of the state. */
export class EntryTree<E extends TreeNode> {
  readonly #entries: Table<number, E>;
  readonly #names: Table<PlaceKey, number>;
  readonly #rootId: () => number;
  readonly #counted: (entry: E, by: 1 | -1) => void;

  constructor(
    store: OrderedStore,
    name: string,
    rootId: () => number,
    counted: (entry: E, by: 1 | -1) => void,
  ) {
    this.#entries = store.table(name, msgpackCodec<E>());
    this.#names = store.table(`${name}-names`, msgpackCodec<number>());
    this.#rootId = rootId;
    this.#counted = counted;
  }

  get(id: number): E | undefined {
    return this.#entries.get(id);
  }

  childId(parentId: number, name: string): number | undefined {
    return this.#names.get([parentId, name]);
  }

  *children(parentId: number): Generator<E> {
    for (const { value } of this.#names.range({ start: [parentId, ''], end: [parentId + 1, ''] })) {
      const entry = this.#entries.get(value);
      if (entry !== undefined) yield entry;
    }
  }

  /** All entries by id, from `fromId` on or from the lowest. */
  *all(fromId?: number): Generator<E> {
    const range = fromId === undefined ? {} : { start: fromId };
    for (const { value } of this.#entries.range(range)) yield value;
  }

  put(entry: E): void {
    const before = this.#entries.get(entry.id);
    if (before === undefined) this.#counted(entry, 1);
    else if (before.parentId !== entry.parentId || before.name !== entry.name) this.#unname(before);
    this.#entries.put(entry.id, entry);
    this.#names.put([entry.parentId, entry.name], entry.id);
  }

  /** Removes one entry; what is below it stays. */
  remove(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#unname(entry);
    this.#entries.remove(id);
    this.#counted(entry, -1);
  }

  /** Removes an entry and everything below it; calls `each` for every one, and returns their number. */
  removeTree(id: number, each: (entry: E) => void = () => undefined): number {
    const entry = this.#entries.get(id);
    if (entry === undefined) return 0;
    let count = 1;
    for (const child of [...this.children(id)]) count += this.removeTree(child.id, each);
    each(entry);
    this.remove(id);
    return count;
  }

  /** Removes all; whoever counts entries starts again from 0. */
  clear(): void {
    this.#entries.clear();
    this.#names.clear();
  }

  /** Path from the mirrored folder; undefined when the entry is not below it (or is parked). */
  pathOf(id: number): string | undefined {
    const names: string[] = [];
    const rootId = this.#rootId();
    for (let at = id; at !== rootId; ) {
      const entry = this.#entries.get(at);
      if (entry === undefined || entry.parentId === PARKED_PARENT || entry.parentId === 0) return undefined;
      // A server whose folders hold each other in a ring is not followed round it for ever.
      if (names.push(entry.name) > MAX_DEPTH) return undefined;
      at = entry.parentId;
    }
    return names.reverse().reduce(joinPath, '');
  }

  #unname(entry: E): void {
    if (this.#names.get([entry.parentId, entry.name]) === entry.id)
      this.#names.remove([entry.parentId, entry.name]);
  }
}
