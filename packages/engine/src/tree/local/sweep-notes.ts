/**
 * Notes about hidden copies outside the staging folder: where one is being made, a note in the staging
 * folder says so, and a copy that a kill left behind is found without searching the whole tree, or the trash.
 *
 * A note has the path of the copy, relative to the target; in a trash elsewhere a slash and the path below that.
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
  readonly #trash: Directories;

  /** `trash`: of a trash elsewhere; those of the target when it is in there. */
  constructor(directories: Directories, trash: Directories) {
    this.#directories = directories;
    this.#trash = trash;
  }

  /** Whether a name in the staging folder is that of a note. */
  static isNote(name: string): boolean {
    return name.startsWith(BESIDE_PREFIX);
  }

  /** Runs `work`, which makes and removes the hidden copy at `beside`, with a note about it. */
  during(beside: Spot, work: () => void): void {
    requireOwnFolder(this.#directories, STAGING);
    const note = nameOf(beside.path);
    const text = beside.directories === this.#directories ? beside.path : `/${beside.path}`;
    writeFileSync(this.#at(note), text, { flag: 'wx', mode: 0o600, flush: true });
    try {
      work();
    } finally {
      if (nodeAt(beside) === undefined) unlinkSync(this.#at(note));
    }
  }

  /** Removes the hidden copy that a note tells of, and the note. */
  sweep(note: string): void {
    guard(note, () => {
      const text = readFileSync(this.#at(note), 'utf8');
      const isElsewhere = text.startsWith('/');
      const directories = isElsewhere ? this.#trash : this.#directories;
      const path = isElsewhere ? text.slice(1) : text;
      const fault = checkPath(path);
      const isOurs = (fault === undefined || fault === 'reserved') && nameOf(path) === note;
      if (isOurs) guardAbsence(path, () => removeTree({ directories, path }));
      unlinkSync(this.#at(note));
    });
  }

  #at(note: string): string {
    return this.#directories.at(`${STAGING}/${note}`);
  }
}
