/**
 * Moves files that were proved to be on the target from the source into its trash, and says on the target before that
 * they stay there. Owns how many went in this run.
 *
 * A kill before the row is written leaves nothing; one behind it the row of a file that is still there, or a file in the
 * trash that the source has not told as gone yet. The row keeps the copy in either case.
 *
 * The target may be the source by another way, which two device numbers hide (a network share of this machine, a union of
 * folders). So each copy is looked at again when its file has moved, and before the next one is.
 */
import {
  type CleanRefusal,
  type CleanRule,
  cleanableFolders,
  isUnwritten,
  microseconds,
} from '@lanmirror/engine/core';
import { openWriters, type TakenFile, TreeError } from '@lanmirror/engine/tree';
import { isStillCandidate } from './candidate.ts';
import { isCopyThere, isStillProved, type ProvedFile } from './file-proof.ts';
import type { FolderTaker } from './folder-taker.ts';
import type { CleanerHost } from './source-cleaner.ts';

/** Told why a file stays. */
export type Refuse = (path: string, why: CleanRefusal | TreeError) => void;

const NO_FOLDERS: CleanRule = { afterMs: 0, from: 'synced', folderLevels: 0, takesLeftOut: false };

export class FileTaker {
  readonly #host: CleanerHost;
  readonly #folders: FolderTaker;
  /** Files that went. */
  taken = 0;
  /** A copy went with its file: nothing is taken any more. */
  isBarred = false;

  /** `folders` is told of each file that went. */
  constructor(host: CleanerHost, folders: FolderTaker) {
    this.#host = host;
    this.#folders = folders;
  }

  /** From the last look at the books to the last move nothing of this process comes between. */
  take(proved: readonly ProvedFile[], refuse: Refuse): void {
    const { record, mayClean, clock } = this.#host;
    if (!mayClean()) return;
    const isOpen = openWriters();
    const sure = proved.filter((one) => {
      if (!isOpen(one.source)) return this.#isSure(one, refuse);
      refuse(one.candidate.path, 'OPEN');
      return false;
    });
    if (sure.length === 0) return;
    record.add(
      sure.map(({ candidate: { path }, target: { sizeBytes, mtimeNs }, hash }) => ({
        ...{ path, sizeBytes, mtimeUs: microseconds(mtimeNs) },
        ...{ hash: Buffer.from(hash).toString('hex'), cleanedMs: clock.wallMs() },
      })),
    );
    for (const one of sure) {
      try {
        if (isStillProved(this.#host, one) && mayClean() && !this.isBarred) this.#take(one, refuse);
        else record.end([one.candidate.path]);
      } catch (error) {
        if (!(error instanceof TreeError)) throw error;
        record.suspect(one.candidate.path);
        refuse(one.candidate.path, error);
      }
    }
  }

  #isSure(one: ProvedFile, refuse: Refuse): boolean {
    try {
      return isStillCandidate(this.#host.state, one.candidate) && isStillProved(this.#host, one);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      refuse(one.candidate.path, error);
      return false;
    }
  }

  #take(proved: ProvedFile, refuse: Refuse): void {
    const { candidate, hash } = proved;
    const { path, known } = candidate;
    const { source, state, record, clock, taken, tell, rule } = this.#host;
    const moved = source.take(path);
    taken(path);
    if (!isCopyThere(this.#host, proved)) {
      record.suspect(path);
      this.#bar(path, refuse);
      this.#putBack(moved);
      return;
    }
    if (!isUnwritten(proved.source, moved.stat)) {
      // Somebody wrote to it, or put another file there, after the last look.
      record.suspect(path);
      refuse(path, 'CHANGING');
      this.#putBack(moved);
      record.end([path]);
      return;
    }
    source.keep(moved, { hash: Buffer.from(hash).toString('hex'), ageMs: state.meta.keptClock.ageMs });
    this.taken += 1;
    state.transact(() =>
      state.history.note({
        ...{ atMs: clock.wallMs(), operation: 'cleaned', kind: 'file', path, from: '' },
        ...{ sizeBytes: known.sizeBytes, trash: '', isVersionLost: false, code: '' },
      }),
    );
    tell.cleaned(path, moved.trashPath);
    this.#folders.went(path);
    this.#takeFolders(path, rule() ?? NO_FOLDERS);
  }

  #bar(path: string, refuse: Refuse): void {
    this.isBarred = true;
    refuse(path, 'COPY_FOLLOWED');
    this.#host.tell.warn(
      `Nothing more is cleaned from the source until the next start: when ${path} was taken from it, the file on the target went or changed too, so it is put back. The target, or a folder in it, may be the folder of the source by another way (a mount, a network share of this machine); "findmnt" lists the mounts.`,
    );
  }

  /** What has its place by now stays there, and this stays in the trash, where it is written down. */
  #putBack(moved: TakenFile): void {
    try {
      this.#host.source.putBack(moved);
    } catch (error) {
      this.#host.source.keep(moved);
      throw error;
    }
  }

  #takeFolders(path: string, rule: CleanRule): void {
    const { source, taken, tell } = this.#host;
    try {
      for (const folder of cleanableFolders(rule, path)) {
        if (!source.removeIfEmpty(folder)) return;
        taken(folder);
        tell.cleanedFolder(folder);
      }
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      tell.warn(`A folder stays at the source: ${error.path}: ${error.message}`);
    }
  }
}
