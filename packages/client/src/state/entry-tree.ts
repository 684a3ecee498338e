/**
 * A tree of entries in tables of a store: by id, by (parent id, name), and where names of siblings can be one
 * name to the target also by (parent id, folded name).
 */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import { msgpackCodec, type OrderedStore, type Table, type ValueCodec } from '@lanmirror/engine/store';
import { joinPath } from '@lanmirror/protocol';
import { FoldedPlaces } from './folded-places.ts';

/** Far beyond what a path of 4,096 bytes can hold. */
const MAX_DEPTH = 4096;

type PlaceKey = readonly [number, string];

interface TreeNode {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
}

/** What a tree of entries needs to know of the rest of the state. */
export interface EntryTreeHost<E> {
  rootId(): number;
  /** Told of every entry that came (no `before`), changed, or went (no `after`), but not of `clear`. */
  changed(before: E | undefined, after: E | undefined): void;
  /** Equal for names that are one name to the target; undefined where each name is its own. */
  folded(name: string): string | undefined;
  /** Told of an entry that became the first of its folded name, or ceased to be, by what came or went beside it. */
  regrouped(id: number): void;
}

/** A tree of entries by id and by place. Writes belong into a transaction of the state. */
export class EntryTree<E extends TreeNode> {
  readonly #entries: Table<number, E>;
  readonly #names: Table<PlaceKey, number>;
  readonly #folded: FoldedPlaces;
  readonly #host: EntryTreeHost<E>;
  /** Nothing was in it when it was opened, nor put since: known without asking, for every folder of a check and every entry told. */
  #wasNeverFilled: boolean;

  constructor(store: OrderedStore, name: string, codec: ValueCodec<E>, host: EntryTreeHost<E>) {
    this.#entries = store.table(name, codec, { isRemembered: true });
    this.#names = store.table(`${name}-names`, msgpackCodec<number>(), { isRemembered: true });
    this.#folded = new FoldedPlaces(store, `${name}-folded`, host);
    this.#host = host;
    this.#wasNeverFilled = [...this.#names.range({ limit: 1 })].length === 0;
  }

  get(id: number): E | undefined {
    return this.#wasNeverFilled ? undefined : this.#entries.get(id);
  }

  childId(parentId: number, name: string): number | undefined {
    return this.#wasNeverFilled ? undefined : this.#names.get([parentId, name]);
  }

  /** Id of the entry at this path from the mirrored folder. */
  idAt(path: string): number | undefined {
    if (path === '') return this.#host.rootId();
    let id: number | undefined = this.#host.rootId();
    for (const name of path.split('/')) id = id === undefined ? undefined : this.childId(id, name);
    return id;
  }

  /** Id of the entry that has this place on a target that may fold names; the exact name comes first. */
  occupantId(parentId: number, name: string): number | undefined {
    const exact = this.childId(parentId, name);
    const folded = exact === undefined ? this.#host.folded(name) : undefined;
    return folded === undefined ? exact : this.#folded.first(parentId, folded);
  }

  /** Lowest id in this folder of those whose names fold to `folded`. */
  firstFolded(parentId: number, folded: string): number | undefined {
    return this.#folded.first(parentId, folded);
  }

  *children(parentId: number): Generator<E> {
    if (this.#wasNeverFilled) return;
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
    this.#wasNeverFilled = false;
    const before = this.#entries.get(entry.id);
    this.#host.changed(before, entry);
    if (before !== undefined && (before.parentId !== entry.parentId || before.name !== entry.name))
      this.#unname(before);
    this.#entries.put(entry.id, entry);
    this.#names.put([entry.parentId, entry.name], entry.id);
    this.#folded.change(before, entry);
  }

  /** Removes one entry; what is below it stays. */
  remove(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#unname(entry);
    this.#entries.remove(id);
    this.#folded.change(entry, undefined);
    this.#host.changed(entry, undefined);
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
    this.#folded.clear();
  }

  /** Names fold by another rule from now on. */
  foldAnew(): void {
    this.#folded.clear();
    if (this.#host.folded('') === undefined) return;
    for (let chunk = this.#chunk(-Infinity); chunk.length > 0; ) {
      for (const entry of chunk) this.#folded.change(undefined, entry);
      chunk = this.#chunk((chunk.at(-1) as E).id + 1);
    }
  }

  /** The next entries by id, read to the end before anything is written. */
  #chunk(fromId: number): E[] {
    return [...this.#entries.range({ start: fromId, limit: 1000 })].map(({ value }) => value);
  }

  /** Path from the mirrored folder, made of `nameOf`; undefined when the entry is not below it (or is parked). */
  pathOf(id: number, nameOf: (entry: E) => string = (entry) => entry.name): string | undefined {
    const names: string[] = [];
    const rootId = this.#host.rootId();
    for (let at = id; at !== rootId; ) {
      const entry = this.#entries.get(at);
      if (entry === undefined || entry.parentId === PARKED_PARENT || entry.parentId === 0) return undefined;
      // A server whose folders hold each other in a ring is not followed round it for ever.
      if (names.push(nameOf(entry)) > MAX_DEPTH) return undefined;
      at = entry.parentId;
    }
    return names.reverse().reduce(joinPath, '');
  }

  #unname(entry: E): void {
    if (this.#names.get([entry.parentId, entry.name]) === entry.id)
      this.#names.remove([entry.parentId, entry.name]);
  }
}
