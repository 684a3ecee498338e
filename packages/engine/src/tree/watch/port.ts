/**
 * The port of a watcher. Whatever it says is a hint: the index looks for itself (lstat) before
 * anything is believed. A spurious hint costs nothing; a lost one is found by the next rescan.
 * All paths are relative to the watched root, '/'-separated, '' for the root.
 */

import type { Heard } from '../../core/index.ts';

/** Why hints may be missing. */
export type LossReason =
  /** The kernel's queue overflowed (Node does not report it; it is inferred). */
  | 'overflow'
  /** A watch could not be set: the path below it is not watched. */
  | 'watch-limit'
  /** A folder may not be read, so it is not watched either: its listing tells the same. */
  | 'denied'
  /** The watcher itself reported an error. */
  | 'error';

export interface WatchListener {
  /**
   * Something about this path may have changed: created, written, removed, renamed, touched. `heard`: what is known
   * of it; without it anything.
   */
  dirty(path: string, heard?: Heard): void;
  /** Something in this folder may have changed, it is not known what. */
  relist(path: string): void;
  /** Hints were or may be lost at or below `path`; a rescan is needed. `detail` is for the log. */
  lost(reason: LossReason, path: string, detail: string): void;
  /** `TreeWatcher.notice` became another matter: worth a line for a person. '' when all is well again. */
  noticed(text: string): void;
}

export interface TreeWatcher {
  /** Resolves when hints flow. */
  readonly ready: Promise<void>;
  /** What a person should know of how changes are noticed, in a sentence; '' while the system tells of all. */
  readonly notice: string;
  /**
   * Called for each folder before it is listed, parents first, so that nothing created meanwhile
   * is missed. Again for a folder already watched: sets the watch anew if the folder at this path
   * is another one now (another inode), else does nothing. Returns whether it is watched now.
   */
  addDirectory(path: string): boolean;
  /**
   * These names were found in this folder by whoever listed it. For watchers that look by themselves: what came
   * after their last look and is gone before the next would never be hinted at.
   */
  listed?(path: string, names: readonly string[]): void;
  /** A folder and all below it have a new path. */
  moveDirectory(from: string, to: string): void;
  /** A folder and all below it are gone or no longer of interest. */
  removeDirectory(path: string): void;
  /** Resolves when everything that happened before the call was hinted at, or is with the event loop. */
  caughtUp(): Promise<void>;
  /** After this no listener is called. */
  close(): Promise<void>;
}

export type WatcherFactory = (root: string, listener: WatchListener) => TreeWatcher;
