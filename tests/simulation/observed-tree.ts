/**
 * The target as the client's process has it, with somebody watching where the client works and what it
 * throws away.
 */
import type { Metadata, StagedFile, Stat, TrashReason } from '@lanmirror/engine/tree';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';

export interface TreeObserver {
  /** The client is about to make, change or take away what has this name. */
  working(path: string): void;
  /** The client is about to move what stands at `path` into the trash. */
  puttingAway(path: string): void;
  /** What stands at `path`, and is replaced, is in the trash now. */
  keptVersion(path: string): void;
}

export class ObservedTree extends MemoryTree {
  readonly #observer: TreeObserver;

  constructor(disk: MemoryDisk, user: MemoryUser, observer: TreeObserver) {
    super(disk, user);
    this.#observer = observer;
  }

  override makeDirectory(path: string, mode: number): Stat {
    this.#observer.working(path);
    return super.makeDirectory(path, mode);
  }

  override makeLink(path: string, linkTarget: string, mtimeUs: number): Stat {
    this.#observer.working(path);
    return super.makeLink(path, linkTarget, mtimeUs);
  }

  override move(from: string, to: string, options: { readonly replace: boolean }): Stat {
    this.#observer.working(from);
    this.#observer.working(to);
    return super.move(from, to, options);
  }

  override setMetadata(path: string, metadata: Metadata): Stat {
    this.#observer.working(path);
    return super.setMetadata(path, metadata);
  }

  override park(path: string, name: string): void {
    this.#observer.working(path);
    super.park(path, name);
  }

  override unpark(name: string, path: string): Stat {
    this.#observer.working(path);
    return super.unpark(name, path);
  }

  override createStaged(name: string, mode?: number): StagedFile {
    const file = super.createStaged(name, mode);
    return this.#observed(file);
  }

  override openStaged(name: string): StagedFile | undefined {
    const file = super.openStaged(name);
    return file && this.#observed(file);
  }

  override putAway(path: string, reason?: TrashReason): string {
    this.#observer.working(path);
    this.#observer.puttingAway(path);
    const where = super.putAway(path);
    if (reason === 'replaced') this.#observer.keptVersion(path);
    return where;
  }

  override keepVersion(path: string): string {
    const where = super.keepVersion(path);
    this.#observer.keptVersion(path);
    return where;
  }

  #observed(file: StagedFile): StagedFile {
    return withMethods(file, {
      publish: (path, options) => {
        this.#observer.working(path);
        return file.publish(path, options);
      },
    });
  }
}

/** The same object, but for a few methods. */
export function withMethods<T extends object>(real: T, changed: Partial<T>): T {
  return new Proxy(real, {
    get(target, name) {
      const own = changed[name as keyof T];
      const value: unknown = own ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
