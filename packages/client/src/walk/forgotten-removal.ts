/**
 * Finds what is not at the source any more when the server cannot tell it: the client was away for longer
 * than removals are remembered. Everything that changed in that time is told as always, so only what was not
 * told is in question, and a folder whose sums are those of the baseline holds nothing of that.
 *
 * Two things make the order of feed and answers irrelevant: nothing is concluded before the feed has come up
 * to every answer, and a folder that comes to another place meanwhile is asked for again. What stands at a
 * place that another entry has now has gone, too: it was not told to be elsewhere.
 *
 * Kept in memory: a session that breaks off begins anew.
 */
import { FolderWalk, isProvedSame, type WalkJudge } from '@lanmirror/engine/core';
import { type ListedChild, ROOT_ID, type SourceEntry } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';

export class ForgottenRemovals implements WalkJudge {
  readonly walk = new FolderWalk(this);
  readonly #state: MirrorState;
  readonly #told = new Set<number>();
  /** Dirty when the session began. */
  readonly #dirty: readonly number[];
  /** Folders in which view and baseline may differ. */
  readonly #unproved = new Set<number>();
  readonly #missing = new Set<number>();
  /** Entries whose place in the view another one took. */
  readonly #ousted = new Set<number>();
  #isBegun = false;

  /** Call before anything of the session is taken into the view. */
  constructor(state: MirrorState) {
    this.#state = state;
    this.#dirty = state.dirtyIds();
    for (const id of this.#dirty) this.#leaveUnproved(id);
    // What is reserved at the top of a mirrored subfolder is in the view only.
    if (state.meta.rootId !== ROOT_ID) this.#leaveUnproved(state.meta.rootId);
  }

  /** An entry is told, and not in the view yet: who has its place there is in question. */
  takes({ id, parentId, name }: SourceEntry): void {
    const other = this.#state.view.childId(parentId, name);
    if (other === undefined || other === id) return;
    this.#ousted.add(other);
    // What is neither on the target nor dirty would be found by no later session.
    this.#state.markDirty(other);
  }

  /** An entry was told, and is in the view. */
  took(entry: SourceEntry): void {
    this.#told.add(entry.id);
    if (this.#isBegun && entry.kind === 'directory') this.walk.add(entry.id);
  }

  /** The feed came to a head: the view has everything that is told. */
  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.walk.add(ROOT_ID);
  }

  /** Everything up to here was told: whether all is known that is to be known. */
  isOverAt(sequence: number): boolean {
    return this.#isBegun && this.walk.isOver && sequence >= this.walk.sequence;
  }

  /** Ids of what has gone, with everything that is below it in the view. Call when it is over. */
  gone(): number[] {
    const ids = new Set([...this.#missing, ...this.#displaced()]);
    return [...ids].filter((id) => !this.#told.has(id) && this.#state.view.get(id) !== undefined);
  }

  *toAsk(folderId: number): Generator<number> {
    const seen = new Set<number>();
    const folders = [folderId];
    for (let id = folders.pop(); id !== undefined; id = folders.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const children = [...this.#childrenOf(id)];
      if (children.some((child) => !this.#told.has(child.id))) yield id;
      // All of it is new here, but what came with a folder may be old.
      else for (const child of children) if (child.kind === 'directory') folders.push(child.id);
    }
  }

  child(told: ListedChild): boolean {
    const { view, baseline } = this.#state;
    const { id, kind } = told.entry;
    if (kind !== 'directory' || view.get(id)?.kind !== 'directory') return false;
    if (this.#unproved.has(id) || baseline.get(id)?.kind !== 'directory') return true;
    return !isProvedSame(this.#state.sumsOf(id), told);
  }

  end(folderId: number, children: ReadonlySet<number>, isThere: boolean): void {
    // Of a folder that has gone since it was told, the feed tells.
    if (!isThere) return;
    for (const child of this.#childrenOf(folderId))
      if (!children.has(child.id) && !this.#told.has(child.id)) this.#missing.add(child.id);
  }

  /** What the view has in a folder, also where another entry has taken the name, and perhaps left it again. */
  *#childrenOf(folderId: number): Generator<SourceEntry> {
    const { view, baseline } = this.#state;
    yield* view.children(folderId);
    for (const { id } of baseline.children(folderId)) {
      const entry = view.get(id);
      if (entry?.parentId === folderId && view.childId(folderId, entry.name) !== id) yield entry;
    }
  }

  /** Entries that no folder holds: another one has their place, or the folder was never told. */
  *#displaced(): Generator<number> {
    const { view, baseline } = this.#state;
    for (const id of [...this.#dirty, ...this.#told, ...this.#ousted]) {
      const entry = view.get(id);
      if (entry === undefined || id === ROOT_ID) continue;
      const { parentId, name } = entry;
      if (view.get(parentId) === undefined || view.childId(parentId, name) !== id) yield id;
      for (const otherId of [view.childId(parentId, name), baseline.childId(parentId, name)]) {
        const other = otherId === undefined || otherId === id ? undefined : view.get(otherId);
        if (other?.parentId === parentId && other.name === name) yield* [id, other.id];
      }
    }
  }

  #leaveUnproved(id: number): void {
    const { view } = this.#state;
    for (let at = id; at !== 0 && !this.#unproved.has(at); at = view.get(at)?.parentId ?? 0)
      this.#unproved.add(at);
  }
}
