/**
 * Takes the feed into the state: the view changes at once, but only at a head is the set complete, the
 * cursor moved, and the result given to the planner.
 *
 * Removals are applied at the head: what was moved out of a folder before it went may be told after the
 * folder's removal. What the server cannot tell any more is found by a search, and belongs to the set.
 */
import { type Changes, joinPath, type Removal, type SourceEntry, type Welcome } from '@lanmirror/protocol';
import { type BaselineEntry, UNKNOWN_VERSION, withoutWord } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourcePathOf } from '../state/placement.ts';
import { ForgottenRemovals } from '../walk/forgotten-removal.ts';
import { renumberKept } from './kept.ts';
import {
  forgetBeside,
  hasLeft,
  placeOf,
  sayIsGone,
  sayIsThere,
  siftAges,
  siftAll,
  siftTold,
} from './sift.ts';

/** What a complete set means for the planner. */
export interface StagedSet {
  /** The head of this set. */
  readonly sequence: number;
  /** Entries to compare; `all` when view and baseline must be compared as a whole. */
  readonly ids: readonly number[] | 'all';
  /** Paths of what stands here and is left out for its size from now on. */
  readonly left: readonly string[];
  /** Paths at the source, as this target has it, at which something was left out for its size and is not any more. */
  readonly revealed: readonly string[];
}

export class Stage {
  readonly #state: MirrorState;
  #ids: number[] = [];
  #removed: Removal[] = [];
  /** Not forgotten when a session breaks off: what they are about has happened. */
  #left: string[] = [];
  #revealed: string[] = [];
  /** Told and not judged by this mirror's own rules yet; folders that have another place by `true`. */
  #unjudged = new Map<number, boolean>();
  #generation = 0;
  #search: ForgottenRemovals | undefined;
  /** The head that was told last; -1 when more was told since. */
  #head = -1;

  constructor(state: MirrorState) {
    this.#state = state;
  }

  /** Looks for removals that the server cannot tell any more; undefined when it can tell all. */
  get search(): ForgottenRemovals | undefined {
    return this.#search;
  }

  /** A session begins. What an earlier one left incomplete is told again. */
  begin(welcome: Welcome): void {
    const state = this.#state;
    this.#ids = [];
    this.#removed = [];
    this.#unjudged.clear();
    this.#generation = welcome.generation;
    this.#head = -1;
    this.#search = welcome.feed === 'walk' ? new ForgottenRemovals(state) : undefined;
    state.transact(() => {
      if (isOtherNumbering(state, welcome)) renumber(state, welcome.indexId);
      if (welcome.feed === 'snapshot') state.clearView();
      const { cursor } = state.meta;
      // The server has judged that nothing this client was told is lost: it means the same in its generation.
      if (cursor !== null) state.setMeta({ cursor: { ...cursor, generation: welcome.generation } });
      if (state.meta.rootId !== welcome.rootId) {
        rebase(state, welcome.rootId);
        state.setMeta({ rootId: welcome.rootId, isCompareDue: true });
      }
    });
  }

  /** Nothing was told behind the last head: the view is what the source had at one instant. */
  get isWhole(): boolean {
    return this.#head >= 0;
  }

  /** Takes a part of the feed, heard at `nowMs` by the wall clock; returns the set when this part completes it. */
  take(changes: Changes, nowMs: number): StagedSet | undefined {
    const state = this.#state;
    return state.transact(() => {
      const isListed = !state.meta.isCompareDue;
      this.#age(nowMs, isListed);
      for (const entry of changes.entries) {
        this.#search?.takes(entry);
        this.#put(entry);
        this.#search?.took(entry);
        if (isListed) this.#list(entry.id);
      }
      for (const removal of changes.removed) this.#removed.push(removal);
      if (isListed) this.#sift();
      this.#head = changes.head ? changes.upTo : -1;
      if (changes.head) this.#search?.begin();
      const set = this.#completeIfWhole();
      if (set !== undefined) return set;
      const { cursor } = state.meta;
      if (cursor !== null)
        state.setMeta({ cursor: { ...cursor, told: Math.max(cursor.told, changes.upTo) } });
      return undefined;
    });
  }

  /** All is judged as of one instant. What is not listed is judged with the whole view. */
  #age(nowMs: number, isListed: boolean): void {
    const sifted = { ids: this.#ids, left: this.#left, revealed: this.#revealed };
    if (isListed) siftAges(this.#state, nowMs, sifted);
    else this.#state.ownRules.aging.moveTo(nowMs);
  }

  /**
   * What is left out for its size is beside the view; what stands here of it under its name is forgotten, not removed. Under
   * another one it is gone.
   */
  #put(entry: SourceEntry): void {
    const { view, baseline, excluded, unwanted } = this.#state;
    this.#reveal(entry.id);
    if (entry.isExcluded !== true) return this.#putPublished(entry);
    view.remove(entry.id);
    unwanted.remove(entry.id);
    excluded.put(entry);
    const standing = baseline.get(entry.id);
    if (standing !== undefined && hasLeft(standing, entry)) return sayIsGone(this.#state, standing);
    const path = standing && sourcePathOf(this.#state, entry.id);
    if (path === undefined) return;
    baseline.remove(entry.id);
    this.#left.push(path);
  }

  /** What this mirror's own rules left out until now stays beside the view until it is judged again. */
  #putPublished(entry: SourceEntry): void {
    const { view, unwanted, ownRules } = this.#state;
    const apart = unwanted.get(entry.id);
    const before = apart ?? view.get(entry.id);
    (apart === undefined ? view : unwanted).put(entry);
    if (before === undefined) sayIsThere(this.#state, entry.id);
    if (ownRules.isEmpty) return;
    const isMoved =
      before !== undefined && (before.parentId !== entry.parentId || before.name !== entry.name);
    this.#unjudged.set(entry.id, isMoved || this.#unjudged.get(entry.id) === true);
    const path = apart !== undefined && isMoved ? placeOf(this.#state, apart) : undefined;
    if (path !== undefined) this.#revealed.push(path);
  }

  /** Those whose folder is not told yet are judged later. */
  #sift(): void {
    const sifted = { ids: this.#ids, left: this.#left, revealed: this.#revealed };
    this.#unjudged = siftTold(this.#state, this.#unjudged, sifted);
  }

  /**
   * Nothing is left out under this id any more: what stands there is some business of this mirror again. It stands where
   * its folder was until now, which this set may rename.
   */
  #reveal(id: number): void {
    const { view, excluded } = this.#state;
    const known = excluded.get(id);
    if (known === undefined) return;
    const folder = sourcePathOf(this.#state, known.parentId) ?? view.pathOf(known.parentId);
    if (folder !== undefined) this.#revealed.push(joinPath(folder, known.name));
    excluded.remove(id);
  }

  /** The search has come further: returns the set when that completes it. */
  searched(): StagedSet | undefined {
    return this.#state.transact(() => this.#completeIfWhole());
  }

  #completeIfWhole(): StagedSet | undefined {
    if (this.#head < 0 || this.#search?.isOverAt(this.#head) === false) return undefined;
    return this.#complete(this.#head);
  }

  #complete(sequence: number): StagedSet {
    const state = this.#state;
    const forgotten = this.#search?.gone() ?? [];
    this.#search = undefined;
    for (const id of [...this.#removed.map((removal) => removal.id), ...forgotten]) {
      // What was never applied needs nothing any more; the rest goes with its folder.
      this.#reveal(id);
      this.#revealUnwanted(id);
      forgetBeside(state, id);
      state.view.removeTree(id, (entry) => {
        forgetBeside(state, entry.id);
        if (state.baseline.get(entry.id) === undefined) state.markClean(entry.id);
      });
      const standing = state.baseline.get(id);
      if (standing !== undefined) state.baseline.put({ ...standing, isGone: true });
      this.#list(id);
    }
    const { indexId, isCompareDue } = state.meta;
    if (isCompareDue) siftAll(state, { ids: this.#ids, left: this.#left, revealed: this.#revealed });
    else this.#sift();
    this.#unjudged.clear();
    const generation = this.#generation;
    state.setMeta({ cursor: { indexId, generation, sequence, told: sequence }, generation });
    const ids = isCompareDue ? 'all' : [...this.#ids, ...state.takeRegrouped()];
    const set: StagedSet = { sequence, ids, left: this.#left, revealed: this.#revealed };
    this.#ids = [];
    this.#removed = [];
    this.#left = [];
    this.#revealed = [];
    return set;
  }

  /** What was left out for its size may stand here; what was by its path is nobody's business. */
  #revealUnwanted(id: number): void {
    const apart = this.#state.unwanted.get(id);
    const path = apart && placeOf(this.#state, apart);
    if (path !== undefined) this.#revealed.push(path);
  }

  #list(id: number): void {
    this.#state.markDirty(id);
    this.#ids.push(id);
  }
}

/**
 * Whether the ids of the baseline mean nothing any more. After an unclean stop the server gives ids that
 * it forgot to other entries; a snapshot then says that this client knows some of those.
 */
function isOtherNumbering({ meta }: MirrorState, { indexId, generation, feed }: Welcome): boolean {
  return meta.indexId !== indexId || (feed === 'snapshot' && meta.generation !== generation);
}

/**
 * The server's index is another one: its ids mean nothing for the baseline, whose entries become local
 * ones until they are found again by path.
 */
function renumber(state: MirrorState, indexId: string): void {
  const { baseline, blocks } = state;
  const { rootId, lastLocalId, indexId: before } = state.meta;
  const localId = (id: number): number => (id > 0 && id !== rootId ? lastLocalId - id : id);
  let lowest = lastLocalId;
  for (let chunk = foreign(state); chunk.length > 0; chunk = foreign(state)) {
    for (const entry of chunk) {
      // Entries in it that only the target has keep their ids, and their folder.
      const locals = [...baseline.children(entry.id)].filter((child) => child.id < 0);
      const digests = blocks.of(entry);
      baseline.remove(entry.id);
      const id = localId(entry.id);
      for (const child of locals) baseline.put({ ...child, parentId: id });
      lowest = Math.min(lowest, id);
      const parentId = localId(entry.parentId);
      baseline.put({ ...withoutWord(entry), id, parentId, version: UNKNOWN_VERSION });
      if (entry.hash !== null && digests !== undefined) blocks.put(id, entry.hash, digests);
      state.rekeyed(entry.id, id);
    }
  }
  for (const id of state.dirtyIds()) state.markClean(id);
  state.cleanSince.clear();
  const isSourceNew = before !== '' && before !== indexId;
  state.setMeta({ indexId, lastLocalId: lowest, cursor: null, isCompareDue: true, isSourceNew });
  renumberKept(state);
}

/** The next entries that still have an id of the server, the root apart. */
function foreign(state: MirrorState): BaselineEntry[] {
  const chunk: BaselineEntry[] = [];
  for (const entry of state.baseline.all(1)) {
    if (entry.id !== state.meta.rootId) chunk.push(entry);
    if (chunk.length === 1000) break;
  }
  return chunk;
}

/** Another folder of the source is mirrored now: the target folder gets its id. */
function rebase(state: MirrorState, rootId: number): void {
  const { baseline } = state;
  const root = baseline.get(state.meta.rootId);
  if (root === undefined) return;
  // The folder may have stood inside the old tree: what is there becomes local and is found again by path.
  reparent(state, rootId, state.newLocalId());
  reparent(state, root.id, rootId);
}

function reparent(state: MirrorState, id: number, newId: number): void {
  const { baseline } = state;
  const entry = baseline.get(id);
  if (entry === undefined) return;
  const children = [...baseline.children(id)];
  baseline.remove(id);
  baseline.put({ ...entry, id: newId });
  state.rekeyed(id, newId);
  for (const child of children) baseline.put({ ...child, parentId: newId });
}
