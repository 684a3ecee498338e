/**
 * Watches the root of the source while it may be believed.
 *
 * The root is judged before every batch: while it is not the healthy folder that was indexed, nothing is watched
 * (halt), and it is looked at again whenever it is asked to be checked. A folder of another identity is compared
 * with the index before it is believed (`RootProbe`). An index that cannot be written is a halt like any other.
 *
 * Owns the watcher; a kill leaves nothing of it.
 */
import { type Clock, haltMessage, type RootGuard, type WorkFault } from '../../core/index.ts';
import { StoreError } from '../../store/index.ts';
import type { ReadableTree, TreeWatcher } from '../../tree/index.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { findRoot, rootHealth } from './root-look.ts';
import { RootProbe } from './root-probe.ts';
import type { StandingRoot } from './standing-root.ts';

/** Faults of the disk of the index that may end without a restart. */
const PASSING_FAULTS: ReadonlySet<string> = new Set(['NO_SPACE', 'DENIED', 'IO']);

export interface RootWatchHost {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  /** Paths of files that are known to be in the source, whether or not the index has them. */
  hiddenPaths(): readonly string[];
  /** Whether we took away ourselves, and can prove it, all that the index has. */
  isAllExplained(): boolean;
  /** Where the index is kept, for the person who has to make room there. */
  readonly indexDir: string;
  /** The command by which a person agrees to what the guard found; undefined for that of a server. */
  readonly acceptCommand: string | undefined;
  readonly clock: Clock;
  readonly guard: RootGuard;
  /** Whether the disk of the index has room again: while it has not, nothing is tried. */
  hasRoom(): boolean;
  startWatcher(): TreeWatcher;
  /** Runs slow work that must not run beside a scan. */
  queue(work: () => Promise<void>): void;
  isStopped(): boolean;
  /** The root was looked at: nothing of it is held while nothing is done. */
  releaseWhenIdle(): void;
  /** Nothing is to be watched for a moment, although the root is healthy. */
  isResting(): boolean;
  /** The root is watched from here on. */
  begun(): void;
  /** Nothing is watched from here on, and nothing that was hinted is of interest any more. */
  halted(fault: WorkFault): void;
  stateChanged(): void;
  warn(text: string): void;
}

export class RootWatch {
  readonly #host: RootWatchHost;
  readonly #probe: RootProbe;
  #watcher: TreeWatcher | undefined;
  /** Nothing is watched although nothing was amiss with the root: what is missing then went while the program ran. */
  #hasRested = false;

  constructor(host: RootWatchHost) {
    this.#host = host;
    const { tree, index, clock, guard, isStopped } = host;
    const queue = (work: () => Promise<void>): void => host.queue(work);
    this.#probe = new RootProbe({
      tree,
      index,
      clock,
      guard,
      queue,
      isStopped,
      hiddenPaths: host.hiddenPaths,
      admitted: () => this.check(),
    });
  }

  /** The watcher of now; undefined while nothing is watched. */
  get watcher(): TreeWatcher | undefined {
    return this.#watcher;
  }

  /** Why nothing (or no deletion) is published, in words with the next step; '' when all is well. */
  get halt(): string {
    const { guard, indexDir, acceptCommand } = this.#host;
    return haltMessage(guard.halt, indexDir, acceptCommand);
  }

  /** A folder that stands in the place of the published one and is not believed; undefined when none does. */
  get standing(): StandingRoot | undefined {
    return this.#probe.standing();
  }

  /** A person says that the folder with this token is the root from now on; false when another one stands there. */
  acceptStanding(token: string): boolean {
    return this.#probe.take(token);
  }

  /** Looks whether the root may be believed, and begins to watch it if it was not and may be now. */
  check(): void {
    if (this.#host.isStopped()) return;
    if (!this.isHealthy()) this.#probe.consider();
    else if (this.#watcher === undefined && !this.#host.isResting() && this.#isIndexWritable()) this.#begin();
  }

  /** Looks at the root; anything but healthy is a halt from here on. */
  isHealthy(): boolean {
    const { tree, index, guard, releaseWhenIdle, hiddenPaths } = this.#host;
    const hidden = hiddenPaths().length;
    let health = rootHealth(tree, guard, index.size + hidden);
    if (health !== 'healthy' && health.halt === 'emptied' && hidden === 0 && this.#host.isAllExplained())
      health = 'healthy';
    releaseWhenIdle();
    if (health !== 'healthy') this.#enterHalt(health.halt);
    return health === 'healthy';
  }

  /** Whether the root is not the one that was indexed; `isLookedAt`: by a look at it now. */
  isAway(isLookedAt: boolean): boolean {
    if (isLookedAt && !this.#host.isStopped()) this.isHealthy();
    return this.#host.guard.isRootAway;
  }

  /** Nothing of what a transaction that failed was about is lost: after the halt everything is scanned. */
  orHalt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!this.isHaltedBy(error)) throw error;
    }
  }

  /** Whether this failure is one of the disk of the index; if so, a halt begins. */
  isHaltedBy(error: unknown): boolean {
    if (!isPassing(error)) return false;
    if (this.#host.guard.halt !== 'state') this.#host.warn(error.message);
    this.#enterHalt('state');
    return true;
  }

  /** Watches and scans no more, until it is checked again. */
  rest(): void {
    const watcher = this.#watcher;
    this.#hasRested ||= watcher !== undefined;
    this.#watcher = undefined;
    if (watcher !== undefined) this.#host.queue(() => watcher.close());
    this.#host.tree.release();
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
  }

  #begin(): void {
    const { tree, index, guard, startWatcher, begun } = this.#host;
    const root = findRoot(tree);
    if (root === undefined) return;
    if (!this.#hasRested) guard.begin(root, index.size, index.judgement);
    this.orHalt(() => index.noteJudgement(guard.open));
    if (!guard.isWatching) return;
    this.#hasRested = false;
    this.#watcher = startWatcher();
    begun();
  }

  #enterHalt(fault: WorkFault): void {
    const { guard, tree } = this.#host;
    const before = guard.halt;
    if (!guard.enterHalt(fault)) return;
    if (fault !== 'state') this.#noteDoubt();
    this.#hasRested = false;
    const watcher = this.#watcher;
    this.#watcher = undefined;
    this.#host.halted(fault);
    if (watcher !== undefined) this.#host.queue(() => watcher.close());
    tree.release();
    // A disk with a little room lets a scan begin again and again.
    if (fault !== 'state' || before !== 'state') this.#host.warn(this.halt);
    this.#host.stateChanged();
  }

  /**
   * Where it cannot be written a later life judges as after any time in which it was off. What an earlier life left open
   * stays so while this one has seen no root.
   */
  #noteDoubt(): void {
    const { guard, index } = this.#host;
    guard.doubt(index.size);
    try {
      index.noteJudgement(guard.open ?? index.judgement);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  #isIndexWritable(): boolean {
    if (this.#host.guard.halt !== 'state') return true;
    if (!this.#host.hasRoom()) return false;
    try {
      this.#host.index.checkWritable();
      return true;
    } catch (error) {
      if (isPassing(error)) return false;
      throw error;
    }
  }
}

function isPassing(error: unknown): error is StoreError {
  return error instanceof StoreError && PASSING_FAULTS.has(error.code);
}
