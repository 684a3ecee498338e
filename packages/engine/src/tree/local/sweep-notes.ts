/**
 * Notes about hidden copies outside the staging folder: where one is being made, a note in the staging
 * folder says so, and a copy that a kill left behind is found without searching the whole tree.
 */

import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { checkPath, nameOf } from '@lanmirror/protocol';
import { BESIDE_PREFIX } from './beside.ts';
import { removeTree } from './copy-across.ts';
import type { Directories, Spot } from './directories.ts';
import { guard, guardAbsence } from './fs-error.ts';
import { requireOwnFolder, STAGING } from './own-folder.ts';
import { nodeAt } from './rename-node.ts';

export class SweepNotes {
  readonly #directories: Directories;

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  /** Whether a name in the staging folder is that of a note. */
  static isNote(name: string): boolean {
    return name.startsWith(BESIDE_PREFIX);
  }

  /** Runs `work`, which makes and removes the hidden copy at `beside`, with a note about it. */
  during(beside: Spot, work: () => void): void {
    if (beside.directories !== this.#directories) {
      work();
      return;
    }
    requireOwnFolder(this.#directories, STAGING);
    const note = nameOf(beside.path);
    writeFileSync(this.#at(note), beside.path, { flag: 'wx', mode: 0o600, flush: true });
    try {
      work();
    } finally {
      if (nodeAt(beside) === undefined) unlinkSync(this.#at(note));
    }
  }

  /** Removes the hidden copy that a note tells of, and the note. */
  sweep(note: string): void {
    guard(note, () => {
      const path = readFileSync(this.#at(note), 'utf8');
      const fault = checkPath(path);
      const isOurs = (fault === undefined || fault === 'reserved') && nameOf(path) === note;
      if (isOurs) guardAbsence(path, () => removeTree({ directories: this.#directories, path }));
      unlinkSync(this.#at(note));
    });
  }

  #at(note: string): string {
    return this.#directories.at(`${STAGING}/${note}`);
  }
}
