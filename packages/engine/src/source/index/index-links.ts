/**
 * Which entries of the index are names of one node: of files and symbolic links that have several (hard links).
 *
 * Owns two tables of the index's store, written within its transactions: `link-names`, from each such node to the ids of
 * its names, with the number of names that it had when it was seen by each; and `outer-links`, from each node that has more names than the index
 * has of it to the id of one. Nodes with one name, folders, and those of disks that keep no numbers are in neither.
 */

import { compareNode, identityKey, NO_NODE_NUMBER } from '../../core/index.ts';
import { numberCodec, type OrderedStore, type Table } from '../../store/index.ts';
import type { IndexEntry } from './index-entry.ts';
import { type LinkNames, linkNamesCodec } from './link-names.ts';

/** Raised when the tables are made otherwise: those of an older index are then made anew. */
export const LINKS_RULE = 1;

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

/** A node of which something changed in this transaction. */
interface TouchedNode {
  /** As it was seen last; undefined: a name of it went. */
  seen: IndexEntry | undefined;
  /** By id: how many names were seen by this one; 0: it is no name of this node any more. */
  readonly names: LinkNames;
}

export class IndexLinks {
  readonly #names: Table<string, LinkNames>;
  readonly #outer: Table<string, number>;
  readonly #known: KnownEntries;
  readonly #touched = new Map<string, TouchedNode>();

  constructor(store: OrderedStore, known: KnownEntries) {
    this.#names = store.table('link-names', linkNamesCodec());
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
      const node = this.#touch(isNode);
      node.names.set(after.id, after.links);
      node.seen = after;
    } else if (wasNode === identityKey(after)) this.#touch(wasNode).seen = after;
  }

  /**
   * At the end of a transaction. Returns the ids of entries that may not be as the index has them: names of the nodes
   * that changed, but seen otherwise.
   */
  settle(): number[] {
    const otherNames: number[] = [];
    for (const [node, touched] of this.#touched)
      for (const id of this.#settleNode(node, touched)) otherNames.push(id);
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
    const touched = this.#touch(node);
    touched.names.set(id, 0);
    if (touched.seen?.id === id) touched.seen = undefined;
  }

  #touch(node: string): TouchedNode {
    const touched = this.#touched.get(node) ?? { seen: undefined, names: new Map() };
    this.#touched.set(node, touched);
    return touched;
  }

  #settleNode(node: string, { seen, names: changed }: TouchedNode): number[] {
    const names = this.#changeNames(node, changed);
    const ids = [...names.keys()];
    let links = 0;
    for (const count of names.values()) links = Math.max(links, count);
    this.#noteOuter(node, ids[0], links - ids.length);
    // A look at one of them tells whether the others have to be looked at.
    if (seen === undefined) return ids.slice(0, 1);
    const single = this.#known.byNode(node);
    if (single !== undefined) ids.push(single.id);
    return ids.filter((id) => id !== seen.id && !this.#isSeenAs(id, seen));
  }

  #changeNames(node: string, changed: LinkNames): LinkNames {
    const names = this.#names.get(node) ?? new Map<number, number>();
    let isOther = false;
    for (const [id, links] of changed) {
      isOther ||= (names.get(id) ?? 0) !== links;
      if (links === 0) names.delete(id);
      else names.set(id, links);
    }
    if (isOther && names.size === 0) this.#names.remove(node);
    else if (isOther) this.#names.put(node, names);
    return names;
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
