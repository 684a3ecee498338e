/** The target as the client's process has it, with somebody watching what the client throws away. */
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';

export interface TreeObserver {
  /** The client is about to move what stands at `path` into the trash. */
  puttingAway(path: string): void;
  /** The client keeps the version at `path`. */
  keepingVersion(path: string): void;
}

export class ObservedTree extends MemoryTree {
  readonly #observer: TreeObserver;

  constructor(disk: MemoryDisk, user: MemoryUser, observer: TreeObserver) {
    super(disk, user);
    this.#observer = observer;
  }

  override putAway(path: string): string {
    this.#observer.puttingAway(path);
    return super.putAway(path);
  }

  override keepVersion(path: string): string {
    this.#observer.keepingVersion(path);
    return super.keepVersion(path);
  }
}
