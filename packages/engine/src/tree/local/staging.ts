/** The staging folder of a local target: where files are built before they get their final name. */

import { chmodSync, constants, copyFileSync, openSync, symlinkSync, unlinkSync } from 'node:fs';
import { TreeError } from '../error.ts';
import type { StagedFile, Stat } from '../port.ts';
import { BESIDE_PREFIX, besideOf } from './beside.ts';
import { flushFolderSync } from './checkpoint.ts';
import { copyAcross } from './copy-across.ts';
import { type Directories, folderOf, type Spot } from './directories.ts';
import { withAccess } from './folder-access.ts';
import { errnoOf, guard, guardAbsence } from './fs-error.ts';
import { openRegular } from './local-source.ts';
import { LocalStagedFile, type StagingArea } from './local-staged-file.ts';
import type { Durability } from './local-target.ts';
import { lstatNode } from './node-stat.ts';
import { OpenFile } from './open-file.ts';
import { requireOwnFolder, requireVisible, STAGING } from './own-folder.ts';
import type { PendingChanges } from './pending-changes.ts';
import { renameNode } from './rename-node.ts';
import { isServedDisk } from './served-disk.ts';
import type { SweepNotes } from './sweep-notes.ts';

const OPEN = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CREATE = OPEN | constants.O_CREAT | constants.O_EXCL;
const PRIVATE = 0o600;
/** What a file system says that cannot share blocks, or not between these two; and a system without /proc. */
const CANNOT_CLONE: ReadonlySet<string> = new Set([
  ...['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY', 'EXDEV', 'EINVAL'],
  ...['ENOENT', 'ENOTDIR'],
]);

export interface StagingOptions {
  readonly directories: Directories;
  readonly pending: PendingChanges;
  /** Where a copy to another disk is noted while it is made; without it nothing is copied there. */
  readonly notes?: SweepNotes;
  /** When published files come to stable storage. */
  readonly durability: Durability;
}

export class Staging implements StagingArea {
  readonly #directories: Directories;
  readonly #pending: PendingChanges;
  readonly #notes: SweepNotes | undefined;
  readonly #durability: Durability;
  /** Undefined until it is needed: another disk may be mounted while nothing is done. */
  #isServed: boolean | undefined;
  /** Whether a file that is created with a mode has it: umask or access lists may take from it. */
  readonly #isModeGiven = new Map<number, boolean>();

  constructor({ directories, pending, notes, durability }: StagingOptions) {
    this.#directories = directories;
    this.#pending = pending;
    this.#notes = notes;
    this.#durability = durability;
  }

  /** Nothing is done for a while. */
  release(): void {
    this.#isServed = undefined;
    this.#isModeGiven.clear();
  }

  create(name: string, mode: number = PRIVATE): StagedFile {
    requireOwnFolder(this.#directories, STAGING);
    const bits = mode & 0o777;
    const file = new OpenFile(name, openSync(this.#systemPath(name), CREATE, bits));
    return new LocalStagedFile(name, file, this, this.#isGiven(bits, file) ? bits : undefined);
  }

  #isGiven(bits: number, file: OpenFile): boolean {
    const isGiven = this.#isModeGiven.get(bits) ?? file.stat().mode === bits;
    this.#isModeGiven.set(bits, isGiven);
    return isGiven;
  }

  /**
   * A staged file that shares the blocks of an open file; undefined where that cannot be. The descriptor is named by
   * its entry in /proc, because there is no call for it in Node: elsewhere there is no such entry, and nothing is shared.
   */
  clone(name: string, descriptor: number): StagedFile | undefined {
    requireOwnFolder(this.#directories, STAGING);
    const systemPath = this.#systemPath(name);
    try {
      const how = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
      copyFileSync(`/proc/self/fd/${descriptor}`, systemPath, how);
    } catch (error) {
      if (CANNOT_CLONE.has(errnoOf(error))) return undefined;
      throw error;
    }
    // It came with the mode of the other file, which may not be written to.
    chmodSync(systemPath, PRIVATE);
    return this.open(name);
  }

  link(name: string): void {
    requireOwnFolder(this.#directories, STAGING);
    symlinkSync(name, this.#systemPath(name));
  }

  open(name: string): StagedFile | undefined {
    const file = guardAbsence(name, () => this.#openIfAny(name));
    if (file === undefined) return undefined;
    if (file.stat().links === 1) return new LocalStagedFile(name, file, this);
    // A kill came between the final name and the removal of this one: writing here would write there.
    file.close();
    this.remove(name);
    return undefined;
  }

  remove(name: string): void {
    guardAbsence(name, () => unlinkSync(this.#systemPath(name)));
  }

  settledStat(path: string, stat: Stat): Stat {
    return this.#isOnServedDisk() ? guard(path, () => lstatNode(this.#directories.at(path))) : stat;
  }

  publish(name: string, file: OpenFile, path: string, replace: boolean, isFlushed: boolean): Stat {
    requireVisible(path);
    const from = this.#spot(name);
    const to: Spot = { directories: this.#directories, path };
    const isStrict = this.#isStrict();
    if (isStrict && !isFlushed) file.flushSync();
    const stat = guard(path, () => withAccess([folderOf(to)], () => this.#name(from, to, file, replace)));
    if (isStrict) flushFolderSync(folderOf(to));
    else this.#noteUnflushed(to, isFlushed);
    this.#pending.fileSystem(stat.dev, folderOf(to));
    return stat;
  }

  /** Somebody else published a file here, and waited for nothing. */
  notePublished(path: string, stat: Stat): void {
    const to: Spot = { directories: this.#directories, path };
    this.#noteUnflushed(to, false);
    this.#pending.fileSystem(stat.dev, folderOf(to));
  }

  #noteUnflushed(to: Spot, isFlushed: boolean): void {
    if (!isFlushed) this.#pending.node(to);
    this.#pending.name(to);
  }

  /** Files are published without waiting, on a disk of this machine. */
  isPlain(): boolean {
    return !this.#isStrict() && !this.#isOnServedDisk();
  }

  /** Every file is flushed before, and its folder after, it gets its name. */
  #isStrict(): boolean {
    if (this.#durability !== 'checkpoint') return this.#durability === 'strict';
    return this.#isOnServedDisk();
  }

  #isOnServedDisk(): boolean {
    this.#isServed ??= guard(STAGING, () => isServedDisk(this.#directories.folder(STAGING)));
    return this.#isServed;
  }

  #name(from: Spot, to: Spot, file: OpenFile, replace: boolean): Stat {
    try {
      renameNode(from, to, 'file', replace);
      return file.stat();
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV' || this.#notes === undefined) throw error;
    }
    const beside = besideOf(to);
    this.#notes.during(beside, () => copyAcross(from, to, beside, replace));
    flushFolderSync(folderOf(to));
    this.remove(this.#nameOf(from));
    return lstatNode(to.directories.at(to.path));
  }

  #nameOf(spot: Spot): string {
    return spot.path.slice(STAGING.length + 1);
  }

  #openIfAny(name: string): OpenFile | undefined {
    try {
      return openRegular(this.#systemPath(name), name, OPEN);
    } catch (error) {
      if (error instanceof TreeError && error.code === 'ABSENT') return undefined;
      throw error;
    }
  }

  #systemPath(name: string): string {
    return this.#directories.at(`${STAGING}/${requireStagedName(name)}`);
  }

  #spot(name: string): Spot {
    return { directories: this.#directories, path: `${STAGING}/${requireStagedName(name)}` };
  }
}

/** Refuses what is not a single name, or a name that is kept for notes about copies. */
function requireStagedName(name: string): string {
  if (!name.includes('/') && !name.startsWith(BESIDE_PREFIX)) return name;
  throw new TreeError('UNSUPPORTED', name, 'this is not a name for a staged file');
}
