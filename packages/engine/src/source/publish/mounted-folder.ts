/**
 * The folders of the source at which something is mounted. A part of the same file system that is mounted there (a bind
 * mount) has no device of its own: only the table of mounts tells that it left, so who was in it is remembered.
 *
 * Written by the publisher only. A kill loses what came in the last two seconds.
 */
import { msgpackCodec, type OrderedStore, type Table } from '../../store/index.ts';
import { type ReadableTree, TreeError } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { type ProblemList, UNMOUNTED } from './problem-list.ts';

/** What is known of mounts when a folder is judged. */
export interface MountKnowledge {
  /** Something was mounted at the folder with this id when it was looked at. */
  wasAt(id: number): boolean;
  /** Something is mounted at this path now. */
  isAt(path: string): boolean;
}

/** Where nothing is known of mounts. */
export const NO_MOUNTS: MountKnowledge = { wasAt: () => false, isAt: () => false };

/** What was found of the source. */
export interface SourceKnowledge {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly problems: ProblemList;
}

export class MountedFolders implements MountKnowledge {
  readonly #store: OrderedStore;
  readonly #table: Table<number, boolean>;
  readonly #points: () => ReadonlySet<string>;
  #ids: Set<number>;

  /** `points` reads the present table: paths below the source. The ids are those of the index in `store`. */
  constructor(store: OrderedStore, points: () => ReadonlySet<string>) {
    this.#store = store;
    this.#table = store.table('mounts', msgpackCodec<boolean>());
    this.#points = points;
    this.#ids = new Set([...this.#table.range()].map(({ key }) => key));
  }

  wasAt(id: number): boolean {
    return this.#ids.has(id);
  }

  isAt(path: string): boolean {
    return this.#points().has(path);
  }

  /**
   * Remembers the folders at which something is mounted now. One from which it left stays until the folder that it
   * covered is the one that is published, or the entry is gone. Throws StoreError.
   */
  note(source: SourceKnowledge): void {
    const points = this.#points();
    const ids = new Set([...this.#ids].filter((id) => isStillWaitedFor(source, id, points)));
    for (const path of points) {
      const entry = source.index.byPath(path);
      if (entry?.kind === 'directory' && !source.problems.has(path, UNMOUNTED)) ids.add(entry.id);
    }
    this.#save(ids);
  }

  #save(ids: Set<number>): void {
    const gone = [...this.#ids].filter((id) => !ids.has(id));
    const come = [...ids].filter((id) => !this.#ids.has(id));
    if (gone.length + come.length === 0) return;
    this.#store.transact(() => {
      for (const id of gone) this.#table.remove(id);
      for (const id of come) this.#table.put(id, true);
    });
    this.#ids = ids;
  }
}

function isStillWaitedFor(source: SourceKnowledge, id: number, points: ReadonlySet<string>): boolean {
  const entry = source.index.byId(id);
  if (entry === undefined) return false;
  const path = source.index.pathOf(id);
  if (path === undefined || points.has(path) || source.problems.has(path, UNMOUNTED)) return true;
  // Nothing is mounted there, so no disk is asked that might not answer.
  return !isStanding(source.tree, entry, path);
}

function isStanding(tree: ReadableTree, entry: IndexEntry, path: string): boolean {
  try {
    const there = tree.stat(path);
    return there?.kind === 'directory' && there.dev === entry.dev && there.ino === entry.ino;
  } catch (error) {
    // What cannot be looked at is not known to be there.
    if (error instanceof TreeError) return false;
    throw error;
  }
}
