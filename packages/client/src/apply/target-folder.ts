/**
 * The target as the apply steps see it: the tree, the state, and the few things they all do.
 *
 * Structure changes are synchronous from the look at the disk to the state's transaction, so no two of
 * this process can overlap and no path needs to be reserved; only bytes move in parallel, and they
 * move into staged files that have no place in the tree yet. New files that a thread places (`PlaceBeside`)
 * take turns with everything that changes names of folders or compares what stands here.
 */
import {
  adviceFor,
  type Clock,
  isAllCompared,
  isFolding,
  isPlainRule,
  microseconds,
  recordBorn,
  recordRemoved,
  recordUnborn,
  windowStart,
} from '@lanmirror/engine/core';
import {
  type Metadata,
  type Stat,
  type TrashReason,
  TreeError,
  type WritableTree,
} from '@lanmirror/engine/tree';
import { joinPath, nameOf, type SourceEntry } from '@lanmirror/protocol';
import type { CleanedGuard } from '../clean/cleaned-guard.ts';
import type { HistoryRow, Operation } from '../history/history-row.ts';
import { forgetKeptIn } from '../plan/kept.ts';
import { leftAloneAt } from '../plan/left-alone.ts';
import { refuseTargetWithin } from '../plan/target-within.ts';
import { aimOf } from '../state/aim.ts';
import {
  type BaselineEntry,
  diskFacts,
  isAsLeft,
  isFromServer,
  type TargetPlace,
} from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { type PlacedEntry, sourcePathOf } from '../state/placement.ts';
import { discard } from './discard.ts';
import type { Report } from './report.ts';
import { belongsElsewhere, isInTrashAnyway, isLeftByServer, trashReason } from './trash-reason.ts';

/** Of a path at the source an older version is kept at most this often. */
const VERSION_INTERVAL_MS = 3_600_000;
const MINUTE_MS = 60_000;
const MAX_REMEMBERED_VERSIONS = 10_000;

/** What `clearPlace` found, and what became of it. */
export interface Cleared {
  /** A file or link stands there, and is to be replaced in one step. */
  readonly isOccupied: boolean;
  /** Where the content that is replaced is kept; '' when it is not. */
  readonly trash: string;
  /** The content that is replaced is kept nowhere: an older one of the same hour is. */
  readonly isVersionLost: boolean;
}

/** Nothing stands there. */
export const FREE: Cleared = { isOccupied: false, trash: '', isVersionLost: false };

export class TargetFolder {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly report: Report;
  /** Something stands on the target that the baseline does not know: the whole has to be looked at. */
  isCheckDue = false;
  /** Entries that wait for that, because what stands at their place has to be judged. */
  readonly unjudged = new Set<number>();
  /** What goes or is replaced at the source's will goes to the trash; else it is deleted at once. */
  keepsTrash = true;
  /** Whether anything of a parked entry that the source has no more stays here. */
  staysParked: (entry: BaselineEntry) => boolean = () => false;
  /** What was cleaned from the source neither goes nor gives way. */
  cleaned: CleanedGuard | undefined;
  /** Many small new files may be placed by a thread, beside other work. */
  placesBeside = true;
  /** Entries that somebody took from the target: they come again. */
  readonly missing = new Set<number>();
  readonly #births = new Map<number, number>();
  #removedOld = 0;
  /** By the path at the source: when an older content of it last went to the trash. */
  readonly #versionKeptMs = new Map<string, number>();

  constructor(tree: WritableTree, state: MirrorState, clock: Clock, report: Report) {
    this.tree = tree;
    this.state = state;
    this.clock = clock;
    this.report = report;
  }

  /** Folders whose time has to be set when they are quiet. */
  get touchedFolders(): Set<number> {
    return this.state.touchedFolders;
  }

  /** An entry of the source as it is to stand here; undefined when nothing of it is to. */
  wanted(id: number): PlacedEntry | undefined {
    return aimOf(this.state, id);
  }

  /** The entry as it is known now, if what was fetched is still its content. */
  currentOf(fetched: SourceEntry): PlacedEntry | undefined {
    const now = this.wanted(fetched.id);
    return now?.kind === 'file' && now.version === fetched.version ? now : undefined;
  }

  /** Name of the staged file of an entry: the same after an interruption. */
  stagedName({ id }: { readonly id: number }): string {
    return `part-${this.state.meta.indexId.slice(0, 12)}-${id}`;
  }

  /** The path of an entry as a person knows it, from the source; with the one it has here where that is another. */
  shownPath(id: number, path: string): string {
    const known = this.knownPath(id, path);
    return known === path ? path : `${known} (here ${path})`;
  }

  /** The path of an entry at the source, which a person knows it by. */
  knownPath(id: number, path: string): string {
    if (isPlainRule(this.state.meta.traits.names)) return path;
    return sourcePathOf(this.state, id) ?? this.state.view.pathOf(id) ?? path;
  }

  /** What is to be set: a disk that does not keep modes may refuse to be given any. */
  metadataOf({ kind, mode, mtimeUs }: PlacedEntry): Metadata {
    return kind === 'link' || !this.state.meta.traits.keepsModes ? { mtimeUs } : { mode, mtimeUs };
  }

  /**
   * Whether what stands at a place has to be judged by the rule for comparing before it is replaced: it was not, or it is
   * not what was judged. Then all of the target is looked at, which brings the verdict for the entry `id`. Where every
   * difference counts nothing has to be judged, and neither has what is of no kind that is mirrored: where that is in
   * the way, the entry is missing. Throws TreeError.
   */
  isUnjudged(id: number, path: string, before: BaselineEntry | undefined): boolean {
    const { compare } = this.state.meta;
    if (isAllCompared(compare) || before?.isDamaged === true) return false;
    const there = this.tree.stat(path);
    if (there === undefined || (before !== undefined && isAsLeft(before, there))) return false;
    if (there.kind === 'other' && compare.includes('missing')) return false;
    this.isCheckDue = true;
    this.unjudged.add(id);
    return true;
  }

  /**
   * The entries that waited for a look at the target, and those that stand at their places: whether one gives way to the
   * other is decided in one plan.
   */
  takeUnjudged(): number[] {
    const ids = new Set(this.unjudged);
    this.unjudged.clear();
    for (const id of [...ids]) {
      const after = this.wanted(id);
      const occupant = after && this.occupantOf(after);
      if (occupant !== undefined) ids.add(occupant.id);
    }
    return [...ids];
  }

  /** Path at which this entry belongs, if its folder stands on the target. */
  placeOf(entry: PlacedEntry): string | undefined {
    if (entry.id === this.state.meta.rootId) return '';
    const folder = this.state.baseline.pathOf(entry.parentId);
    return folder === undefined ? undefined : joinPath(folder, entry.name);
  }

  /**
   * Records that `entry` stands on the target, as `stat` shows it. What a file system rounds off is not asked for again.
   * `blocks`: the block list of the content with this hash.
   */
  record(entry: PlacedEntry, stat: Stat, hash: Uint8Array | null, blocks?: Uint8Array): void {
    const { state } = this;
    const before = state.baseline.get(entry.id);
    const bornMs = before?.bornMs ?? this.clock.wallMs();
    if (before === undefined && entry.id !== state.meta.rootId) this.#count(bornMs, 1);
    const { id, parentId, name, sourceName, kind, version, sizeBytes, linkTarget } = entry;
    if (kind === 'file') this.cleaned?.arrived(() => this.placeOf(entry));
    state.transact(() => {
      this.vacate(entry);
      this.#takeOverKept(entry);
      state.baseline.put({
        id,
        parentId,
        name,
        ...(sourceName !== undefined && { sourceName }),
        kind,
        version,
        sizeBytes,
        linkTarget,
        mode: entry.mode,
        mtimeUs: entry.mtimeUs,
        hash,
        disk: diskFacts(stat),
        bornMs,
        checkpoint: state.meta.checkpoint,
      });
      if (hash !== null && blocks !== undefined) state.blocks.put(id, hash, blocks);
      if (isAsTold(entry, state.view.get(id))) state.markClean(id);
    });
    this.touch(parentId);
  }

  /** Whoever had this place in the baseline has it no more. Inside a transaction. */
  vacate(entry: { readonly id: number; readonly parentId: number; readonly name: string }): void {
    const occupantId = this.state.baseline.occupantId(entry.parentId, entry.name);
    if (occupantId !== undefined && occupantId !== entry.id) this.forgetTree(occupantId);
  }

  /** What was kept there, and is no folder, is this by now. Inside a transaction. */
  #takeOverKept({ parentId, name }: TargetPlace): void {
    const { kept, meta } = this.state;
    const id = meta.keptEntries === 0 ? undefined : kept.occupantId(parentId, name);
    if (id !== undefined && kept.get(id)?.kind !== 'directory') kept.removeTree(id);
  }

  /** What the baseline knows at the place of `entry`; to a target that folds names perhaps under another one. */
  occupantOf(entry: TargetPlace): BaselineEntry | undefined {
    const id = this.state.baseline.occupantId(entry.parentId, entry.name);
    return id === undefined ? undefined : this.state.baseline.get(id);
  }

  /**
   * Whether a folder stands at the place of `entry` that has to go first. That is another step, which may have
   * failed, or wait for a person: nothing else clears a folder away.
   */
  isBlocked(entry: PlacedEntry): boolean {
    const occupant = this.occupantOf(entry);
    return occupant?.kind === 'directory' && (occupant.id !== entry.id || entry.kind !== 'directory');
  }

  /** Takes an entry and all below it out of the baseline; what the source still has must come again. */
  forgetTree(id: number): void {
    const { state } = this;
    state.baseline.removeTree(id, (entry) => {
      this.noteRemoved(entry);
      forgetKeptIn(state, entry.id);
      if (state.view.get(entry.id) !== undefined) state.markDirty(entry.id);
      else state.markClean(entry.id);
    });
  }

  /** A folder's content changed, and with it its time. */
  touch(folderId: number): void {
    this.touchedFolders.add(folderId);
  }

  /**
   * Makes the place free for `publish` or `move`: whatever stands there that is not what we left goes
   * to the trash, and what we left is kept there as an old version, unless one was within the hour. The first
   * of an hour stays, because after a mistake people save again and again. The hour is that of a path at the source:
   * on a disk that folds names another file may have had this place. Without `isReplacing` nothing stands there
   * afterwards, and all of it is in the trash. So is what the source has elsewhere, in any case. Throws TreeError, PLACE_EXCLUDED or PLACE_CLEANED where the place is not
   * to be had.
   */
  clearPlace(path: string, occupant: BaselineEntry | undefined, isReplacing = true): Cleared {
    const there = this.tree.stat(path);
    if (there === undefined) return FREE;
    this.refuseLeftAlone(path, occupant);
    this.cleaned?.refuse(path, there, occupant);
    const reason = trashReason(occupant, there, 'replaced');
    const isContent = there.kind === 'file' || there.kind === 'link';
    const isOurs = isContent && reason === 'replaced';
    // A disk that folds names would keep the spelling of the one that is replaced.
    const isSpelledSo = occupant?.name === nameOf(path) || !isFolding(this.state.meta.traits.names);
    const isOccupied = isReplacing && isContent && isSpelledSo;
    const known = occupant === undefined ? path : this.knownPath(occupant.id, path);
    const isSpared =
      occupant !== undefined &&
      (isInTrashAnyway(this.state, occupant) || belongsElsewhere(this.state, occupant));
    if (isOccupied && isOurs && !isSpared && !(this.keepsTrash && this.#isVersionDue(known)))
      return { isOccupied, trash: '', isVersionLost: true };
    if (isOurs && occupant !== undefined && !isSpared && !this.keepsTrash) {
      discard(this, path, occupant);
      return { isOccupied, trash: '', isVersionLost: true };
    }
    if (there.kind === 'directory') refuseTargetWithin(this, path);
    const trash = isOccupied ? this.tree.keepVersion(path, reason) : this.tree.putAway(path, reason);
    this.#tellForeign(reason, occupant, path, there);
    // Only now: a version that could not be kept is due until it is.
    if (isOurs) this.#noteVersionKept(known);
    else {
      const sizeBytes = there.kind === 'file' ? there.sizeBytes : 0;
      const kind = there.kind === 'other' ? 'file' : there.kind;
      this.note('put-away', known, { kind, sizeBytes, trash });
    }
    return { isOccupied, trash: isOurs ? trash : '', isVersionLost: false };
  }

  /**
   * A rule deletes nothing: what the share leaves out, and the baseline does not have, keeps its place. That happens
   * where another kind of node has the name at the source now, and where the disk takes two names for one. Throws
   * TreeError PLACE_EXCLUDED then. `occupant` is what the baseline has there.
   */
  refuseLeftAlone(path: string, occupant: BaselineEntry | undefined): void {
    const left = occupant === undefined ? leftAloneAt(this, path) : undefined;
    if (left === undefined) return;
    const { cause } = adviceFor('PLACE_EXCLUDED');
    throw new TreeError('PLACE_EXCLUDED', path, left === path ? cause : `${cause} (${left})`);
  }

  /** What was cleaned from the source gives way to nothing, unless `entry` may be the same. Throws TreeError PLACE_CLEANED. */
  refuseCleaned(path: string, entry: PlacedEntry): void {
    const there = this.tree.stat(path);
    const mayBeSame = there?.kind === 'file' && there.sizeBytes === entry.sizeBytes;
    if (there !== undefined && !mayBeSame) this.cleaned?.refuse(path, there, this.occupantOf(entry));
  }

  /**
   * What stands at `path` goes to the trash, or for good; returns where it is, '' for nowhere. `known` is what the baseline
   * has of it. Throws TreeError.
   */
  putAway(path: string, known: BaselineEntry | undefined, there: Stat, ours: 'deleted' | 'replaced'): string {
    this.cleaned?.refuse(path, there, known);
    if (there.kind === 'directory') refuseTargetWithin(this, path);
    const reason = trashReason(known, there, ours);
    const isSpared =
      known !== undefined &&
      (isInTrashAnyway(this.state, known) || (ours === 'deleted' && belongsElsewhere(this.state, known)));
    if (known !== undefined && reason === ours && !this.keepsTrash && !isSpared) {
      discard(this, path, known);
      return '';
    }
    const trash = this.tree.putAway(path, reason);
    // What is removed is told as that.
    if (ours === 'replaced' || reason === 'edited') this.#tellForeign(reason, known, path, there);
    return trash;
  }

  /** What somebody wrote on the mirror does not go without a word. Of what was only never compared nobody knows that. */
  #tellForeign(reason: TrashReason, known: BaselineEntry | undefined, path: string, there: Stat): void {
    const shown = this.shownPath(known?.id ?? 0, path);
    const isEdit = reason === 'edited' && !(known !== undefined && isLeftByServer(known, there));
    if (isEdit) this.report.edited(shown, false);
    else if (reason === 'extra') this.report.added(shown);
  }

  /** Writes down what happened to a path, with the present transaction. What is not given is a file without a past. */
  note(operation: Operation, path: string, facts: Partial<HistoryRow>): void {
    const { kind = 'file', from = '', sizeBytes = 0, trash = '', isVersionLost = false, code = '' } = facts;
    const atMs = this.clock.wallMs();
    this.state.history.note({ atMs, operation, kind, path, from, sizeBytes, trash, isVersionLost, code });
  }

  /**
   * Writes down that a content, link or folder got its place. `before` is what the baseline has of the entry,
   * `occupant` what it has at the place.
   */
  noteArrival(
    entry: SourceEntry,
    path: string,
    [before, occupant]: readonly [BaselineEntry | undefined, BaselineEntry | undefined],
    facts: Partial<HistoryRow>,
  ): void {
    const isMissing = this.missing.delete(entry.id);
    const known = before ?? occupant;
    const isRepair = known === undefined ? isMissing : !isFromServer(known);
    const operation = isRepair ? 'repaired' : known === undefined ? 'created' : 'modified';
    const { kind, sizeBytes } = entry;
    this.note(operation, this.knownPath(entry.id, path), {
      kind,
      sizeBytes: kind === 'file' ? sizeBytes : 0,
      ...facts,
    });
  }

  /** Entries of a subtree of the baseline that existed before the window of the delete guard began. */
  countOld(id: number): number {
    const { baseline } = this.state;
    const entry = baseline.get(id);
    if (entry === undefined) return 0;
    let count = entry.bornMs < windowStart(this.clock.wallMs()) ? 1 : 0;
    if (entry.kind === 'directory')
      for (const child of baseline.children(id)) count += this.countOld(child.id);
    return count;
  }

  /** An entry left the target because the source does not have it any more. */
  noteRemoved(entry: BaselineEntry): void {
    this.missing.delete(entry.id);
    if (entry.bornMs < windowStart(this.clock.wallMs())) this.#removedOld += 1;
    else this.#count(entry.bornMs, -1);
  }

  /** Brings the delete guard's window up to date with what was done since the last call. */
  saveHoldWindow(): void {
    if (this.#births.size === 0 && this.#removedOld === 0) return;
    const now = this.clock.wallMs();
    let hold = this.state.meta.hold;
    for (const [minute, count] of this.#births) {
      const at = minute * MINUTE_MS;
      hold = count > 0 ? recordBorn(hold, count, at) : recordUnborn(hold, -count, at, now);
    }
    if (this.#removedOld > 0) hold = recordRemoved(hold, this.#removedOld, now);
    this.#births.clear();
    this.#removedOld = 0;
    this.state.setMeta({ hold });
  }

  #count(bornMs: number, by: number): void {
    const minute = Math.floor(bornMs / MINUTE_MS);
    this.#births.set(minute, (this.#births.get(minute) ?? 0) + by);
  }

  #isVersionDue(known: string): boolean {
    const keptMs = this.#versionKeptMs.get(known);
    return keptMs === undefined || this.clock.nowMs() - keptMs >= VERSION_INTERVAL_MS;
  }

  #noteVersionKept(known: string): void {
    this.#versionKeptMs.delete(known);
    this.#versionKeptMs.set(known, this.clock.nowMs());
    const oldest = this.#versionKeptMs.keys().next();
    if (this.#versionKeptMs.size > MAX_REMEMBERED_VERSIONS && !oldest.done)
      this.#versionKeptMs.delete(oldest.value);
  }
}

/** Whether a node has these already. */
export function hasMetadata(stat: Stat, { mode, mtimeUs }: Metadata): boolean {
  return (
    (mode === undefined || stat.mode === mode) &&
    (mtimeUs === undefined || microseconds(stat.mtimeNs) === mtimeUs)
  );
}

/** Whether this is the last that the source said of an entry, and its place, too: one that waits for that stays to be planned. */
function isAsTold(
  { sequence, parentId, name, sourceName }: PlacedEntry,
  told: SourceEntry | undefined,
): boolean {
  return told?.sequence === sequence && told.parentId === parentId && told.name === (sourceName ?? name);
}
