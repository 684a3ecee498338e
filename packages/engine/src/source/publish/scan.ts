/**
 * Walks a part of the source against the index: lists each folder (its watch is set before), looks at
 * every name, and collects the indexed paths that were not listed. What is as the index has it costs a look at the
 * disk and nothing else; the rest is recorded for many names, of several folders, in one transaction. Works in
 * slices, so that events and clients have their turn; holds one folder's listing at a time.
 *
 * It removes nothing itself. A scan that is interrupted leaves the index somewhere between the old
 * and the new state, each entry right for some moment; the next scan goes on.
 */

import { joinPath } from '@lanmirror/protocol';
import { type Clock, type Pacing, rested } from '../../core/index.ts';
import { type ReadableTree, TreeError, type TreeWatcher } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { Looked, Looker } from './look.ts';
import type { TakeContent } from './look-batch.ts';
import type { ProblemList } from './problem-list.ts';

/** Names that are enough for a transaction. */
const BATCH = 500;
/** Names between two looks at the clock. */
const STEP = 100;
/** How long a slice may keep the event loop. */
const SLICE_MS = 8;

/** The top of `.lanmirror` in the source is ours or another mirror's: never published. */
const RESERVED = '.lanmirror';

export interface ScanHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly looker: Looker;
  readonly problems: ProblemList;
  readonly watcher: TreeWatcher;
  readonly clock: Clock;
  readonly takeContent: TakeContent;
  /** To which scans are held; without it, to nothing. */
  readonly pace?: Pacing | undefined;
  /** Counts what is done. */
  readonly progress: ScanProgress;
  /** The path may have changed: it is to be looked at when it is quiet. */
  hint(path: string): void;
  /** This folder was not where the index has it: it is judged later, and listed then if it is back. */
  vanished(path: string): void;
  /** After each transaction. */
  applied(looked: Looked): void;
  /** What is known of a folder's content is another now; `isChanged`: and that was published. */
  known(isChanged: boolean): void;
  /** True ends the scan early. */
  isStopped(): boolean;
}

/** How far a scan is. */
export interface ScanProgress {
  /** Folders that were listed. */
  folders: number;
  /** Names that were looked at. */
  entries: number;
}

export interface ScanResult {
  /** Every folder was listed. */
  readonly isComplete: boolean;
  /** Indexed entries that were not listed, tops only, as they were then. */
  readonly missing: IndexEntry[];
  /** Ids of opaque folders that could be listed with all below them. */
  readonly known: number[];
}

/** Scans the folder with this id and everything below it. Rejects with OtherRules when the rules are other ones. */
export function scan(host: ScanHost, id: number): Promise<ScanResult> {
  return new ScanRun(host, id).run();
}

/** A folder as it was listed. */
interface ListedFolder {
  readonly id: number;
  readonly path: string;
  readonly names: readonly string[];
  /** What the index has under each of the names. */
  readonly childIds: readonly (number | undefined)[];
}

class ScanRun {
  readonly #host: ScanHost;
  readonly #stack: number[];
  readonly #missing: IndexEntry[] = [];
  readonly #known: number[] = [];
  /** What is to be looked at in the next transaction: names of a folder, or of several small ones. */
  #paths: string[] = [];
  /** The folder at hand, and how many of its names were come to: what lost its name may stand under one of the others. */
  #folder: ListedFolder | undefined;
  #reached = 0;
  #isComplete = true;
  #sliceStart: number;

  constructor(host: ScanHost, id: number) {
    this.#host = host;
    this.#stack = [id];
    this.#sliceStart = host.clock.nowMs();
  }

  async run(): Promise<ScanResult> {
    for (let id = this.#next(); id !== undefined && !this.#host.isStopped(); id = this.#next()) {
      const folder = this.#listFolder(id);
      if (folder !== undefined) await this.#compare(folder);
    }
    const isStopped = this.#host.isStopped();
    return {
      isComplete: this.#isComplete && !isStopped,
      missing: this.#missing,
      known: isStopped ? [] : this.#known,
    };
  }

  /** A folder that was found. Those in what waits for its look come last. */
  #next(): number | undefined {
    if (this.#stack.length === 0) this.#look();
    return this.#stack.pop();
  }

  /** Looks at those names of a folder that are not as the index has them. */
  async #compare(folder: ListedFolder): Promise<void> {
    const { looker, progress, isStopped } = this.#host;
    const { id, path, names, childIds } = folder;
    this.#folder = folder;
    for (let at = 0; at < names.length; at += STEP) {
      if (at > 0 && isStopped()) return;
      this.#reached = at + STEP;
      for (const [step, name] of names.slice(at, at + STEP).entries()) {
        const child = joinPath(path, name);
        const childId = childIds[at + step];
        const isDone = childId !== undefined && looker.isAsIndexed(childId, id, child);
        if (!isDone) this.#paths.push(child);
        progress.entries += 1;
      }
      if (this.#paths.length >= BATCH) this.#look();
      await this.#giveWay();
    }
  }

  /** Names of the folder at hand that are still to be looked at. */
  *#ahead(): Generator<string> {
    const { path = '', names = [] } = this.#folder ?? {};
    for (let at = this.#reached; at < names.length; at += 1) yield joinPath(path, names[at] ?? '');
  }

  #look(): void {
    if (this.#paths.length === 0) return;
    const { looker, takeContent, applied } = this.#host;
    const looked = looker.lookAt(this.#paths, takeContent, true, () => this.#ahead());
    this.#paths = [];
    for (const folder of looked.result.descend) this.#stack.push(folder);
    looked.result.descend.clear();
    applied(looked);
  }

  /** Others have their turn when this one has been long enough. Nothing listed stays unlooked at over it. */
  async #giveWay(): Promise<void> {
    const { clock, pace, isStopped } = this.#host;
    if (clock.nowMs() - this.#sliceStart < SLICE_MS) return;
    this.#look();
    await clock.turn();
    if (pace !== undefined) await rested(pace, clock, isStopped);
    this.#sliceStart = clock.nowMs();
  }

  /** Lists a folder, which is watched before; undefined when that could not be. */
  #listFolder(id: number): ListedFolder | undefined {
    const { index, progress } = this.#host;
    const entry = index.byId(id);
    const path = index.pathOf(id);
    if (entry === undefined || path === undefined) return undefined;
    progress.folders += 1;
    const names = listNames(this.#host, entry, path);
    if (names === undefined) {
      this.#isComplete = false;
      return undefined;
    }
    if (entry.isOpaque === true) this.#known.push(id);
    const indexed = index.idsIn(id);
    const childIds = names.map((name) => indexed.get(name));
    for (const name of names) indexed.delete(name);
    for (const missing of indexed.values()) {
      const gone = index.byId(missing);
      if (gone !== undefined) this.#missing.push(gone);
    }
    return { id, path, names, childIds };
  }
}

/** The names in a folder, watched before it is listed; undefined when it could not be listed. */
function listNames(host: ScanHost, entry: IndexEntry, path: string): readonly string[] | undefined {
  const { tree, looker, problems } = host;
  host.watcher.addDirectory(path);
  try {
    const listing = tree.list(path);
    host.watcher.listed?.(path, listing.names);
    const there = path === '' ? tree.rootStat() : tree.stat(path);
    // It went away, or its disk did, since it was looked at: what was listed is of something else.
    if (!looker.isFolderAt(path, entry, there)) {
      host.vanished(path);
      return undefined;
    }
    if (!looker.mayLookInside(entry.id, path, listing.names, (isChanged) => host.known(isChanged)))
      return undefined;
    // It was looked at before its watch was set: what happened in between moved its time.
    if (there !== undefined && there.mtimeNs !== entry.mtimeNs) host.hint(path);
    problems.setUndecodable(path, listing.undecodable);
    return path === '' ? listing.names.filter((name) => name.toLowerCase() !== RESERVED) : listing.names;
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code === 'ABSENT') host.vanished(path);
    else host.known(looker.cannotList(entry.id, path, error.code));
    return undefined;
  }
}
