/**
 * A checkpoint: everything changed so far comes to stable storage. A few files are flushed one by one,
 * side by side; for many the whole file system is (`sync -f`), which is an order of magnitude faster.
 */

import { execFile } from 'node:child_process';
import { closeSync, constants, fsync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parentOf } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import { type Directories, type Spot, systemPath } from './directories.ts';
import { errnoOf, isAbsence, isTooManyOpen } from './fs-error.ts';
import { lstatNode } from './node-stat.ts';
import { flushFailure } from './open-file.ts';
import type { Changed, PendingChanges } from './pending-changes.ts';

const fsyncAsync = promisify(fsync);
const run = promisify(execFile);
const NODE_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Windows cannot flush a folder; it has no need to. */
const CAN_FLUSH_FOLDERS = process.platform !== 'win32';

export class Checkpoint {
  readonly #root: Directories;
  readonly #pending: PendingChanges;
  #last: Promise<void> = Promise.resolve();

  constructor(root: Directories, pending: PendingChanges) {
    this.#root = root;
    this.#pending = pending;
  }

  /** Resolves when everything changed before the call is on stable storage. Rejects with FLUSH_FAILED. */
  flush(): Promise<void> {
    const next = this.#last.then(
      () => this.#flushPending(),
      () => this.#flushPending(),
    );
    this.#last = next;
    return next;
  }

  async #flushPending(): Promise<void> {
    const changed = this.#pending.take();
    try {
      const opened = changed.isMany ? 'unopened' : openAll(changed);
      if (opened === 'unopened') await this.#flushFileSystems(changed.fileSystems);
      else if (opened === 'too-many') flushOneByOne(changed);
      else await flushAll(opened);
    } catch (error) {
      this.#pending.giveBack();
      throw error instanceof TreeError ? error : flushFailure(error, '');
    }
  }

  #flushFileSystems(folders: readonly Spot[]): Promise<void> {
    const pathOfDevice = new Map<bigint, string>();
    for (const spot of [{ directories: this.#root, path: '' }, ...folders]) {
      const { dev, systemPath: path } = standingFolder(spot);
      if (!pathOfDevice.has(dev)) pathOfDevice.set(dev, path);
    }
    return syncFileSystems([...pathOfDevice.values()]);
  }
}

/** The folder at a spot, or the nearest one above it that is still there. */
function standingFolder({ directories, path }: Spot): { dev: bigint; systemPath: string } {
  try {
    const { dev } = lstatNode(`${directories.folder(path)}/.`);
    return { dev, systemPath: join(directories.rootPath(), path) };
  } catch (error) {
    if (path === '' || !isAbsence(error)) throw error;
    return standingFolder({ directories, path: parentOf(path) });
  }
}

/** Flushes the folder at a spot at once, for a tree that is flushed with every change. */
export function flushFolderSync(folder: Spot): void {
  if (!CAN_FLUSH_FOLDERS) return;
  try {
    const descriptor = openSync(folder.directories.folder(folder.path), constants.O_RDONLY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw flushFailure(error, folder.path);
  }
}

/**
 * Opens everything at once, so that a rename during the flush changes nothing. `unopened` when something may
 * not be read: then the file system is flushed. `too-many`: there are not enough descriptors, for another
 * program to be started neither.
 */
function openAll(changed: Changed): number[] | 'unopened' | 'too-many' {
  const opened: number[] = [];
  for (const spot of spotsOf(changed)) {
    try {
      opened.push(openSync(systemPath(spot), NODE_FLAGS));
    } catch (error) {
      if (hasNothingToFlush(error)) continue;
      for (const descriptor of opened) closeSync(descriptor);
      return isTooManyOpen(error) ? 'too-many' : 'unopened';
    }
  }
  return opened;
}

function spotsOf({ files, folders }: Changed): Spot[] {
  return CAN_FLUSH_FOLDERS ? [...files, ...folders] : [...files];
}

/** Gone, or a link or FIFO now: only its folder is left to be flushed, which is listed by itself. */
function hasNothingToFlush(error: unknown): boolean {
  return isAbsence(error) || ['ELOOP', 'ENXIO'].includes(errnoOf(error));
}

/** In one turn, so that nothing of ours is renamed meanwhile. Slow, and with one descriptor. */
function flushOneByOne(changed: Changed): void {
  for (const spot of spotsOf(changed)) {
    let descriptor: number;
    try {
      descriptor = openSync(systemPath(spot), NODE_FLAGS);
    } catch (error) {
      if (hasNothingToFlush(error)) continue;
      throw error;
    }
    try {
      fsyncSync(descriptor);
    } catch (error) {
      if (!isUnflushable(error)) throw error;
    } finally {
      closeSync(descriptor);
    }
  }
}

async function flushAll(descriptors: readonly number[]): Promise<void> {
  const results = await Promise.allSettled(descriptors.map((descriptor) => fsyncAsync(descriptor)));
  for (const descriptor of descriptors) closeSync(descriptor);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined && !isUnflushable(failed.reason)) throw failed.reason;
}

/** A FIFO or socket that came to stand at a path we changed has nothing to flush. */
function isUnflushable(error: unknown): boolean {
  return errnoOf(error) === 'EINVAL';
}

/**
 * Flushes whole file systems with the program `sync`. Where it does not know `-f` (macOS, old busybox)
 * it flushes everything there is, and cannot report errors.
 */
export async function syncFileSystems(paths: readonly string[], program = 'sync'): Promise<void> {
  try {
    await run(program, ['-f', ...paths]);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (!/option|usage/i.test(said)) throw flushFailure(error, '');
    await run(program).catch((failure: unknown) => {
      throw flushFailure(failure, '');
    });
  }
}
