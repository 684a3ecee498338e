/**
 * A directory tree in memory for tests: the port of a real one, with knobs, and with a process and a
 * power supply that can fail.
 */
import { isWithin, RESERVED_NAME } from '@lanmirror/protocol';
import type { DiskSpace } from '../../core/index.ts';
import { TreeError, type TreeErrorCode } from '../error.ts';
import { lookAtFolder } from '../folder-look.ts';
import type { FolderLook, Metadata, NewFile, ParkedNode, StagedFile, Stat, WritableTree } from '../port.ts';
import { RollCall } from '../roll-call.ts';
import { absent, MemoryDisk, type Place } from './disk.ts';
import type { PlannedFailure } from './fault.ts';
import { MemorySource } from './memory-source.ts';
import { MemoryStaging } from './memory-staging.ts';
import type { MemoryNode } from './node.ts';
import { requireReplaceable, requireVisible, toNanoseconds } from './open-file.ts';
import type { MemoryTreeOptions } from './option.ts';
import { type SnapshotEntry, snapshotOf } from './snapshot.ts';
import { linkToTrash, moveToTrash, type Trashed, trashedIn } from './trash.ts';
import { MemoryUser } from './user.ts';

/** An empty tree on a disk of its own. */
export function createMemoryTree(options: MemoryTreeOptions = {}): MemoryTree {
  const disk = new MemoryDisk(options);
  return new MemoryTree(disk, new MemoryUser(disk));
}

export class MemoryTree extends MemorySource implements WritableTree {
  /** The person who works in the tree. Stays the same through crashes. */
  readonly user: MemoryUser;
  readonly #staging: MemoryStaging;

  constructor(disk: MemoryDisk, user: MemoryUser) {
    super(disk);
    this.user = user;
    this.#staging = new MemoryStaging(disk, this.faults);
  }

  // Knobs

  /** The `n`-th changing operation from now on, counted from 1, throws a {@link Crash} and every call after it too. */
  fuse(n: number): void {
    this.faults.light(n);
  }

  /** Changing operations so far: the range to sweep a fuse over. */
  get changes(): number {
    return this.faults.changes;
  }

  /**
   * The next operation that names `path` fails with `code`. A staged file is `.lanmirror/tmp/NAME` until
   * it is published, a checkpoint is ''.
   */
  failNext(path: string, code: TreeErrorCode, options: PlannedFailure = {}): void {
    this.faults.plan(path, code, options);
  }

  /** Nothing planned for `path` fails any more. */
  heal(path: string): void {
    this.faults.heal(path);
  }

  /** @returns the tree as another process has it; this one lives on. */
  reopen(): MemoryTree {
    return new MemoryTree(this.disk, this.user);
  }

  /** The process dies; @returns the tree as the next one finds it: nothing of what was done is lost. */
  processCrash(): MemoryTree {
    this.faults.die('the process was killed');
    this.disk.closeAll(this.faults);
    return new MemoryTree(this.disk, this.user);
  }

  /**
   * The power fails; @returns the tree as the next process finds it. Bytes that were not flushed are
   * gone (the file is empty), and of the changes of names and metadata that were pending only the first
   * `keep` happened; see {@link pendingChanges}.
   */
  powerLoss(keep = 0): MemoryTree {
    this.faults.die('the power failed');
    this.disk.cutPower(keep);
    return new MemoryTree(this.disk, this.user);
  }

  /** Changes of names and metadata that a power cut can still take. */
  get pendingChanges(): number {
    return this.disk.durability.pending;
  }

  /** Everything visible by path, without the root. */
  snapshot(): Map<string, SnapshotEntry> {
    return snapshotOf(this.disk.root);
  }

  /** Every file and link in the trash, with the path it had; in the order they were put away. */
  trashed(): Trashed[] {
    return trashedIn(this.disk.trash);
  }

  // Changing

  makeDirectory(path: string, mode: number): Stat {
    this.faults.change('makeDirectory', path);
    requireVisible(path);
    this.disk.requireSpace(path);
    return this.#add(path, () => this.disk.makeNode('directory', mode & 0o777)).stat();
  }

  makeLink(path: string, linkTarget: string, mtimeUs: number): Stat {
    this.faults.change('makeLink', path);
    requireVisible(path);
    this.disk.requireSpace(path);
    const node = this.#add(path, () => this.disk.makeLink(path, linkTarget));
    this.disk.setAttributes(node, { mtimeNs: toNanoseconds(mtimeUs) });
    return node.stat();
  }

  move(from: string, to: string, { replace }: { readonly replace: boolean }): Stat {
    this.faults.change('move', from);
    requireVisible(from);
    requireVisible(to);
    const source = this.#requirePlace(from);
    if (isWithin(to, from) && to !== from) {
      throw new TreeError('UNSUPPORTED', to, 'a folder cannot be moved into itself');
    }
    const target = this.disk.place(to);
    // The same name in another case is the same node, and no obstacle.
    if (!this.disk.isSameName(source, target)) {
      requireReplaceable(this.disk, target.node, to, replace);
      if (target.node !== undefined && source.node.kind === 'directory') {
        throw new TreeError('NOT_A_FILE', to, `a folder cannot replace a ${target.node.kind}`);
      }
    } else if (from === to && (!replace || source.node.kind === 'directory')) {
      throw new TreeError('EXISTS', to, 'something stands there already');
    }
    this.disk.requireFree(from, source.node);
    this.disk.rename(source, target);
    return source.node.stat();
  }

  setMetadata(path: string, { mode, mtimeUs }: Metadata): Stat {
    this.faults.change('setMetadata', path);
    const node = this.requireNode(path);
    if (node.kind === 'other')
      throw new TreeError('NOT_A_FILE', path, 'a FIFO, socket or device stands there');
    this.disk.setAttributes(node, {
      ...(mode !== undefined && { mode }),
      ...(mtimeUs !== undefined && { mtimeNs: toNanoseconds(mtimeUs) }),
    });
    this.user.notify(path);
    return node.stat();
  }

  putAway(path: string): string {
    this.faults.change('putAway', path);
    requireVisible(path);
    const from = this.#requirePlace(path);
    this.disk.requireFree(path, from.node);
    return moveToTrash(this.disk, from, path);
  }

  remove(path: string): void {
    this.faults.change('remove', path);
    requireVisible(path);
    const from = this.#requirePlace(path);
    this.disk.requireFree(path, from.node);
    if (from.node.slots.size > 0 || from.node.undecodable.size > 0)
      throw new TreeError('NOT_EMPTY', path, 'the folder is not empty');
    this.disk.detach(from);
  }

  keepVersion(path: string): string {
    this.faults.change('keepVersion', path);
    requireVisible(path);
    const { node } = this.#requirePlace(path);
    if (node.kind !== 'file' && node.kind !== 'link') {
      throw new TreeError(
        'NOT_A_FILE',
        path,
        `only versions of files and links are kept, not of a ${node.kind}`,
      );
    }
    const placed = linkToTrash(this.disk, node, path);
    this.user.notify(path);
    return placed;
  }

  park(path: string, name: string): void {
    this.faults.change('park', path);
    requireVisible(path);
    const from = this.#requirePlace(path);
    this.disk.requireFree(path, from.node);
    this.disk.rename(from, this.#staging.reserve(name, path));
  }

  unpark(name: string, path: string): Stat {
    this.faults.change('unpark', path);
    requireVisible(path);
    const from = this.#staging.parked(name);
    if (from.node === undefined) throw absent(from.path);
    const to = this.disk.place(path);
    if (to.node !== undefined) throw new TreeError('EXISTS', path, 'something stands there already');
    this.disk.rename(from, to);
    this.#staging.vacate(name);
    return from.node.stat();
  }

  parked(name: string): ParkedNode | undefined {
    const { node } = this.#staging.parked(name);
    const path = this.disk.parkingPlaces.get(name) ?? name;
    return node && { path, at: `${RESERVED_NAME}/parked/${name}`, stat: node.stat() };
  }

  // Staging

  createStaged(name: string, _mode?: number): StagedFile {
    return this.#staging.create(name);
  }

  placeNew(files: readonly NewFile[]): Promise<readonly (Stat | undefined)[]> | undefined {
    return this.disk.options.placesBeside ? this.#placeAll(files) : undefined;
  }

  lookBeside(paths: readonly string[]): Promise<readonly (FolderLook | undefined)[]> | undefined {
    return this.disk.options.looksBeside ? this.#lookAtAll(paths) : undefined;
  }

  /** What was seen is told after another delay: it may be otherwise by then. */
  async #lookAtAll(paths: readonly string[]): Promise<readonly (FolderLook | undefined)[]> {
    const call = new RollCall();
    const looks: (FolderLook | undefined)[] = [];
    for (const path of paths) {
      await this.disk.options.latency();
      looks.push(lookAtFolder(this, call, path));
    }
    await this.disk.options.latency();
    return looks;
  }

  /** One after the other, each after the delay of the disk, until another disk is there. */
  async #placeAll(files: readonly NewFile[]): Promise<readonly (Stat | undefined)[]> {
    const { root } = this.disk;
    const stats: (Stat | undefined)[] = [];
    for (const file of files) {
      await this.disk.options.latency();
      stats.push(this.disk.root === root ? this.#placeOne(file) : undefined);
    }
    return stats;
  }

  /** Undefined when that failed: nothing is left of it then. */
  #placeOne({ stagedName, path, bytes, mode, mtimeUs }: NewFile): Stat | undefined {
    let staged: StagedFile | undefined;
    try {
      // By its own name: a tree that watches this one sees these files, too.
      staged = this.createStaged(stagedName);
      staged.writeSync(bytes, 0);
      staged.setMetadata({ ...(mode !== undefined && { mode }), mtimeUs });
      return staged.publish(path, { replace: false });
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      staged?.discard();
      return undefined;
    }
  }

  cloneStaged(name: string, path: string): StagedFile | undefined {
    if (!this.disk.options.sharesBlocks) return undefined;
    const { bytes } = this.requireFile(path);
    const staged = this.createStaged(name);
    staged.writeSync(bytes, 0);
    return staged;
  }

  linkStaged(name: string): void {
    this.#staging.link(name);
  }

  openStaged(name: string): StagedFile | undefined {
    return this.#staging.open(name);
  }

  listStaged(): readonly string[] {
    return this.#staging.list();
  }

  sweepStaged(name: string): string {
    return this.#staging.sweep(name);
  }

  // The disk

  space(): DiskSpace | undefined {
    return this.disk.space;
  }

  async flush(): Promise<void> {
    this.faults.change('flush', '');
    const arrive = this.disk.durability.checkpoint();
    await this.disk.options.latency();
    this.faults.assertAlive();
    arrive();
  }

  #requirePlace(path: string): Place & { readonly node: MemoryNode } {
    const place = this.disk.place(path);
    if (place.node === undefined) throw absent(path);
    return { ...place, node: place.node };
  }

  #add(path: string, make: () => MemoryNode): MemoryNode {
    const place = this.disk.place(path);
    if (place.node !== undefined) throw new TreeError('EXISTS', path, 'something stands there already');
    const node = make();
    this.disk.attach(place, node);
    return node;
  }
}
