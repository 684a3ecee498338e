/**
 * Which entries of the index are names of one node: of files and symbolic links that have several (hard links).
 *
 * Owns two tables of the index's store, written within its transactions: `link-names`, from (node, id) to the number of
 * names that the node had when it was seen by this one; and `outer-links`, from each node that has more names than the index
 * has of it to the id of one. Nodes with one name, folders, and those of disks that keep no numbers are in neither.
 */

import { compareNode, identityKey, NO_NODE_NUMBER } from '../../core/index.ts';
import { numberCodec, type OrderedStore, type Table } from '../../store/index.ts';
import type { IndexEntry } from './index-entry.ts';

/** Raised when the tables are made otherwise: those of an older index are then made anew. */
export const LINKS_RULE = 1;

type NodeName = readonly [string, number];

/** A node with a name that the index does not have, and an entry that is one of its names. */
export interface OuterLink {
  readonly node: string;
  readonly id: number;
}

/** What else the index knows of its entries. */
export interface KnownEntries {
  byId(id: number): IndexEntry | undefined;
  /** Of entries with one name, the one last seen as this node. */
  byNode(node: string): IndexEntry | undefined;
}

export class IndexLinks {
  readonly #names: Table<NodeName, number>;
  readonly #outer: Table<string, number>;
  readonly #known: KnownEntries;
  /** Nodes of which something changed in this transaction, and how each was seen last; undefined: a name of it went. */
  readonly #touched = new Map<string, IndexEntry | undefined>();

  constructor(store: OrderedStore, known: KnownEntries) {
    this.#names = store.table('link-names', numberCodec());
    this.#outer = store.table('outer-links', numberCodec());
    this.#known = known;
  }

  /** An entry is no longer `before` (undefined: there was none) but `after` (undefined: it is gone). */
  change(before: IndexEntry | undefined, after: IndexEntry | undefined): void {
    const wasNode = before && linkedNode(before);
    const isNode = after && linkedNode(after);
    if (before !== undefined && wasNode !== undefined && wasNode !== isNode)
      this.#removeName(wasNode, before.id);
    if (after === undefined) return;
    if (isNode !== undefined) {
      if (wasNode !== isNode || before?.links !== after.links)
        this.#names.put([isNode, after.id], after.links);
      this.#touched.set(isNode, after);
    } else if (wasNode === identityKey(after)) this.#touched.set(wasNode, after);
  }

  /**
   * At the end of a transaction. Returns the ids of entries that may not be as the index has them: names of the nodes
   * that changed, but seen otherwise.
   */
  settle(): number[] {
    const otherNames: number[] = [];
    for (const [node, seen] of this.#touched) otherNames.push(...this.#settleNode(node, seen));
    this.#touched.clear();
    return otherNames;
  }

  /** The transaction failed. */
  forget(): void {
    this.#touched.clear();
  }

  /** Everything is to be found anew. Inside a transaction. */
  clear(): void {
    this.#names.clear();
    this.#outer.clear();
  }

  /** At most `limit` nodes that have a name outside of the index, in their order, those after `node` ('': all). */
  outerAfter(node: string, limit: number): OuterLink[] {
    // No node holds a NUL.
    const start = node === '' ? '' : `${node}\0`;
    return Array.from(this.#outer.range({ start, limit }), ({ key, value }) => ({ node: key, id: value }));
  }

  #removeName(node: string, id: number): void {
    this.#names.remove([node, id]);
    if (!this.#touched.has(node) || this.#touched.get(node)?.id === id) this.#touched.set(node, undefined);
  }

  #settleNode(node: string, seen: IndexEntry | undefined): number[] {
    const ids: number[] = [];
    let links = 0;
    for (const { key, value } of this.#names.range({
      start: [node, 0],
      end: [node, Number.MAX_SAFE_INTEGER],
    })) {
      ids.push(key[1]);
      links = Math.max(links, value);
    }
    this.#noteOuter(node, ids[0], links - ids.length);
    // A look at one of them tells whether the others have to be looked at.
    if (seen === undefined) return ids.slice(0, 1);
    const single = this.#known.byNode(node);
    const names = single === undefined ? ids : [...ids, single.id];
    return names.filter((id) => id !== seen.id && !this.#isSeenAs(id, seen));
  }

  #noteOuter(node: string, id: number | undefined, outside: number): void {
    const noted = this.#outer.get(node);
    if (id === undefined || outside <= 0) {
      if (noted !== undefined) this.#outer.remove(node);
    } else if (noted !== id) this.#outer.put(node, id);
  }

  #isSeenAs(id: number, seen: IndexEntry): boolean {
    const entry = this.#known.byId(id);
    return entry !== undefined && compareNode(entry, seen) === 'same';
  }
}

/** The node of an entry, if it is known by its number and has several names. */
function linkedNode(entry: IndexEntry): string | undefined {
  const { kind, links, ino } = entry;
  return kind === 'directory' || links <= 1 || ino === NO_NODE_NUMBER ? undefined : identityKey(entry);
}
