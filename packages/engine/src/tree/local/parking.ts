/**
 * Nodes of the user that are out of sight for the length of a few renames. Each has a folder of its own
 * in the staging folder, with the path it had, so that one left by a kill goes to its right place in the
 * trash. Staged files are never folders: that tells the two apart.
 */

import { mkdirSync, readFileSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { checkPath } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import type { Stat } from '../port.ts';
import type { Directories, Spot } from './directories.ts';
import { errnoOf, isAbsence } from './fs-error.ts';
import { requireOwnFolder, STAGING } from './own-folder.ts';
import { nodeAt } from './rename-node.ts';

export class Parking {
  readonly #directories: Directories;

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  /** Makes a place for the node that has `path` and returns it. */
  reserve(name: string, path: string): Spot {
    requireOwnFolder(this.#directories, STAGING);
    this.giveUp(name);
    this.#make(name);
    writeFileSync(this.#directories.at(`${this.#place(name)}/path`), path, { flag: 'wx', mode: 0o600 });
    return this.spot(name);
  }

  spot(name: string): Spot {
    return { directories: this.#directories, path: `${this.#place(name)}/node` };
  }

  /** One that could not be given up is used again. */
  #make(name: string): void {
    try {
      mkdirSync(this.#directories.at(this.#place(name)), { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' || !this.#isEmpty(name)) throw error;
    }
  }

  /** The node that is parked under a name; undefined when none is. */
  nodeOf(name: string): Stat | undefined {
    try {
      return this.has(name) ? nodeAt(this.spot(name)) : undefined;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  #isEmpty(name: string): boolean {
    return this.has(name) && this.nodeOf(name) === undefined;
  }

  /**
   * Gives up the place of a node that has left it, if it is one, as far as the disk lets us: where the node is nothing is
   * wrong, and the next look at the staging folder tries again. Returns whether it is such a place.
   */
  giveUp(name: string): boolean {
    if (!this.#isEmpty(name)) return false;
    try {
      this.vacate(name);
    } catch (error) {
      if (errnoOf(error) === '') throw error;
    }
    return true;
  }

  /** Whether `name` is that of a place, with a node or without. */
  has(name: string): boolean {
    try {
      return nodeAt({ directories: this.#directories, path: this.#place(name) })?.kind === 'directory';
    } catch (error) {
      if (isAbsence(error)) return false;
      throw error;
    }
  }

  /** The path a parked node had; its own name where a kill came before that was written. */
  pathOf(name: string): string {
    try {
      const path = readFileSync(this.#directories.at(`${this.#place(name)}/path`), 'utf8');
      return checkPath(path) === undefined ? path : name;
    } catch (error) {
      if (isAbsence(error)) return name;
      throw error;
    }
  }

  /** Gives up the place of a node that has left it. */
  vacate(name: string): void {
    try {
      unlinkSync(this.#directories.at(`${this.#place(name)}/path`));
    } catch (error) {
      if (!isAbsence(error)) throw error;
    }
    rmdirSync(this.#directories.at(this.#place(name)));
    this.#directories.forget();
  }

  #place(name: string): string {
    if (!name.includes('/')) return `${STAGING}/${name}`;
    throw new TreeError('UNSUPPORTED', name, 'this is not a name for a parked node');
  }
}
