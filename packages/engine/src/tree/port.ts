/**
 * The port of a directory tree: the small set of things lanmirror does to one.
 * Implementations: `local` (a real file system), `memory` (tests, with knobs).
 *
 * Paths are relative to the root of the tree, '/'-separated, '' for the root itself, and have
 * already passed the path rule of `@lanmirror/protocol`. Nothing here but `glance`, and what glances, ever follows a
 * symbolic link, neither in the last component nor on the way to it.
 *
 * Structure (names, folders, links, metadata) changes in synchronous calls: each is one step that
 * no other step of this process can interleave with, but `placeNew`. Only bytes move asynchronously, and new files so;
 * `lookBeside` changes nothing.
 *
 * Errors: absent is a value (`undefined`), and only ENOENT and ENOTDIR mean it. Everything else
 * throws a `TreeError`, which is never an absence.
 */

import type { DiskSpace } from '../core/index.ts';
import type { TrashReason } from './trash/journal.ts';

/** What stands at a path. `other` is a FIFO, socket or device. */
export type NodeKind = 'directory' | 'file' | 'link' | 'other';

export interface Stat {
  readonly kind: NodeKind;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** 0n where the file system does not record it. */
  readonly birthtimeNs: bigint;
  /** Permission bits only, 0o000 to 0o777. */
  readonly mode: number;
  readonly dev: bigint;
  readonly ino: bigint;
  /** Number of hard links. */
  readonly links: number;
}

export interface Listing {
  /** Names that are valid UTF-8, in the order the file system gives. */
  readonly names: readonly string[];
  /** Names that are not, escaped for display (`caf\xe9.txt`): they cannot be mirrored. */
  readonly undecodable: readonly string[];
}

/** What a look at a whole folder showed. */
export interface FolderLook {
  /** As `Listing` has them. */
  readonly names: readonly string[];
  /** Of a `RollCall` of a glance at each of them. */
  readonly digest: Uint8Array;
}

/** An open regular file. `close` may be called more than once. */
export interface ReadHandle {
  /** What it was when it was opened. */
  readonly opened: Stat;
  /** What it is now. */
  stat(): Stat;
  /** Reads up to `length` bytes at `position` into `buffer` at `offset`; returns the bytes read, 0 at the end. */
  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Where a tree can: resolves when what is in it is on stable storage, whoever wrote it. Rejects with FLUSH_FAILED. */
  flush?(): Promise<void>;
  close(): void;
}

export interface ReadableTree {
  /** The root itself, never through a link; `undefined` when proved absent. */
  rootStat(): Stat | undefined;
  stat(path: string): Stat | undefined;
  /**
   * A look at a node that costs a system less than `stat`, for the comparison with what was known of it: numbers and
   * times that are the same prove that it is the same node. Anything else proves nothing, because a folder on the way
   * that somebody turns into a link in this moment may be followed. TreeError NAME_TOO_LONG where the whole path is
   * longer than the system takes in one call.
   */
  glance(path: string): Stat | undefined;
  /** Throws TreeError ABSENT when the folder is gone or not a folder. */
  list(path: string): Listing;
  /** The target of a link, verbatim; `undefined` when it is not UTF-8 and so cannot be told as text. */
  readLink(path: string): string | undefined;
  /** Opens a regular file without blocking on anything else; throws TreeError NOT_A_FILE for the rest. */
  open(path: string): ReadHandle;
  /** Gives back every directory handle held for speed, so that the tree can be unmounted. Call when idle. */
  release(): void;
}

/** Metadata to set; what is left out stays. */
export interface Metadata {
  readonly mode?: number;
  readonly mtimeUs?: number;
}

/**
 * A file under construction in the target's own staging folder. It has no final name until
 * `publish`. What a kill leaves of it is found again by `openStaged` or removed by `sweepStaged`.
 */
export interface StagedFile {
  readonly name: string;
  /** Bytes written so far, as the file system says. */
  sizeBytes(): number;
  stat(): Stat;
  writeSync(bytes: Uint8Array, position: number): void;
  write(bytes: Uint8Array, position: number): Promise<void>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  truncate(sizeBytes: number): void;
  setMetadata(metadata: Metadata): void;
  /** Content and metadata are on stable storage when this resolves. */
  flush(): Promise<void>;
  /**
   * Gives the file its final name in one step and closes it. With `replace` a regular file or link
   * at `path` is replaced and the name is never missing; without it anything at `path` is an error EXISTS.
   * Returns what stands there now.
   */
  publish(path: string, options: { readonly replace: boolean }): Stat;
  /** Closes and keeps what was written, for `openStaged`. */
  keep(): void;
  /** Closes and removes it. May be called after a failed publish. */
  discard(): void;
}

/** A small new file with all that it is going to be. */
export interface NewFile {
  /** Of the staged file that it is made as. */
  readonly stagedName: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number | undefined;
  readonly mtimeUs: number;
}

/** What is out of sight for the length of a few renames. */
export interface ParkedNode {
  /** Where it stood; its own name where a kill came before that was written. */
  readonly path: string;
  /** Where it can be looked at and read while it is parked. */
  readonly at: string;
  readonly stat: Stat;
}

export interface WritableTree extends ReadableTree {
  /**
   * Stages and publishes many small new files, without replacing anything, beside what else this process does: until
   * it resolves nothing may rename or remove the folders of these files. Nothing is placed any more once the root is
   * another one than at the call (a disk that came or went). Returns for each what stands there now, undefined for one
   * that could not be placed so: nothing is left of it, and placing it by itself tells why. Undefined as a whole where
   * that is not possible, or no gain.
   */
  placeNew?(files: readonly NewFile[]): Promise<readonly (Stat | undefined)[]> | undefined;
  /**
   * Lists these folders and glances at all in them, beside what else this process does. Each answer was true at a moment
   * between the call and the answer, and may be taken only for a look at that moment. Undefined for a folder with which
   * anything was amiss: looking at it by itself tells what. Undefined as a whole where that is not possible, or no gain:
   * `entries` is how many nodes there are, about, in the whole walk that these folders are a part of.
   */
  lookBeside?(
    paths: readonly string[],
    entries: number,
  ): Promise<readonly (FolderLook | undefined)[]> | undefined;
  makeDirectory(path: string, mode: number): Stat;
  /** Error EXISTS when something stands there. */
  makeLink(path: string, linkTarget: string, mtimeUs: number): Stat;
  /**
   * Renames. Without `replace` anything at `to` is an error EXISTS; with it a regular file or link
   * at `to` is replaced in one step.
   */
  move(from: string, to: string, options: { readonly replace: boolean }): Stat;
  /** Sets metadata without following a link (the mode of a link is left alone). Returns what stands there now. */
  setMetadata(path: string, metadata: Metadata): Stat;
  /**
   * Where something is mounted at or below `path`, as paths in the tree; empty for nothing. Only trees that can tell
   * have this.
   */
  mountedIn?(path: string): readonly string[];
  /**
   * Moves whatever stands at `path`, with all below it, into the trash. The path is free afterwards.
   * Returns where it went, for the log. `reason` is written down with it. TreeError MOUNTED for a folder in which
   * something is mounted: it would go along.
   */
  putAway(path: string, reason?: TrashReason): string;
  /**
   * Deletes a file, a link or an empty folder for good. TreeError NOT_EMPTY for a folder with anything in it, ABSENT when
   * nothing stands there, MOUNTED where something is mounted right there.
   */
  remove(path: string): void;
  /**
   * Keeps the present file or link of `path` in the trash under another name while the path stays as
   * it is (a hard link; a copy where links are not possible).
   */
  keepVersion(path: string, reason?: TrashReason): string;
  /** Moves a node out of the visible tree into the staging folder under `name`, to be moved back by `unpark`. */
  park(path: string, name: string): void;
  unpark(name: string, path: string): Stat;
  /** The node that is parked under `name`, and the path it had; undefined when none is. */
  parked(name: string): ParkedNode | undefined;
  /**
   * Exclusive: error EXISTS when the name is taken. `mode`: what `setMetadata` is going to be asked for, so that a
   * tree can create the file so at once.
   */
  createStaged(name: string, mode?: number): StagedFile;
  /**
   * A staged file that has the content of the file at `path` and shares its blocks on the disk until one of the two
   * is written to. Undefined where the file system cannot share; nothing is copied then. Error EXISTS as above.
   */
  cloneStaged(name: string, path: string): StagedFile | undefined;
  /** A symbolic link in the staging folder, which leads nowhere: whether there can be one. `sweepStaged` removes it. */
  linkStaged(name: string): void;
  /** An interrupted staged file, or undefined. */
  openStaged(name: string): StagedFile | undefined;
  /** How much room is on the disk of the root; undefined where that cannot be told. */
  space(): DiskSpace | undefined;
  /**
   * Names of everything in the staging folder, files and parked nodes. A parking place whose node has left it (a kill came
   * before it was given up) is none of them, and is given up.
   */
  listStaged(): readonly string[];
  /**
   * Removes a staged file; a parked node goes to the trash instead, under the path it had. Returns where it is there, ''
   * for what is not in the trash. Nothing there is no error.
   */
  sweepStaged(name: string): string;
  /**
   * A checkpoint: when it resolves, every change made through this tree before the call is on stable
   * storage. Rejects with FLUSH_FAILED when the device reported an error; then nothing may be believed durable.
   */
  flush(): Promise<void>;
}
