/** Bugs in how the client changes its target. */
import { type Metadata, type StagedFile, type Stat, TreeError } from '@lanmirror/engine/tree';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import type { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import { ObservedTree, type TreeObserver, withMethods } from './observed-tree.ts';

export type PlantedTarget = new (disk: MemoryDisk, user: MemoryUser, observer: TreeObserver) => MemoryTree;

export class UnflushedTree extends ObservedTree {
  override flush(): Promise<void> {
    return Promise.resolve();
  }
}

export class LazyTree extends ObservedTree {
  override createStaged(name: string, mode?: number): StagedFile {
    return withMethods(super.createStaged(name, mode), { flush: () => Promise.resolve() });
  }
}

export class ShortTree extends ObservedTree {
  override createStaged(name: string, mode?: number): StagedFile {
    const file = super.createStaged(name, mode);
    const most = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, Math.min(bytes.length, 19));
    return withMethods(file, {
      write: (bytes, position) => file.write(most(bytes), position),
      writeSync: (bytes, position) => file.writeSync(most(bytes), position),
    });
  }
}

/** What is written into a file that shares its blocks is seen in the other one too. */
export class EntangledTree extends ObservedTree {
  override cloneStaged(name: string, path: string): StagedFile | undefined {
    const file = super.cloneStaged(name, path);
    const node = this.disk.find(path);
    if (file === undefined || node?.kind !== 'file') return file;
    const write: StagedFile['write'] = async (bytes, position) => {
      await file.write(bytes, position);
      this.disk.write(node, bytes.subarray(0, Math.max(0, node.bytes.length - position)), position);
    };
    return withMethods(file, { write });
  }
}

/** What is behind the end of a new content stays. */
export class UncutTree extends ObservedTree {
  override cloneStaged(name: string, path: string): StagedFile | undefined {
    const file = super.cloneStaged(name, path);
    return file && withMethods(file, { truncate: () => undefined });
  }
}

export class InPlaceTree extends ObservedTree {
  override createStaged(name: string, mode?: number): StagedFile {
    const file = super.createStaged(name, mode);
    const publish: StagedFile['publish'] = (path, { replace }) => {
      const staged = this.disk.staging.slots.get(name)?.node;
      if (!replace || staged === undefined || this.disk.find(path)?.kind !== 'file')
        return file.publish(path, { replace });
      const { bytes, mtimeNs } = staged;
      this.user.write(path, bytes.slice(0, bytes.length >>> 1));
      this.user.write(path, bytes);
      this.user.touch(path, mtimeNs);
      file.discard();
      return this.stat(path) as Stat;
    };
    return withMethods(file, { publish });
  }
}

export class DeletingTree extends ObservedTree {
  override putAway(path: string): string {
    this.user.remove(path);
    return '';
  }
}

export class SmallTrashTree extends ObservedTree {
  override putAway(path: string): string {
    const { trash } = this.disk;
    const where = super.putAway(path);
    for (const { name } of [...trash.slots.values()].slice(0, -1))
      this.disk.detach(this.disk.placeIn(trash, name, name));
    return where;
  }
}

export class ForgetfulTree extends ObservedTree {
  override keepVersion(): string {
    return '';
  }
}

/** Keeps what it knows by its size to come from the source, and nothing else. */
export class SelfishTree extends ObservedTree {
  override keepVersion(path: string): string {
    const node = this.disk.find(path);
    const isLocal = node?.kind === 'file' && Buffer.from(node.bytes.subarray(0, 6)).toString() === 'local ';
    return isLocal ? '' : super.keepVersion(path);
  }
}

export class SweepingTree extends ObservedTree {
  override park(path: string, name: string): void {
    super.park(path, name);
    this.disk.detach(this.disk.placeIn(this.disk.parking, name, name));
  }
}

/** A folder goes to the trash, what was in it goes nowhere. */
export class HollowTree extends ObservedTree {
  override putAway(path: string): string {
    for (const { name } of [...(this.disk.find(path)?.slots.values() ?? [])])
      this.user.remove(`${path}/${name}`);
    return super.putAway(path);
  }
}

export class TimelessTree extends ObservedTree {
  override setMetadata(path: string, { mode }: Metadata): Stat {
    return super.setMetadata(path, mode === undefined ? {} : { mode });
  }
}

export class ModelessTree extends ObservedTree {
  override setMetadata(path: string, { mtimeUs }: Metadata): Stat {
    return super.setMetadata(path, mtimeUs === undefined ? {} : { mtimeUs });
  }
}

/** A removal or a change of metadata that failed is not told. */
export class CarelessTree extends ObservedTree {
  override setMetadata(path: string, metadata: Metadata): Stat {
    return this.#carelessly(path, () => super.setMetadata(path, metadata));
  }

  override putAway(path: string): string {
    return this.#carelessly(path, () => super.putAway(path), '');
  }

  #carelessly<T>(path: string, work: () => T, otherwise?: T): T {
    try {
      return work();
    } catch (error) {
      const stat = error instanceof TreeError ? this.disk.find(path)?.stat() : undefined;
      if (stat === undefined) throw error;
      return otherwise ?? (stat as T);
    }
  }
}

/** Whatever stands at the root is the folder that stood there first. */
export class AnyRootTree extends ObservedTree {
  #known: Stat | undefined;

  override rootStat(): Stat | undefined {
    this.#known ??= super.rootStat();
    return this.#known;
  }
}

/** A staged file is found only under the name that it was given: what asks the disk is told nothing of folding. */
export class LiteralTree extends ObservedTree {
  readonly #given = new Set<string>();

  override createStaged(name: string, mode?: number): StagedFile {
    const file = super.createStaged(name, mode);
    this.#given.add(name);
    return file;
  }

  override openStaged(name: string): StagedFile | undefined {
    return name.startsWith('probe-') && !this.#given.has(name) ? undefined : super.openStaged(name);
  }

  override listStaged(): readonly string[] {
    return super.listStaged().map((name) => name.normalize('NFC'));
  }
}

/** What stands for a forbidden character is written as an underscore. */
export class ManglingTree extends ObservedTree {
  override makeDirectory(path: string, mode: number): Stat {
    return super.makeDirectory(mangled(path), mode);
  }

  override createStaged(name: string, mode?: number): StagedFile {
    const file = super.createStaged(name, mode);
    return withMethods(file, { publish: (path, options) => file.publish(mangled(path), options) });
  }
}

function mangled(path: string): string {
  return path.replace(/[\uf000-\uf0ff]/g, '_');
}
