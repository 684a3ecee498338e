/**
 * A directory tree of this machine, to be written. Everything of ours in it is in one folder at its top; what goes is
 * put into the trash, and deleted by `remove` alone.
 */

import { linkSync, mkdirSync, renameSync, rmdirSync, statfsSync, symlinkSync, unlinkSync } from 'node:fs';
import { parentOf } from '@lanmirror/protocol';
import type { DiskSpace } from '../../core/index.ts';
import { TreeError } from '../error.ts';
import type {
  FolderLook,
  Listing,
  Metadata,
  NewFile,
  ParkedNode,
  StagedFile,
  Stat,
  WritableTree,
} from '../port.ts';
import type { TrashReason } from '../trash/journal.ts';
import { besideOf } from './beside.ts';
import { Checkpoint } from './checkpoint.ts';
import { copyAcross, moveAcross } from './copy-across.ts';
import { type Directories, folderOf, type Spot, systemPath } from './directories.ts';
import { requireEntry, withAccess, withReading } from './folder-access.ts';
import { errnoOf, guard, isAbsence } from './fs-error.ts';
import { LocalSource } from './local-source.ts';
import { LocalTrash } from './local-trash.ts';
import type { LookThread } from './look-thread.ts';
import { MountedPlaces } from './mounted-places.ts';
import { listNames } from './name-list.ts';
import { lstatNode } from './node-stat.ts';
import type { OpenFile } from './open-file.ts';
import { requireVisible, STAGING } from './own-folder.ts';
import { Parking } from './parking.ts';
import { PendingChanges } from './pending-changes.ts';
import type { PlacingThread } from './placing-thread.ts';
import { nodeAt, refusesHardLink, renameNode } from './rename-node.ts';
import { setModeIfKept, setNodeMetadata } from './set-metadata.ts';
import { Staging } from './staging.ts';
import { SweepNotes } from './sweep-notes.ts';

/**
 * When changes come to stable storage: together at each `flush` ('checkpoint'), each file with its name
 * and the rest at `flush` ('strict'), or when the system pleases ('none').
 */
export type Durability = 'checkpoint' | 'strict' | 'none';

export interface LocalTargetOptions {
  readonly durability: Durability;
  /** Milliseconds since 1970, for the names in the trash. */
  readonly wallMs: () => number;
  /** Where many small files are placed beside other work. */
  readonly thread?: PlacingThread | undefined;
  /** Where many folders are looked at beside other work. */
  readonly lookThread?: LookThread | undefined;
}

/** Fewer are placed before a thread has heard of them. */
const WORTH_A_THREAD = 16;

export class LocalTarget extends LocalSource implements WritableTree {
  readonly #pending: PendingChanges;
  readonly #checkpoint: Checkpoint;
  readonly #notes: SweepNotes;
  readonly #staging: Staging;
  readonly #parking: Parking;
  readonly #trash: LocalTrash;
  readonly #trashDirectories: Directories;
  readonly #thread: PlacingThread | undefined;
  readonly #lookThread: LookThread | undefined;
  readonly #mounts: MountedPlaces;

  /** @param trashDirectories a trash outside the target; by default it is in the target's own folder */
  constructor(directories: Directories, options: LocalTargetOptions, trashDirectories = directories) {
    super(directories);
    this.#pending = new PendingChanges(options.durability !== 'none');
    this.#checkpoint = new Checkpoint(directories, this.#pending);
    this.#notes = new SweepNotes(directories, trashDirectories);
    const { durability, thread, lookThread } = options;
    this.#thread = thread;
    this.#lookThread = lookThread;
    this.#staging = new Staging({ directories, pending: this.#pending, notes: this.#notes, durability });
    this.#parking = new Parking(directories);
    this.#mounts = new MountedPlaces(directories);
    this.#trashDirectories = trashDirectories;
    this.#trash = new LocalTrash(
      trashDirectories,
      trashDirectories !== directories,
      this.#pending,
      options.wallMs,
    );
  }

  override release(): void {
    super.release();
    this.#trashDirectories.release();
    this.#staging.release();
  }

  placeNew(files: readonly NewFile[]): Promise<readonly (Stat | undefined)[]> | undefined {
    if (files.length < WORTH_A_THREAD || this.#thread === undefined) return undefined;
    const root = this.#plainRoot();
    const placing = root && this.#thread.place(root, files);
    return placing?.then((stats) => {
      for (const [at, { path }] of files.entries()) {
        const stat = stats[at];
        if (stat !== undefined) this.#staging.notePublished(path, stat);
      }
      return stats;
    });
  }

  lookBeside(
    paths: readonly string[],
    entries: number,
  ): Promise<readonly (FolderLook | undefined)[]> | undefined {
    return this.#lookThread?.look(paths, entries);
  }

  /** The root, where files are published without waiting; else undefined. */
  #plainRoot(): Stat | undefined {
    try {
      return this.#staging.isPlain() ? this.rootStat() : undefined;
    } catch (error) {
      // It is not there: whoever places a file by itself hears why.
      if (error instanceof TreeError) return undefined;
      throw error;
    }
  }

  override stat(path: string): Stat | undefined {
    if (path === '') return this.rootStat();
    return guard(path, () => withAccess([folderOf(this.#spot(path))], () => super.stat(path)));
  }

  override list(path: string): Listing {
    return guard(path, () => withAccess([this.#spot(path)], () => super.list(path)));
  }

  override readLink(path: string): string | undefined {
    return guard(path, () => withAccess([folderOf(this.#spot(path))], () => super.readLink(path)));
  }

  protected override openFile(path: string): OpenFile {
    return guard(path, () => withReading(this.#spot(path), () => super.openFile(path)));
  }

  makeDirectory(path: string, mode: number): Stat {
    return this.#create(path, (spot) => {
      mkdirSync(systemPath(spot), { mode: 0o700 });
      return setModeIfKept(spot, mode);
    });
  }

  makeLink(path: string, linkTarget: string, mtimeUs: number): Stat {
    return this.#create(path, (spot) => {
      symlinkSync(linkTarget, systemPath(spot));
      return setNodeMetadata(spot, { mtimeUs });
    });
  }

  move(from: string, to: string, { replace }: { readonly replace: boolean }): Stat {
    return guard(from, () => this.#rename(this.#visible(from), this.#visible(to), replace));
  }

  setMetadata(path: string, metadata: Metadata): Stat {
    const spot = path === '' ? this.#spot('') : this.#visible(path);
    if (path === '') requireEntry(metadata);
    return guard(path, () => {
      const stat = withAccess([folderOf(spot)], () => setNodeMetadata(spot, metadata));
      this.#pending.node(spot);
      this.#pending.fileSystem(stat.dev, folderOf(spot));
      return stat;
    });
  }

  mountedIn(path: string): readonly string[] {
    return guard(path, () => this.#mounts.in(this.#visible(path)));
  }

  putAway(path: string, reason: TrashReason = 'extra'): string {
    return guard(path, () => this.#putAway(this.#visible(path), path, reason));
  }

  remove(path: string): void {
    const spot = this.#visible(path);
    guard(path, () => {
      const { kind, dev } = withAccess([spot], () => lstatNode(systemPath(spot)));
      const isFolder = kind === 'directory';
      const removeNode = isFolder ? rmdirSync : unlinkSync;
      this.#orMounted(spot, () => withAccess([folderOf(spot)], () => removeNode(systemPath(spot))));
      if (isFolder) this.directories.forget();
      this.#pending.name(spot);
      this.#pending.fileSystem(dev, folderOf(spot));
    });
  }

  keepVersion(path: string, reason: TrashReason = 'replaced'): string {
    return guard(path, () => {
      const from = this.#visible(path);
      const { kind } = withAccess([from], () => lstatNode(systemPath(from)));
      if (kind !== 'file' && kind !== 'link') {
        throw new TreeError('NOT_A_FILE', path, `only a file or link has versions; a ${kind} stands there`);
      }
      const to = this.#trash.spotFor(path);
      withAccess([from, to], () => this.#duplicate(from, to, kind === 'link'));
      this.#pending.name(to);
      this.#pending.fileSystem(lstatNode(systemPath(to)).dev, folderOf(to));
      return this.#trash.took(to, path, reason);
    });
  }

  park(path: string, name: string): void {
    guard(path, () => {
      const from = this.#visible(path);
      withAccess([from], () => lstatNode(systemPath(from)));
      const to = this.#parking.reserve(name, path);
      try {
        this.#rename(from, to, false);
      } catch (error) {
        this.#parking.giveUp(name);
        throw error;
      }
    });
  }

  unpark(name: string, path: string): Stat {
    return guard(path, () => {
      const stat = this.#rename(this.#parking.spot(name), this.#visible(path), false);
      this.#parking.giveUp(name);
      return stat;
    });
  }

  parked(name: string): ParkedNode | undefined {
    return guard(name, () => {
      const stat = this.#parking.nodeOf(name);
      return stat && { path: this.#parking.pathOf(name), at: this.#parking.spot(name).path, stat };
    });
  }

  createStaged(name: string, mode?: number): StagedFile {
    return guard(name, () => this.#staging.create(name, mode));
  }

  cloneStaged(name: string, path: string): StagedFile | undefined {
    return guard(path, () => {
      const base = this.openFile(path);
      try {
        return base.sync((descriptor) => this.#staging.clone(name, descriptor));
      } finally {
        base.close();
      }
    });
  }

  linkStaged(name: string): void {
    guard(name, () => this.#staging.link(name));
  }

  openStaged(name: string): StagedFile | undefined {
    return guard(name, () => this.#staging.open(name));
  }

  space(): DiskSpace | undefined {
    try {
      const { blocks, bsize, bavail, bfree } = statfsSync(this.directories.rootPath());
      // Some blocks of a disk are kept for root. A file system of no size does not say.
      const free = process.getuid?.() === 0 ? bfree : bavail;
      return blocks === 0 ? undefined : { totalBytes: blocks * bsize, freeBytes: free * bsize };
    } catch (error) {
      // Whoever writes to it learns what is wrong.
      if (errnoOf(error) !== undefined) return undefined;
      throw error;
    }
  }

  listStaged(): readonly string[] {
    return guard(STAGING, () =>
      namesIn(this.directories, STAGING).filter((name) => !this.#parking.giveUp(name)),
    );
  }

  sweepStaged(name: string): string {
    return guard(name, () => {
      if (this.#parking.has(name)) return this.#sweepParked(name);
      if (SweepNotes.isNote(name)) this.#notes.sweep(name);
      else this.#staging.remove(name);
      return '';
    });
  }

  flush(): Promise<void> {
    return this.#checkpoint.flush();
  }

  #create(path: string, make: (spot: Spot) => Stat): Stat {
    const spot = this.#visible(path);
    return guard(path, () => {
      const stat = withAccess([folderOf(spot)], () => make(spot));
      this.#pending.node(spot);
      this.#pending.name(spot);
      this.#pending.fileSystem(stat.dev, folderOf(spot));
      return stat;
    });
  }

  #rename(from: Spot, to: Spot, replace: boolean): Stat {
    const node = withAccess([from], () => lstatNode(systemPath(from)));
    const takesMount = node.kind === 'directory' && this.#mounts.in(from).length > 0;
    guard(to.path, () =>
      withAccess([from, to], () => {
        if (isSameEntry(node, from, to)) renameSync(systemPath(from), systemPath(to));
        else this.#orMounted(from, () => this.#renameOrMoveAcross(from, to, node, replace));
      }),
    );
    if (node.kind === 'directory') this.directories.forget();
    if (takesMount) this.#mounts.forget();
    this.#pending.renamed(from, to);
    const stat = withAccess([to], () => lstatNode(systemPath(to)));
    this.#pending.fileSystem(stat.dev, folderOf(to));
    return stat;
  }

  #renameOrMoveAcross(from: Spot, to: Spot, node: Stat, replace: boolean): void {
    try {
      renameNode(from, to, node.kind, replace);
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error;
      // It would be copied as a part of the folder, and deleted where it is.
      if (node.kind === 'directory') this.#mounts.refuse(from);
      const beside = besideOf(to);
      this.#notes.during(beside, () => moveAcross(from, to, beside, replace));
    }
  }

  /** The system calls it in use when something is mounted right there: says that instead. */
  #orMounted(spot: Spot, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (errnoOf(error) === 'EBUSY') this.#mounts.refuse(spot);
      throw error;
    }
  }

  #putAway(from: Spot, path: string, reason: TrashReason): string {
    const { kind } = withAccess([from], () => lstatNode(systemPath(from)));
    if (kind === 'directory') this.#mounts.refuse(from);
    const to = this.#trash.spotFor(path);
    try {
      this.#rename(from, to, false);
    } catch (error) {
      // Without this a trash that vanished would be taken for a node that did.
      if (nodeAt(from) === undefined || !isAbsenceOf(to, error)) throw error;
      throw new TreeError('IO', path, 'the trash is not there (any more)', { cause: error });
    }
    return this.#trash.took(to, path, reason);
  }

  /** Gives a file or link a second name; a copy where the file system has no hard links or is another one. */
  #duplicate(from: Spot, to: Spot, isLink: boolean): void {
    if (!isLink) {
      try {
        linkSync(systemPath(from), systemPath(to));
        return;
      } catch (error) {
        if (errnoOf(error) !== 'EXDEV' && !refusesHardLink(error)) throw error;
      }
    }
    const beside = besideOf(to);
    this.#notes.during(beside, () => copyAcross(from, to, beside, false));
  }

  #sweepParked(name: string): string {
    const spot = this.#parking.spot(name);
    const isThere = nodeAt(spot) !== undefined;
    const trash = isThere ? this.#putAway(spot, this.#parking.pathOf(name), 'deleted') : '';
    this.#parking.vacate(name);
    return trash;
  }

  #visible(path: string): Spot {
    requireVisible(path);
    return this.#spot(path);
  }

  #spot(path: string): Spot {
    return { directories: this.directories, path };
  }
}

/**
 * Whether `to` is the same entry as `from` under another spelling (a file system that folds case): then
 * it is not in the way of a rename.
 */
function isSameEntry(node: Stat, from: Spot, to: Spot): boolean {
  if (from.directories !== to.directories || from.path === to.path) return false;
  if (parentOf(from.path) !== parentOf(to.path)) return false;
  const standing = nodeAt(to);
  if (standing === undefined || standing.ino !== node.ino || standing.dev !== node.dev) return false;
  return node.kind === 'directory' || node.links === 1;
}

function isAbsenceOf(spot: Spot, error: unknown): boolean {
  return error instanceof TreeError && error.code === 'ABSENT' && error.path === spot.path;
}

function namesIn(directories: Directories, folder: string): readonly string[] {
  try {
    return listNames(directories.folder(folder)).names;
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}
