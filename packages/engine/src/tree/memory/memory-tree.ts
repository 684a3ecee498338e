/**
 * A directory tree in memory for tests: the port of a real one, with knobs, and with a process and a
 * power supply that can fail.
 */
import { isReservedAtTop, isWithin, nameOf } from '@lanmirror/protocol';
import type { DiskSpace } from '../../core/index.ts';
import { TreeError, type TreeErrorCode } from '../error.ts';
import type { Listing, Metadata, NewFile, ReadHandle, StagedFile, Stat, WritableTree } from '../port.ts';
import { absent, MemoryDisk, type Place } from './disk.ts';
import { FaultPlan, type PlannedFailure } from './fault.ts';
import type { MemoryNode } from './node.ts';
import {
  MemoryReader,
  MemoryStagedFile,
  requireReplaceable,
  requireVisible,
  stagedPath,
  toNanoseconds,
} from './open-file.ts';
import type { MemoryTreeOptions } from './option.ts';
import { type SnapshotEntry, snapshotOf, type Trashed, trashedIn, trashName } from './snapshot.ts';
import { MemoryUser } from './user.ts';

const STAGED_MODE = 0o600;

/** An empty tree on a disk of its own. */
export function createMemoryTree(options: MemoryTreeOptions = {}): MemoryTree {
  const disk = new MemoryDisk(options);
  return new MemoryTree(disk, new MemoryUser(disk));
}

export class MemoryTree implements WritableTree {
  readonly disk: MemoryDisk;
  /** The person who works in the tree. Stays the same through crashes. */
  readonly user: MemoryUser;
  readonly #faults = new FaultPlan();

  constructor(disk: MemoryDisk, user: MemoryUser) {
    this.disk = disk;
    this.user = user;
  }

  // Knobs

  /** The `n`-th changing operation from now on, counted from 1, throws a {@link Crash} and every call after it too. */
  fuse(n: number): void {
    this.#faults.light(n);
  }

  /** Changing operations so far: the range to sweep a fuse over. */
  get changes(): number {
    return this.#faults.changes;
  }

  /**
   * The next operation that names `path` fails with `code`. A staged file is `.lanmirror/tmp/NAME` until
   * it is published, a checkpoint is ''.
   */
  failNext(path: string, code: TreeErrorCode, options: PlannedFailure = {}): void {
    this.#faults.plan(path, code, options);
  }

  /** Nothing planned for `path` fails any more. */
  heal(path: string): void {
    this.#faults.heal(path);
  }

  /** @returns the tree as another process has it; this one lives on. */
  reopen(): MemoryTree {
    return new MemoryTree(this.disk, this.user);
  }

  /** The process dies; @returns the tree as the next one finds it: nothing of what was done is lost. */
  processCrash(): MemoryTree {
    this.#faults.die('the process was killed');
    this.disk.closeAll(this.#faults);
    return new MemoryTree(this.disk, this.user);
  }

  /**
   * The power fails; @returns the tree as the next process finds it. Bytes that were not flushed are
   * gone (the file is empty), and of the changes of names and metadata that were pending only the first
   * `keep` happened; see {@link pendingChanges}.
   */
  powerLoss(keep = 0): MemoryTree {
    this.#faults.die('the power failed');
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

  // Reading

  rootStat(): Stat | undefined {
    this.#faults.look('rootStat', '');
    return this.disk.root?.stat();
  }

  stat(path: string): Stat | undefined {
    this.#faults.look('stat', path);
    return this.disk.find(path)?.stat();
  }

  glance(path: string): Stat | undefined {
    return this.stat(path);
  }

  list(path: string): Listing {
    this.#faults.look('list', path);
    const folder = this.disk.folder(path);
    const names = [...folder.slots.values()].map(({ name }) => name);
    const visible = path === '' ? names.filter((name) => !isReservedAtTop(name)) : names;
    return { names: visible, undecodable: [...folder.undecodable] };
  }

  /** A lone surrogate in a target stands for a byte that is not UTF-8. */
  readLink(path: string): string | undefined {
    this.#faults.look('readLink', path);
    const node = this.#require(path);
    if (node.kind !== 'link') throw new TreeError('NOT_A_FILE', path, `not a link but a ${node.kind}`);
    return Buffer.from(node.linkTarget).toString() === node.linkTarget ? node.linkTarget : undefined;
  }

  open(path: string): ReadHandle {
    this.#faults.look('open', path);
    const node = this.#require(path);
    if (node.kind !== 'file')
      throw new TreeError('NOT_A_FILE', path, `not a regular file but a ${node.kind}`);
    return new MemoryReader(this.disk, this.#faults, node, path);
  }

  /** Nothing is held between calls. */
  release(): void {
    this.#faults.assertAlive();
  }

  // Changing

  makeDirectory(path: string, mode: number): Stat {
    this.#faults.change('makeDirectory', path);
    requireVisible(path);
    this.disk.requireSpace(path);
    return this.#add(path, () => this.disk.makeNode('directory', mode & 0o777)).stat();
  }

  makeLink(path: string, linkTarget: string, mtimeUs: number): Stat {
    this.#faults.change('makeLink', path);
    requireVisible(path);
    this.disk.requireSpace(path);
    const node = this.#add(path, () => this.disk.makeLink(path, linkTarget));
    this.disk.setAttributes(node, { mtimeNs: toNanoseconds(mtimeUs) });
    return node.stat();
  }

  move(from: string, to: string, { replace }: { readonly replace: boolean }): Stat {
    this.#faults.change('move', from);
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
    this.#faults.change('setMetadata', path);
    const node = this.#require(path);
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
    this.#faults.change('putAway', path);
    requireVisible(path);
    const from = this.#requirePlace(path);
    this.disk.requireFree(path, from.node);
    return this.#toTrash(from, path);
  }

  remove(path: string): void {
    this.#faults.change('remove', path);
    requireVisible(path);
    const from = this.#requirePlace(path);
    this.disk.requireFree(path, from.node);
    if (from.node.slots.size > 0 || from.node.undecodable.size > 0)
      throw new TreeError('NOT_EMPTY', path, 'the folder is not empty');
    this.disk.detach(from);
  }

  keepVersion(path: string): string {
    this.#faults.change('keepVersion', path);
    requireVisible(path);
    const { node } = this.#requirePlace(path);
    if (node.kind !== 'file' && node.kind !== 'link') {
      throw new TreeError(
        'NOT_A_FILE',
        path,
        `only versions of files and links are kept, not of a ${node.kind}`,
      );
    }
    const name = trashName(this.disk.trash, path);
    this.disk.attach(this.disk.placeIn(this.disk.trash, name, path), node);
    this.user.notify(path);
    return `.lanmirror/trash/${name}`;
  }

  park(path: string, name: string): void {
    this.#faults.change('park', path);
    requireVisible(path);
    const from = this.#requirePlace(path);
    this.disk.requireFree(path, from.node);
    this.disk.rename(from, this.#freeOwn(this.disk.parking, name));
  }

  unpark(name: string, path: string): Stat {
    this.#faults.change('unpark', path);
    requireVisible(path);
    const from = this.disk.placeIn(this.disk.parking, name, stagedPath(name));
    if (from.node === undefined) throw absent(from.path);
    const to = this.disk.place(path);
    if (to.node !== undefined) throw new TreeError('EXISTS', path, 'something stands there already');
    this.disk.rename(from, to);
    return from.node.stat();
  }

  // Staging

  createStaged(name: string, _mode?: number): StagedFile {
    this.#faults.change('createStaged', stagedPath(name));
    this.disk.requireSpace(stagedPath(name));
    const place = this.#freeOwn(this.disk.staging, name);
    const node = this.disk.makeNode('file', STAGED_MODE);
    this.disk.attach(place, node);
    return new MemoryStagedFile(this.disk, this.#faults, node, name);
  }

  placeNew(files: readonly NewFile[]): Promise<readonly (Stat | undefined)[]> | undefined {
    return this.disk.options.placesBeside ? this.#placeAll(files) : undefined;
  }

  async #placeAll(files: readonly NewFile[]): Promise<readonly (Stat | undefined)[]> {
    const { root } = this.disk;
    const stats: (Stat | undefined)[] = [];
    for (const file of files) {
      await this.disk.options.latency();
      stats.push(this.disk.root === root ? this.#placeOne(file) : undefined);
    }
    return stats;
  }

  #placeOne({ stagedName, path, bytes, mode, mtimeUs }: NewFile): Stat | undefined {
    let staged: StagedFile | undefined;
    try {
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
    const node = this.#require(path);
    if (node.kind !== 'file')
      throw new TreeError('NOT_A_FILE', path, `not a regular file but a ${node.kind}`);
    const { bytes } = node;
    const staged = this.createStaged(name);
    staged.writeSync(bytes, 0);
    return staged;
  }

  linkStaged(name: string): void {
    const path = stagedPath(name);
    this.#faults.change('linkStaged', path);
    this.disk.requireSpace(path);
    this.disk.attach(this.#freeOwn(this.disk.staging, name), this.disk.makeLink(path, name));
  }

  openStaged(name: string): StagedFile | undefined {
    this.#faults.look('openStaged', stagedPath(name));
    const { node } = this.disk.placeIn(this.disk.staging, name, stagedPath(name));
    if (node !== undefined && node.kind !== 'file')
      throw new TreeError('NOT_A_FILE', stagedPath(name), `not a staged file but a ${node.kind}`);
    return node && new MemoryStagedFile(this.disk, this.#faults, node, name);
  }

  space(): DiskSpace | undefined {
    return this.disk.space;
  }

  listStaged(): readonly string[] {
    this.#faults.look('listStaged', '');
    return [this.disk.staging, this.disk.parking].flatMap((folder) =>
      [...folder.slots.values()].map(({ name }) => name),
    );
  }

  sweepStaged(name: string): void {
    this.#faults.change('sweepStaged', stagedPath(name));
    const staged = this.disk.placeIn(this.disk.staging, name, stagedPath(name));
    if (staged.node !== undefined) this.disk.detach(staged);
    const parked = this.disk.placeIn(this.disk.parking, name, stagedPath(name));
    if (parked.node !== undefined) this.#toTrash(parked, name);
  }

  async flush(): Promise<void> {
    this.#faults.change('flush', '');
    const arrive = this.disk.durability.checkpoint();
    await this.disk.options.latency();
    this.#faults.assertAlive();
    arrive();
  }

  #require(path: string): MemoryNode {
    const node = this.disk.find(path);
    if (node === undefined) throw absent(path);
    return node;
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

  #freeOwn(folder: MemoryNode, name: string): Place {
    const path = stagedPath(name);
    if (nameOf(name) !== name) throw new TreeError('UNSUPPORTED', path, 'not a single name');
    for (const own of [this.disk.staging, this.disk.parking]) {
      if (this.disk.placeIn(own, name, path).node !== undefined) {
        throw new TreeError('EXISTS', path, 'the name is taken');
      }
    }
    return this.disk.placeIn(folder, name, path);
  }

  #toTrash(from: Place, path: string): string {
    const name = trashName(this.disk.trash, path);
    this.disk.rename(from, this.disk.placeIn(this.disk.trash, name, path));
    return `.lanmirror/trash/${name}`;
  }
}
