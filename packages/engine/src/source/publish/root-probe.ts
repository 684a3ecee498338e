/**
 * Another folder stands in the place of the root: is it the same tree under another identity (a disk that
 * was mounted again), or something else? Answered before anything of it is believed, by a walk along the
 * index that only looks. While the answer is no it is asked again every minute, for the folder may be
 * filled meanwhile, and at once when yet another one stands there.
 */

import { joinPath, ROOT_ID } from '@lanmirror/protocol';
import {
  type Clock,
  type FoundRoot,
  isSameRoot,
  mayBeMountedAgain,
  type RootGuard,
} from '../../core/index.ts';
import { type ReadableTree, TreeError } from '../../tree/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { findRoot } from './root-look.ts';
import { describeRoot, type StandingRoot, tokenOf } from './standing-root.ts';

const AGAIN_MS = 60_000;
/** How long the event loop is kept. */
const SLICE_MS = 8;
const SLICE_LOOKS = 100;

export interface RootProbeHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  readonly clock: Clock;
  readonly guard: RootGuard;
  /** Paths of files that are known to be in the source, whether or not the index has them. */
  hiddenPaths(): readonly string[];
  /** Runs slow work that must not run beside a scan. */
  queue(work: () => Promise<void>): void;
  isStopped(): boolean;
  /** The folder that stands there is the root from now on. */
  admitted(): void;
}

export class RootProbe {
  readonly #host: RootProbeHost;
  #isRunning = false;
  #rejected: { readonly root: FoundRoot; readonly atMs: number } | undefined;

  constructor(host: RootProbeHost) {
    this.#host = host;
  }

  /** Something that is not the known root stands in its place: compares it with the index, if it is time to. */
  consider(): void {
    const root = this.#rootNow();
    if (this.#isRunning || root === undefined || !this.#host.guard.isProbeWanted(root)) return;
    const { clock } = this.#host;
    const rejected = this.#rejected;
    if (rejected !== undefined && isSameRoot(rejected.root, root) && clock.nowMs() - rejected.atMs < AGAIN_MS)
      return;
    this.#isRunning = true;
    this.#host.queue(async () => {
      try {
        await this.#run(root);
      } finally {
        this.#isRunning = false;
      }
    });
  }

  /** The folder that stands in the place of the known root and is not believed; undefined when none does. */
  standing(): StandingRoot | undefined {
    const root = this.#rootNow();
    if (root === undefined || !this.#host.guard.isProbeWanted(root)) return undefined;
    try {
      return describeRoot(this.#host.tree, root);
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    } finally {
      if (!this.#isRunning) this.#host.tree.release();
    }
  }

  /**
   * A person says that the folder with this token is the root from now on. What is missing in it is judged by
   * the scan that follows. Returns false when another one, or none, stands there.
   */
  take(token: string): boolean {
    const root = this.#rootNow();
    const { guard } = this.#host;
    if (root === undefined || !guard.isProbeWanted(root) || tokenOf(root) !== token) return false;
    guard.admit(root);
    this.#host.admitted();
    return true;
  }

  async #run(root: FoundRoot): Promise<void> {
    const { guard, index, clock } = this.#host;
    const hidden = this.#host.hiddenPaths();
    const indexed = index.size + hidden.length;
    const isBelieved = (missing: number): boolean => mayBeMountedAgain({ indexed, missing });
    const gone = hidden.filter((path) => !this.#mayStandAt(path, { kind: 'file' })).length;
    const missing = gone + (await this.#countMissing((found) => isBelieved(gone + found)));
    const after = this.#rootNow();
    if (this.#host.isStopped() || after === undefined || !isSameRoot(after, root)) return;
    if (isBelieved(missing)) {
      this.#rejected = undefined;
      guard.admit(root);
      this.#host.admitted();
    } else this.#rejected = { root, atMs: clock.nowMs() };
  }

  /** Indexed entries that do not stand at their paths, or not as what they were; it stops when they are too many. */
  async #countMissing(isBelieved: (missing: number) => boolean): Promise<number> {
    const { index, clock } = this.#host;
    const folders = [{ id: ROOT_ID, path: '', isMissing: false }];
    let missing = 0;
    let looks = 0;
    let sliceStart = clock.nowMs();
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const child of [...index.children(folder.id)]) {
        const path = joinPath(folder.path, child.name);
        const isMissing = folder.isMissing || !this.#mayStandAt(path, child);
        if (isMissing) missing += 1;
        if (!isBelieved(missing)) return missing;
        if (child.kind === 'directory') folders.push({ id: child.id, path, isMissing });
        looks += 1;
        if (looks % SLICE_LOOKS !== 0 || clock.nowMs() - sliceStart < SLICE_MS) continue;
        await clock.turn();
        if (this.#host.isStopped()) return missing;
        sliceStart = clock.nowMs();
      }
    }
    return missing;
  }

  /** What cannot be looked at is no absence: a scan would not remove it. */
  #mayStandAt(path: string, { kind }: Pick<IndexEntry, 'kind'>): boolean {
    try {
      return this.#host.tree.stat(path)?.kind === kind;
    } catch (error) {
      if (error instanceof TreeError) return true;
      throw error;
    }
  }

  #rootNow(): FoundRoot | undefined {
    try {
      return findRoot(this.#host.tree);
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    } finally {
      if (!this.#isRunning) this.#host.tree.release();
    }
  }
}
