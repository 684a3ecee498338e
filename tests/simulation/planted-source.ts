/** Bugs in how the server reads its source. */
import { type Stat, TreeError } from '@lanmirror/engine/tree';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import { withMethods } from './observed-tree.ts';

export type PlantedSource = new (disk: MemoryDisk, user: MemoryUser) => MemoryTree;

export class BlindTree extends MemoryTree {
  override stat(path: string): Stat | undefined {
    try {
      return super.stat(path);
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    }
  }
}

/** Neither a folder that cannot be listed nor what cannot be looked at in it is told. */
export class EmptyHandedTree extends MemoryTree {
  override list(path: string): ReturnType<MemoryTree['list']> {
    try {
      return super.list(path);
    } catch (error) {
      if (error instanceof TreeError) return { names: [], undecodable: [] };
      throw error;
    }
  }

  override stat(path: string): Stat | undefined {
    try {
      return super.stat(path);
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    }
  }
}

export class ConfidentTree extends EmptyHandedTree {
  #known: Stat | undefined;

  override rootStat(): Stat | undefined {
    this.#known ??= super.rootStat();
    return this.#known;
  }
}

export class FrozenTree extends MemoryTree {
  override open(path: string): ReturnType<MemoryTree['open']> {
    const handle = super.open(path);
    const stat = handle.stat();
    return withMethods(handle, { stat: () => stat });
  }
}

export class CredulousTree extends MemoryTree {
  override stat(path: string): Stat | undefined {
    const stat = super.stat(path);
    return stat?.kind === 'other' ? { ...stat, kind: 'file' } : stat;
  }
}

export class TouchingTree extends MemoryTree {
  override open(path: string): ReturnType<MemoryTree['open']> {
    const handle = super.open(path);
    this.setMetadata(path, {});
    return handle;
  }
}
