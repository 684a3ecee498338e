/**
 * The target as the apply steps see it: the tree, the state, and the few things they all do.
 *
 * Structure changes are synchronous from the look at the disk to the state's transaction, so no two of
 * this process can overlap and no path needs to be reserved; only bytes move in parallel, and they
 * move into staged files that have no place in the tree yet.
 */
import {
  type Clock,
  isFolding,
  isPlainRule,
  microseconds,
  recordBorn,
  recordRemoved,
  recordUnborn,
  windowStart,
} from '@lanmirror/engine/core';
import type { Metadata, Stat, WritableTree } from '@lanmirror/engine/tree';
import { joinPath, nameOf } from '@lanmirror/protocol';
import {
  type BaselineEntry,
  diskFacts,
  isAsLeft,
  type TargetPlace,
  UNKNOWN_VERSION,
} from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { type PlacedEntry, sourcePathOf, wanted } from '../state/placement.ts';
import type { Report } from './report.ts';

/** A version of a path that came from the server is kept at most this often. */
const VERSION_INTERVAL_MS = 3_600_000;
const MINUTE_MS = 60_000;
const MAX_REMEMBERED_VERSIONS = 10_000;

export class TargetFolder {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly report: Report;
  /** Something stands on the target that the baseline does not know: the whole has to be looked at. */
  isCheckDue = false;
  readonly #births = new Map<number, number>();
  #removedOld = 0;
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

  /** An entry of the source as it is to stand here; undefined when the source does not have it. */
  wanted(id: number): PlacedEntry | undefined {
    return wanted(this.state, id);
  }

  /** The path of an entry as a person knows it, from the source; with the one it has here where that is another. */
  shownPath(id: number, path: string): string {
    if (isPlainRule(this.state.meta.traits.names)) return path;
    const known = sourcePathOf(this.state, id) ?? this.state.view.pathOf(id) ?? path;
    return known === path ? path : `${known} (here ${path})`;
  }

  /** What is to be set: a disk that does not keep modes may refuse to be given any. */
  metadataOf({ kind, mode, mtimeUs }: PlacedEntry): Metadata {
    return kind === 'link' || !this.state.meta.traits.keepsModes ? { mtimeUs } : { mode, mtimeUs };
  }

  /** Path at which this entry belongs, if its folder stands on the target. */
  placeOf(entry: PlacedEntry): string | undefined {
    if (entry.id === this.state.meta.rootId) return '';
    const folder = this.state.baseline.pathOf(entry.parentId);
    return folder === undefined ? undefined : joinPath(folder, entry.name);
  }

  /** Records that `entry` stands on the target, as `stat` shows it. What a file system rounds off is not asked for again. */
  record(entry: PlacedEntry, stat: Stat, hash: Uint8Array | null): void {
    const { state } = this;
    const before = state.baseline.get(entry.id);
    const bornMs = before?.bornMs ?? this.clock.wallMs();
    if (before === undefined) this.#count(bornMs, 1);
    const { id, parentId, name, sourceName, kind, version, sizeBytes, linkTarget } = entry;
    state.transact(() => {
      this.vacate(entry);
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
      if (state.view.get(id)?.sequence === entry.sequence) state.markClean(id);
    });
    this.touch(parentId);
  }

  /** Whoever had this place in the baseline has it no more. Inside a transaction. */
  vacate(entry: { readonly id: number; readonly parentId: number; readonly name: string }): void {
    const occupantId = this.state.baseline.occupantId(entry.parentId, entry.name);
    if (occupantId !== undefined && occupantId !== entry.id) this.forgetTree(occupantId);
  }

  /** What the baseline knows at the place of `entry`; to a target that folds names perhaps under another one. */
  occupantOf(entry: TargetPlace): BaselineEntry | undefined {
    const id = this.state.baseline.occupantId(entry.parentId, entry.name);
    return id === undefined ? undefined : this.state.baseline.get(id);
  }

  /** Takes an entry and all below it out of the baseline; what the source still has must come again. */
  forgetTree(id: number): void {
    const { state } = this;
    state.baseline.removeTree(id, (entry) => {
      this.noteRemoved(entry);
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
   * to the trash, and what we left is kept there as an old version. Returns whether a file or link is
   * to be replaced in one step.
   */
  clearPlace(path: string, occupant: BaselineEntry | undefined): boolean {
    const there = this.tree.stat(path);
    if (there === undefined) return false;
    // A disk that folds names would keep the spelling of the one that is replaced.
    const isSpelledSo = occupant?.name === nameOf(path) || !isFolding(this.state.meta.traits.names);
    if ((there.kind !== 'file' && there.kind !== 'link') || !isSpelledSo) {
      this.tree.putAway(path, occupant === undefined ? 'extra' : 'replaced');
      return false;
    }
    const isOurs =
      occupant !== undefined && occupant.version !== UNKNOWN_VERSION && isAsLeft(occupant, there);
    if (isOurs && !this.#isVersionDue(path)) return true;
    this.tree.keepVersion(path, isOurs ? 'replaced' : occupant === undefined ? 'extra' : 'edited');
    // Only now: a version that could not be kept is due until it is.
    if (isOurs) this.#noteVersionKept(path);
    return true;
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

  #isVersionDue(path: string): boolean {
    const keptMs = this.#versionKeptMs.get(path);
    return keptMs === undefined || this.clock.nowMs() - keptMs >= VERSION_INTERVAL_MS;
  }

  #noteVersionKept(path: string): void {
    this.#versionKeptMs.delete(path);
    this.#versionKeptMs.set(path, this.clock.nowMs());
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
