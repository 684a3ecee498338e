/**
 * Where nodes go instead of being deleted: `<trash>/<day>/<path they had>`. A place that is taken gets
 * the time behind its name; a path too long for the trash becomes one flat name with a hash of the path.
 */

import { constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import { JOURNAL, journalName, recordLine, type TrashReason, type TrashRecord } from '../trash/journal.ts';
import { type Directories, type Spot, systemPath } from './directories.ts';
import { withAccess } from './folder-access.ts';
import { errnoOf, isAbsence } from './fs-error.ts';
import { openRegular } from './local-source.ts';
import type { OpenFile } from './open-file.ts';
import { requireOwnFolder, TRASH, writeIgnoreFiles } from './own-folder.ts';
import type { PendingChanges } from './pending-changes.ts';
import { nodeAt } from './rename-node.ts';
import { dayName, flatName, isTooLongForTrash, suffixedName, suffixOf } from './trash-name.ts';

/** Nodes of one name within one second of one day; beyond it something is wrong. */
const MAX_ATTEMPTS = 10_000;

/** What more there is to write down than where it came from, and why. `trashedMs`: now, when it is left out. */
export type TrashFacts = Partial<Pick<TrashRecord, 'look' | 'writtenUs' | 'trashedMs'>>;

/** O_NONBLOCK: what somebody put in the place of a journal, a FIFO, would block the program for ever. */
const ADD =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0);

export class LocalTrash {
  readonly #directories: Directories;
  /** The trash within its directories: our own folder of a target, or a root of its own. */
  readonly #base: string;
  readonly #pending: PendingChanges;
  readonly #wallMs: () => number;

  constructor(directories: Directories, isOwnRoot: boolean, pending: PendingChanges, wallMs: () => number) {
    this.#directories = directories;
    this.#base = isOwnRoot ? '' : TRASH;
    this.#pending = pending;
    this.#wallMs = wallMs;
  }

  /**
   * A free spot for the node that has `path` in the target; the folder that holds it exists. Never throws
   * ABSENT: the absence of the trash must not be taken for the absence of the node.
   */
  spotFor(path: string): Spot {
    try {
      return this.#findSpot(path);
    } catch (error) {
      const isGone = isAbsence(error) || (error instanceof TreeError && error.code === 'ABSENT');
      if (!isGone) throw error;
      const where = this.#base === '' ? this.#directories.rootPath() : this.#base;
      throw new TreeError('IO', path, `the trash ${where} is not there; is its disk mounted?`, {
        cause: error,
      });
    }
  }

  #findSpot(path: string): Spot {
    const now = this.#wallMs();
    const day = this.#dayFolder(now);
    if (!isTooLongForTrash(day, path)) {
      try {
        return this.#freeSpot(this.#makeWay(day, parentOf(path), now), nameOf(path), now);
      } catch (error) {
        if (errnoOf(error) !== 'ENAMETOOLONG') throw error;
      }
    }
    return this.#freeSpot(day, flatName(path), now);
  }

  /**
   * What had `path` in the target is at `spot` now: writes that down. Returns the spot as it is told to a
   * user: relative to the target, absolute for a trash elsewhere.
   */
  took(spot: Spot, path: string, reason: TrashReason, facts: TrashFacts = {}): string {
    this.#writeDown(spot, path, reason, facts);
    return this.#base === '' ? join(this.#directories.rootPath(), spot.path) : spot.path;
  }

  /** What cannot be written down is in the trash all the same, and is listed without a reason. */
  #writeDown(spot: Spot, path: string, reason: TrashReason, facts: TrashFacts): void {
    const at = this.#within(spot);
    const line = recordLine({ trashedMs: this.#wallMs(), ...facts, at, path, reason });
    try {
      const journal = this.#openJournal(at);
      try {
        journal.appendSync(new TextEncoder().encode(line));
      } finally {
        journal.close();
      }
    } catch (error) {
      if (errnoOf(error) === '' && !(error instanceof TreeError)) throw error;
    }
  }

  /** Whether what goes to `spot` can be written down. Throws TreeError, and errors of the system. */
  requireJournal(spot: Spot): void {
    this.#openJournal(this.#within(spot)).close();
  }

  /** Of the day in which `at`, relative to the trash, is. */
  #openJournal(at: string): OpenFile {
    const folder = this.#makeWay(this.#base, JOURNAL, 0);
    const file = this.#spot(joinPath(folder, journalName(at.slice(0, at.indexOf('/')))));
    return openRegular(systemPath(file), file.path, ADD, 0o600);
  }

  #within({ path }: Spot): string {
    return this.#base === '' ? path : path.slice(this.#base.length + 1);
  }

  #dayFolder(now: number): string {
    if (this.#base === '') writeIgnoreFiles(this.#spot(''));
    else requireOwnFolder(this.#directories, this.#base);
    return this.#makeWay(this.#base, dayName(now), now);
  }

  /** Makes the folders of `way` below `start`; a name taken by a file gets a suffix. Returns the last one. */
  #makeWay(start: string, way: string, now: number): string {
    const wanted = way === '' ? start : start === '' ? way : `${start}/${way}`;
    if (this.#isFolder(wanted)) return wanted;
    let made = start;
    for (const name of way.split('/')) made = this.#makeStep(made, name, now);
    return made;
  }

  #makeStep(parent: string, name: string, now: number): string {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const path = joinPath(parent, attempt === 0 ? name : suffixedName(name, suffixOf(now, attempt)));
      const kind = this.#kindAt(path);
      if (kind === 'directory') return path;
      if (kind !== undefined) continue;
      withAccess([this.#spot(path)], () => mkdirSync(systemPath(this.#spot(path)), { mode: 0o700 }));
      this.#pending.folder(this.#spot(parent));
      return path;
    }
    throw new TreeError('EXISTS', name, 'no free name was found in the trash');
  }

  #freeSpot(folder: string, name: string, now: number): Spot {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const free = joinPath(folder, attempt === 0 ? name : suffixedName(name, suffixOf(now, attempt)));
      if (this.#kindAt(free) === undefined) return this.#spot(free);
    }
    throw new TreeError('EXISTS', name, 'no free name was found in the trash');
  }

  #kindAt(path: string) {
    return withAccess([this.#spot(path)], () => nodeAt(this.#spot(path)))?.kind;
  }

  #isFolder(path: string): boolean {
    try {
      this.#directories.folder(path);
      return true;
    } catch (error) {
      if (isAbsence(error)) return false;
      throw error;
    }
  }

  #spot(path: string): Spot {
    return { directories: this.#directories, path };
  }
}
