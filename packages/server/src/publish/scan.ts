/**
 * Walks a part of the source against the index: lists each folder (its watch is set before), looks at
 * every name, and collects the indexed paths that were not listed. Works in slices, so that events and
 * clients have their turn; holds one folder's listing at a time.
 *
 * It removes nothing itself. A scan that is interrupted leaves the index somewhere between the old
 * and the new state, each entry right for some moment; the next scan goes on.
 */
import type { Clock } from '@lanmirror/engine/core';
import { type ReadableTree, TreeError, type TreeWatcher } from '@lanmirror/engine/tree';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { type Looker, pathsIn } from './look.ts';
import type { BatchResult, TakeContent } from './look-batch.ts';
import type { ProblemList } from './problem-list.ts';

/** Names looked at in one transaction. */
const BATCH = 500;
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
  /** Counts what is done. */
  readonly progress: ScanProgress;
  /** The path may have changed: it is to be looked at when it is quiet. */
  hint(path: string): void;
  /** This folder was not where the index has it: it is judged later, and listed then if it is back. */
  vanished(path: string): void;
  /** After each transaction. */
  applied(result: BatchResult, isChanged: boolean): void;
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

/** Scans the folder with this id and everything below it. */
export async function scan(host: ScanHost, id: number): Promise<ScanResult> {
  const stack = [id];
  const missing: IndexEntry[] = [];
  const known: number[] = [];
  let isComplete = true;
  let sliceStart = host.clock.nowMs();
  for (let next = stack.pop(); next !== undefined && !host.isStopped(); next = stack.pop()) {
    const path = host.index.pathOf(next);
    if (path === undefined) continue;
    host.progress.folders += 1;
    const names = listFolder(host, next, path);
    if (names === undefined) {
      isComplete = false;
      continue;
    }
    if (host.index.byId(next)?.isOpaque === true) known.push(next);
    collectMissing(host, next, names, missing);
    for (let at = 0; at < names.length && !host.isStopped(); at += BATCH) {
      const batch = host.looker.lookAt(pathsIn(path, names.slice(at, at + BATCH)), host.takeContent, true);
      host.progress.entries += Math.min(BATCH, names.length - at);
      for (const folder of batch.result.descend) stack.push(folder);
      batch.result.descend.clear();
      host.applied(batch.result, batch.isChanged);
      if (host.clock.nowMs() - sliceStart >= SLICE_MS) {
        await host.clock.turn();
        sliceStart = host.clock.nowMs();
      }
    }
  }
  const isStopped = host.isStopped();
  return { isComplete: isComplete && !isStopped, missing, known: isStopped ? [] : known };
}

/** The names in a folder, watched before it is listed; undefined when it could not be listed. */
function listFolder(host: ScanHost, id: number, path: string): readonly string[] | undefined {
  host.watcher.addDirectory(path);
  try {
    const listing = host.tree.list(path);
    host.watcher.listed?.(path, listing.names);
    // It went away, or its disk did, since it was looked at: what was listed is of something else.
    if (!host.looker.isIndexedFolder(path)) {
      host.vanished(path);
      return undefined;
    }
    host.problems.clear(path, 'listing');
    hintIfTouched(host, id, path);
    host.problems.setUndecodable(path, listing.undecodable);
    return path === '' ? listing.names.filter((name) => name.toLowerCase() !== RESERVED) : listing.names;
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    if (error.code === 'ABSENT') host.vanished(path);
    else host.known(host.looker.cannotList(id, path, error.code));
    return undefined;
  }
}

/** The folder was looked at before its watch was set: what happened in between moved its time. */
function hintIfTouched(host: ScanHost, id: number, path: string): void {
  const entry = host.index.byId(id);
  const stat = path === '' ? host.tree.rootStat() : host.tree.stat(path);
  if (entry !== undefined && stat !== undefined && stat.mtimeNs !== entry.mtimeNs) host.hint(path);
}

function collectMissing(host: ScanHost, id: number, names: readonly string[], missing: IndexEntry[]): void {
  const listed = new Set(names);
  for (const child of host.index.children(id)) if (!listed.has(child.name)) missing.push(child);
}
