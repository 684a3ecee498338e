/**
 * Content that was read less than a clock tick after its last change: a later write may have left the
 * same times. When the tick is over it is read again.
 */
import type { Timers } from '../../core/index.ts';
import { hashBytes, type ReadableTree, type ReadHandle, TreeError } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';

/** Longer than the clock tick of older kernels. */
const TICK_OVER_MS = 25;

export interface FreshContentHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly timers: Timers;
  /** The path may have changed. */
  hint(path: string): void;
  /** The index has a new head. */
  changed(): void;
}

/** Reads an entry's content again soon; if it is not what `hash` says, it is a new version. */
export function verifyLater(host: FreshContentHost, read: IndexEntry, path: string, hash: Uint8Array): void {
  const { tree, index, timers } = host;
  timers.once(TICK_OVER_MS, () => {
    const entry = index.byId(read.id);
    if (entry === undefined || entry.version !== read.version) return;
    const now = contentHash(tree, path, entry.sizeBytes);
    if (now === undefined) return host.hint(path);
    if (Buffer.compare(now, hash) === 0) return;
    if (index.transact(() => index.update(entry, entry, true)).isChanged) host.changed();
  });
}

/** BLAKE3 of a file of `sizeBytes`, or undefined when it cannot be read or is shorter. */
function contentHash(tree: ReadableTree, path: string, sizeBytes: number): Uint8Array | undefined {
  let handle: ReadHandle | undefined;
  try {
    handle = tree.open(path);
    const bytes = new Uint8Array(sizeBytes);
    return handle.readSync(bytes, 0, sizeBytes, 0) === sizeBytes ? hashBytes(bytes) : undefined;
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  } finally {
    handle?.close();
  }
}
