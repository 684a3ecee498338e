/** A tree of entries in two tables of a store: by id, and by (parent id, name). */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table } from '@lanmirror/engine/store';
import { joinPath } from '@lanmirror/protocol';

/** Far beyond what a path of 4,096 bytes can hold. */
const MAX_DEPTH = 4096;

type PlaceKey = readonly [number, string];

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
  readonly #changed: (before: E | undefined, after: E | undefined) => void;

  /** `changed` is told of every entry that came (no `before`), changed, or went (no `after`), but not of `clear`. */
  constructor(
    store: OrderedStore,
    name: string,
    rootId: () => number,
    changed: (before: E | undefined, after: E | undefined) => void,
  ) {
    this.#entries = store.table(name, msgpackCodec<E>());
    this.#names = store.table(`${name}-names`, msgpackCodec<number>());
    this.#rootId = rootId;
    this.#changed = changed;
  }

  get(id: number): E | undefined {
    return this.#entries.get(id);
  }

  childId(parentId: number, name: string): number | undefined {
    return this.#names.get([parentId, name]);
  }

  /** Id of the entry at this path from the mirrored folder. */
  idAt(path: string): number | undefined {
    if (path === '') return this.#rootId();
    let id: number | undefined = this.#rootId();
    for (const name of path.split('/')) id = id === undefined ? undefined : this.childId(id, name);
    return id;
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
    this.#changed(before, entry);
    if (before !== undefined && (before.parentId !== entry.parentId || before.name !== entry.name))
      this.#unname(before);
    this.#entries.put(entry.id, entry);
    this.#names.put([entry.parentId, entry.name], entry.id);
  }

  /** Removes one entry; what is below it stays. */
  remove(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#unname(entry);
    this.#entries.remove(id);
    this.#changed(entry, undefined);
  }

  /**
   * Removes an entry and everything below it, which may be there without it; calls `each` for every one, and
   * returns their number.
   */
  removeTree(id: number, each: (entry: E) => void = () => undefined): number {
    let count = 0;
    for (const child of [...this.children(id)]) count += this.removeTree(child.id, each);
    const entry = this.#entries.get(id);
    if (entry === undefined) return count;
    each(entry);
    this.remove(id);
    return count + 1;
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
