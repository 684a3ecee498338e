/** A directory tree in memory, to be read; every call may fail as it was planned. */
import { isReservedAtTop } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import type { Listing, ReadableTree, ReadHandle, Stat } from '../port.ts';
import { absent, type MemoryDisk } from './disk.ts';
import { FaultPlan } from './fault.ts';
import type { MemoryNode } from './node.ts';
import { MemoryReader } from './open-file.ts';

export class MemorySource implements ReadableTree {
  readonly disk: MemoryDisk;
  protected readonly faults = new FaultPlan();

  constructor(disk: MemoryDisk) {
    this.disk = disk;
  }

  rootStat(): Stat | undefined {
    this.faults.look('rootStat', '');
    return this.disk.root?.stat();
  }

  stat(path: string): Stat | undefined {
    this.faults.look('stat', path);
    return this.disk.find(path)?.stat();
  }

  glance(path: string): Stat | undefined {
    return this.stat(path);
  }

  list(path: string): Listing {
    this.faults.look('list', path);
    const folder = this.disk.folder(path);
    const names = [...folder.slots.values()].map(({ name }) => name);
    const visible = path === '' ? names.filter((name) => !isReservedAtTop(name)) : names;
    return { names: visible, undecodable: [...folder.undecodable] };
  }

  /** A lone surrogate in a target stands for a byte that is not UTF-8. */
  readLink(path: string): string | undefined {
    this.faults.look('readLink', path);
    const node = this.requireNode(path);
    if (node.kind !== 'link') throw new TreeError('NOT_A_FILE', path, `not a link but a ${node.kind}`);
    return Buffer.from(node.linkTarget).toString() === node.linkTarget ? node.linkTarget : undefined;
  }

  open(path: string): ReadHandle {
    this.faults.look('open', path);
    return new MemoryReader(this.disk, this.faults, this.requireFile(path), path);
  }

  /** Nothing is held between calls. */
  release(): void {
    this.faults.assertAlive();
  }

  /** What stands at a path. Throws TreeError ABSENT. */
  protected requireNode(path: string): MemoryNode {
    const node = this.disk.find(path);
    if (node === undefined) throw absent(path);
    return node;
  }

  /** The regular file at a path. Throws TreeError ABSENT and NOT_A_FILE. */
  protected requireFile(path: string): MemoryNode {
    const node = this.requireNode(path);
    if (node.kind !== 'file')
      throw new TreeError('NOT_A_FILE', path, `not a regular file but a ${node.kind}`);
    return node;
  }
}
