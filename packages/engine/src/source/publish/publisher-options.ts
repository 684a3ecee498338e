/** What a publisher of a root is given, and whom it tells. */
import type { Clock, Pacing } from '../../core/index.ts';
import type { ReadableTree, TreeWatcher, WatcherFactory } from '../../tree/index.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import type { IsExplained } from './explained.ts';
import type { IgnoreMemory } from './ignore-memory.ts';
import type { MountedFolders } from './mounted-folder.ts';
import type { ProblemMemory } from './problem-memory.ts';
import type { SourceFilter } from './source-filter.ts';
import type { TombstoneRule } from './tombstone-expiry.ts';

export interface PublisherListener {
  changed(): void;
  stateChanged(): void;
  /** The rules in the source are other ones: nothing more may be told by those of before. A whole scan follows. */
  rulesChanged?(): void;
  /** Hashes of contents became known. */
  learned(): void;
  /** A line for the log. */
  note(level: 'info' | 'warn', text: string): void;
}

export interface PublisherOptions {
  readonly tree: ReadableTree;
  readonly index: TreeIndex;
  /** Where the index is kept, for the person who has to make room there. */
  readonly indexDir: string;
  readonly clock: Clock;
  readonly startWatcher: (listener: Parameters<WatcherFactory>[1]) => TreeWatcher;
  readonly listener: PublisherListener;
  /** Whether the disk of the index has room again: while it has not, nothing is tried. */
  readonly hasRoom?: () => boolean;
  /** Keeps problems over a restart; without it they are forgotten. */
  readonly problemMemory?: ProblemMemory;
  /** Where disks are mounted inside the tree; without it only their devices tell. */
  readonly mounts?: MountedFolders;
  /** The command by which a person agrees to what the guards found; default: that of a server. */
  readonly acceptCommand?: string | undefined;
  /**
   * What is known at this moment of what this program took from the source itself; default: it took nothing. The proof
   * has to be in the root that stands there: a mount point without its disk explains nothing.
   */
  readonly explain?: (() => IsExplained) | undefined;
  /** What of the source is published; default: all of it. */
  readonly filter?: SourceFilter;
  /** What the end of the first scan tells is compared with this; without it, it tells nothing of rules. */
  readonly rulesBefore?: SourceFilter | undefined;
  /** Keeps what ignore files say over a restart; without it, one that cannot be read then hides all. */
  readonly ignoreMemory?: IgnoreMemory | undefined;
  /** To which scans are held; without it, to nothing. */
  readonly pace?: Pacing | undefined;
  /** How long removals are remembered; default: 30 days, a million of them. */
  readonly tombstones?: TombstoneRule;
}
