/** Where a bug can be planted without touching the product. */
import type { HoldPolicy } from '@lanmirror/engine/core';
import type { MemoryStore, OrderedStore } from '@lanmirror/engine/store';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import type { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import type { TreeObserver } from './observed-tree.ts';
import type { Scheduler } from './scheduler.ts';
import type { Direction } from './wire.ts';

export interface Plants {
  sourceTree?(disk: MemoryDisk, user: MemoryUser): MemoryTree;
  targetTree?(disk: MemoryDisk, user: MemoryUser, observer: TreeObserver): MemoryTree;
  /** The store that the client's next process finds after a kill. */
  clientStoreAfterKill?(store: MemoryStore): MemoryStore;
  /** The stores as the programs see them. */
  serverStore?(store: OrderedStore): OrderedStore;
  clientStore?(store: OrderedStore): OrderedStore;
  /** By how much the number of a generation grows at a start of the server. */
  generationStep?(): number;
  /** The last removal of which the index says that it does not know it any more. */
  oldestTombstone?(known: number): number;
  /** What arrives in the stead of a message. */
  arriving?(direction: Direction, bytes: Uint8Array): readonly Uint8Array[];
  /** The rule by which a client holds deletions. */
  policy?(policy: HoldPolicy): HoldPolicy;
  /** Whether a client sees its marker. */
  isTargetThere?(isThere: boolean): boolean;
}

/** What the two ends of a world have in common. */
export interface Ground {
  readonly scheduler: Scheduler;
  readonly plants: Plants;
  /** A promise is broken; `text` begins with its code. */
  violate(text: string): void;
  /** An error that nobody in a process caught. What dies with a process is no error. */
  threw(error: unknown): void;
}
