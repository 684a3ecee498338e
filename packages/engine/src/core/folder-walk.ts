/**
 * Finds where two trees differ, going down from the top only where the sums of a folder differ. The other
 * tree is far away: its folders are asked for many at a time, and answered in parts.
 *
 * Owns which folders are still to be asked for. What a difference is, and what follows from it, is the
 * judge's. Every folder is asked for once unless it is named again, so a walk ends when the trees rest.
 */
import type { Listed, ListedChild } from '@lanmirror/protocol';
import { ProtocolError } from '@lanmirror/protocol';

/** Knows the tree at hand. */
export interface WalkJudge {
  /** Which folders are to be asked for, when what is below this one may differ: most often itself. */
  toAsk(folderId: number): Iterable<number>;
  /** Compares a child as the other tree has it. Returns whether what is below it may differ. */
  child(told: ListedChild): boolean;
  /** All children of a folder were told: these, unless `isThere` is false and the other tree has no such folder. */
  end(folderId: number, children: ReadonlySet<number>, isThere: boolean): void;
}

/** What to ask next: the parts of a `list`. */
export interface FolderQuestion {
  readonly folders: readonly number[];
  readonly after: string;
}

export class FolderWalk {
  readonly #judge: WalkJudge;
  /** In the order in which they are asked for; the first may have been answered in part. */
  readonly #open = new Set<number>();
  #asked: readonly number[] = [];
  #after = '';
  #children = new Set<number>();
  /** Children that were told so far: what the walk costs. */
  told = 0;
  /** Folders that were answered whole. */
  folders = 0;
  /** The highest sequence of all answers. */
  sequence = 0;

  constructor(judge: WalkJudge) {
    this.#judge = judge;
  }

  get isOver(): boolean {
    return this.#open.size === 0;
  }

  /** What is below this folder may differ. One that was compared already is compared once more. */
  add(folderId: number): void {
    for (const id of this.#judge.toAsk(folderId)) this.#open.add(id);
  }

  /** At most `limit` folders to ask for now. */
  question(limit: number): FolderQuestion {
    this.#asked = [...take(this.#open, limit)];
    return { folders: this.#asked, after: this.#after };
  }

  /** The answer to the last question. Throws ProtocolError when it is no answer to that. */
  take({ sequence, folders }: Pick<Listed, 'sequence' | 'folders'>): void {
    if (folders.length === 0 && this.#asked.length > 0) throw new ProtocolError('a list without an answer');
    this.sequence = Math.max(this.sequence, sequence);
    for (const [at, { id, isThere, isWhole, children }] of folders.entries()) {
      if (id !== this.#asked[at]) throw new ProtocolError('a folder was listed that was not asked for');
      if (!isWhole && at < folders.length - 1) throw new ProtocolError('a folder was listed in part');
      for (const child of children) this.#takeChild(child);
      this.#after = isWhole ? '' : (children.at(-1)?.entry.name ?? '');
      if (isWhole) this.#endFolder(id, isThere);
    }
  }

  #takeChild(child: ListedChild): void {
    this.told += 1;
    this.#children.add(child.entry.id);
    if (this.#judge.child(child)) this.add(child.entry.id);
  }

  #endFolder(id: number, isThere: boolean): void {
    const children = this.#children;
    this.#children = new Set();
    this.folders += 1;
    this.#open.delete(id);
    this.#judge.end(id, children, isThere);
  }
}

/** A walk that was told so few children goes on in any case. */
const SHORT_WALK = 512;

/** Whether to be told everything costs less than to go on. `told`: children so far, `entries`: in the whole tree. */
export function isWalkTooLong(told: number, entries: number): boolean {
  return told > Math.max(SHORT_WALK, entries / 2);
}

function* take(ids: Iterable<number>, limit: number): Generator<number> {
  let count = 0;
  for (const id of ids) {
    if (count === limit) return;
    count += 1;
    yield id;
  }
}
