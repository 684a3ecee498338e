/**
 * Which entry is this node? Owns the entries that lost their name to another node within a batch of
 * looks: they are off the index's names, but not removed, because they may turn up elsewhere.
 */

import { isWithin } from '@lanmirror/protocol';
import { identityKey, isSameNode, NO_NODE_NUMBER } from '../../core/index.ts';
import { type ReadableTree, type Stat, TreeError } from '../../tree/index.ts';
import type { IndexEntry, Observed } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';

type Node = Pick<Stat, 'dev' | 'ino' | 'kind'>;

/** An entry and the path at which the watcher has it. */
export interface Known {
  readonly entry: IndexEntry;
  readonly path: string;
  /** It, or a folder it is in, has lost its name to another node. */
  readonly isNameless: boolean;
}

export class Displaced {
  readonly #tree: ReadableTree;
  readonly #index: TreeIndex;
  readonly #entries = new Map<number, IndexEntry>();
  /** The same by the node that each was: a file system gives the number of one that went to the next. */
  readonly #byNode = new Map<string, readonly IndexEntry[]>();

  constructor(tree: ReadableTree, index: TreeIndex) {
    this.#tree = tree;
    this.#index = index;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** All that have not turned up. */
  get entries(): Iterable<IndexEntry> {
    return this.#entries.values();
  }

  /** Takes an entry off its name. */
  add(entry: IndexEntry): void {
    this.#index.detach(entry);
    this.#entries.set(entry.id, entry);
    this.#byNode.set(identityKey(entry), [...this.#allAs(entry).filter(({ id }) => id !== entry.id), entry]);
  }

  /** An entry turned up; returns whether it was one of these. */
  found(entry: IndexEntry): boolean {
    const left = this.#allAs(entry).filter(({ id }) => id !== entry.id);
    if (left.length > 0) this.#byNode.set(identityKey(entry), left);
    else this.#byNode.delete(identityKey(entry));
    return this.#entries.delete(entry.id);
  }

  /** Of nodes without a number each is found by nobody. */
  #allAs(node: Node): readonly IndexEntry[] {
    return node.ino === NO_NODE_NUMBER ? [] : (this.#byNode.get(identityKey(node)) ?? []);
  }

  has(node: Node): boolean {
    return this.#allAs(node).length > 0;
  }

  /** The entry that was last seen as this node, whether or not it still is. */
  known(node: Node): Known | undefined {
    return nameless(this.#allAs(node).at(-1)) ?? this.#named(node);
  }

  #named(node: Node): Known | undefined {
    const entry = this.#index.byNode(node);
    const path = entry && this.#index.pathOf(entry.id);
    if (entry === undefined || path === undefined) return undefined;
    if (this.isEmpty || this.#index.byPath(path)?.id === entry.id) return { entry, path, isNameless: false };
    return { entry, path: this.#pathInLimbo(path), isNameless: true };
  }

  /** The entry that a node under a new name was under another one, if that is not its name any more. */
  movedHere(seen: Observed): Known | undefined {
    const displaced = this.#allAs(seen).find((entry) => isSameNode(entry, seen));
    const known = nameless(displaced) ?? this.#named(seen);
    if (known === undefined || !isSameNode(known.entry, seen)) return undefined;
    if (known.isNameless) return known;
    return known.path === '' || this.#mayBeAt(known.path, seen) ? undefined : known;
  }

  /** Whether this node stands at a path. Throws TreeError when that cannot be known. */
  isAt(path: string, node: Node): boolean {
    const there = this.#tree.stat(path);
    return (
      there !== undefined && there.kind === node.kind && there.ino === node.ino && there.dev === node.dev
    );
  }

  /** What cannot be looked at may be there: then the node has one more name, and the old one is judged by itself. */
  #mayBeAt(path: string, node: Node): boolean {
    try {
      return this.isAt(path, node);
    } catch (error) {
      if (error instanceof TreeError) return true;
      throw error;
    }
  }

  /** Where the watcher has what was last known under `path`, in a folder that lost its name. */
  #pathInLimbo(path: string): string {
    let limbo = path;
    let longest = -1;
    for (const entry of this.#entries.values()) {
      const folder = this.#index.pathOf(entry.id);
      if (folder === undefined || folder.length <= longest || !isWithin(path, folder)) continue;
      longest = folder.length;
      limbo = limboOf(entry) + path.slice(folder.length);
    }
    return limbo;
  }
}

function nameless(entry: IndexEntry | undefined): Known | undefined {
  return entry && { entry, path: limboOf(entry), isNameless: true };
}

/** Where the watcher keeps a folder that lost its name within a batch: a path at which nothing can stand. */
export function limboOf(entry: IndexEntry): string {
  return `.lanmirror/displaced-${entry.id}`;
}
