/**
 * Bugs that a product like this could have, each planted into one of its ports. A simulation that does
 * not notice them proves nothing.
 */
import type { MemoryStore } from '@lanmirror/engine/store';
import { msgpackCodec } from '@lanmirror/engine/store';
import { type Metadata, type StagedFile, type Stat, TreeError } from '@lanmirror/engine/tree';
import { type Changes, decodeServerMessage, encodeMessage } from '@lanmirror/protocol';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import { ObservedTree } from './observed-tree.ts';
import { isChanges } from './wire.ts';
import type { Plants } from './world.ts';

/** By name, a maker of plants: each world gets its own. */
export const SEEDED_BUGS: Readonly<Record<string, () => Plants>> = {
  'a checkpoint of the target flushes nothing': () => ({
    targetTree: (disk, user, observer) => new UnflushedTree(disk, user, observer),
  }),
  'a staged file that replaces another is not flushed': () => ({
    targetTree: (disk, user, observer) => new StagedTree(disk, user, observer, (file) => lazy(file)),
  }),
  'a file is written where it stands instead of renamed into place': () => ({
    targetTree: (disk, user, observer) => new InPlaceTree(disk, user, observer),
  }),
  'putting away deletes': () => ({
    targetTree: (disk, user, observer) => new DeletingTree(disk, user, observer),
  }),
  'old versions are not kept': () => ({
    targetTree: (disk, user, observer) => new ForgetfulTree(disk, user, observer),
  }),
  'the modification time is not set': () => ({
    targetTree: (disk, user, observer) => new TimelessTree(disk, user, observer),
  }),
  'what cannot be looked at counts as absent': () => ({
    sourceTree: (disk, user) => new BlindTree(disk, user),
  }),
  'an unmounted root looks like the folder that was there': () => ({
    sourceTree: (disk, user) => new ConfidentTree(disk, user),
  }),
  'an open file always looks as it was opened': () => ({
    sourceTree: (disk, user) => new FrozenTree(disk, user),
  }),
  'the list of dirty entries does not survive a kill': () => ({ clientStoreAfterKill: withoutDirty }),
  'a part of the feed is dropped and the next one closes the gap': () => ({ arriving: droppingSeamlessly() }),
  'removals never arrive': () => ({ arriving: withoutRemovals() }),
};

class UnflushedTree extends ObservedTree {
  override flush(): Promise<void> {
    return Promise.resolve();
  }
}

class StagedTree extends ObservedTree {
  readonly #wrap: (file: StagedFile) => StagedFile;

  constructor(
    disk: MemoryDisk,
    user: MemoryUser,
    observer: ConstructorParameters<typeof ObservedTree>[2],
    wrap: (file: StagedFile) => StagedFile,
  ) {
    super(disk, user, observer);
    this.#wrap = wrap;
  }

  override createStaged(name: string): StagedFile {
    return this.#wrap(super.createStaged(name));
  }
}

/** Never flushes on its own. */
function lazy(file: StagedFile): StagedFile {
  return wrapped(file, { flush: () => Promise.resolve() });
}

class InPlaceTree extends ObservedTree {
  override createStaged(name: string): StagedFile {
    const file = super.createStaged(name);
    const parts: Uint8Array[] = [];
    const publish: StagedFile['publish'] = (path, { replace }) => {
      const node = this.disk.find(path);
      if (!replace || node?.kind !== 'file') return file.publish(path, { replace });
      const staged = this.disk.staging.slots.get(name)?.node;
      if (staged !== undefined) parts.push(staged.bytes);
      for (const bytes of parts) {
        this.user.write(path, bytes.slice(0, bytes.length >>> 1));
        this.user.write(path, bytes);
      }
      this.user.touch(path, staged?.mtimeNs ?? 0n);
      file.discard();
      return this.stat(path) as Stat;
    };
    return wrapped(file, { publish });
  }
}

class DeletingTree extends ObservedTree {
  override putAway(path: string): string {
    this.user.remove(path);
    return '';
  }
}

class ForgetfulTree extends ObservedTree {
  override keepVersion(): string {
    return '';
  }
}

class TimelessTree extends ObservedTree {
  override setMetadata(path: string, { mode }: Metadata): Stat {
    return super.setMetadata(path, mode === undefined ? {} : { mode });
  }
}

class BlindTree extends MemoryTree {
  override stat(path: string): Stat | undefined {
    try {
      return super.stat(path);
    } catch (error) {
      if (error instanceof TreeError) return undefined;
      throw error;
    }
  }
}

class ConfidentTree extends MemoryTree {
  #known: Stat | undefined;

  override rootStat(): Stat | undefined {
    this.#known ??= super.rootStat();
    return this.#known;
  }

  override list(path: string): ReturnType<MemoryTree['list']> {
    try {
      return super.list(path);
    } catch (error) {
      if (error instanceof TreeError) return { names: [], undecodable: [] };
      throw error;
    }
  }
}

class FrozenTree extends MemoryTree {
  override open(path: string): ReturnType<MemoryTree['open']> {
    const handle = super.open(path);
    const stat = handle.stat();
    return wrapped(handle, { stat: () => stat });
  }
}

/** The same object, but for a few methods. */
function wrapped<T extends object>(real: T, changed: Partial<T>): T {
  return new Proxy(real, {
    get(target, name) {
      const own = changed[name as keyof T];
      const value: unknown = own ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function withoutDirty(store: MemoryStore): MemoryStore {
  const dirty = store.table<number, number>('dirty', msgpackCodec<number>());
  store.transact(() => dirty.clear());
  return store;
}

/** The third part of the feed with something in it is lost, and nobody can see it. */
function droppingSeamlessly(): NonNullable<Plants['arriving']> {
  let seen = 0;
  let lost: Changes | undefined;
  return (direction, bytes) => {
    if (!isChanges(direction, bytes)) return [bytes];
    const changes = decodeServerMessage(bytes) as Changes;
    if (lost !== undefined && changes.after === lost.upTo) {
      const closed = encodeMessage({ ...changes, after: lost.after });
      lost = undefined;
      return [closed];
    }
    seen += changes.entries.length > 0 ? 1 : 0;
    if (seen !== 3 || lost !== undefined) return [bytes];
    lost = changes;
    return [];
  };
}

function withoutRemovals(): NonNullable<Plants['arriving']> {
  return (direction, bytes) => {
    if (!isChanges(direction, bytes)) return [bytes];
    return [encodeMessage({ ...(decodeServerMessage(bytes) as Changes), removed: [] })];
  };
}
