/**
 * Moves folders from which files were cleaned into the trash of the source, with what the rules leave out in them. Owns
 * which folders are still to be looked at: only when the source has told what went, the books say what is left. A kill
 * forgets them, and they stay.
 */
import { type CleanRule, cleanableFolders } from '@lanmirror/engine/core';
import { type TakenFile, TreeError } from '@lanmirror/engine/tree';
import { joinPath, parentOf } from '@lanmirror/protocol';
import { type LeftSight, leftIn, sightOf } from './left-folder.ts';
import type { CleanerHost } from './source-cleaner.ts';

/** Beyond this many the rest stays: nothing is lost by that. */
const MOST_WAITING = 10_000;

export class FolderTaker {
  readonly #host: CleanerHost;
  readonly #waiting = new Set<string>();

  constructor(host: CleanerHost) {
    this.#host = host;
  }

  /** A file went from this path: the folders above it are to be looked at. */
  went(path: string): void {
    const folder = parentOf(path);
    const isWanted = this.#host.rule()?.takesLeftOut === true && folder !== '';
    if (isWanted && this.#waiting.size < MOST_WAITING) this.#waiting.add(folder);
  }

  /** Moves those that may go. Returns whether any went; does nothing while nothing may be cleaned. */
  take(): boolean {
    const { rule, mayClean, tell } = this.#host;
    let hasTaken = false;
    for (const folder of [...this.#waiting]) {
      const wanted = rule();
      if (!mayClean()) return hasTaken;
      this.#waiting.delete(folder);
      if (wanted?.takesLeftOut !== true) continue;
      try {
        const top = this.#highest(wanted, folder);
        if (top !== undefined && this.#take(top.path, top.sight)) hasTaken = true;
      } catch (error) {
        if (!(error instanceof TreeError)) throw error;
        tell.warn(`A folder stays at the source: ${error.path}: ${error.message}`);
      }
    }
    return hasTaken;
  }

  /** The folders that would go if these files did. Throws TreeError. */
  preview(rule: CleanRule, paths: readonly string[]): string[] {
    const previewed = new Set(paths);
    const tops = new Set<string>();
    for (const folder of rule.takesLeftOut ? new Set(paths.map(parentOf)) : []) {
      const top = this.#highest(rule, folder, previewed);
      if (top !== undefined) tops.add(top.path);
    }
    return [...tops].filter((path) => !foldersAbove(path).some((above) => tops.has(above)));
  }

  /** The highest folder above that file that may go: then all below it may. */
  #highest(
    rule: CleanRule,
    folder: string,
    previewed?: ReadonlySet<string>,
  ): { readonly path: string; readonly sight: LeftSight } | undefined {
    const { state, source } = this.#host;
    let found: { readonly path: string; readonly sight: LeftSight } | undefined;
    for (const path of cleanableFolders(rule, joinPath(folder, 'file'))) {
      if (source.stat(path) === undefined) continue;
      const sight = leftIn({ state, source, ...(previewed && { previewed }) }, path);
      if (typeof sight === 'string') break;
      found = { path, sight };
    }
    return found;
  }

  #take(path: string, before: LeftSight): boolean {
    const { state, source, taken, tell, clock } = this.#host;
    const moved = source.takeFolder(path);
    taken(path);
    if (!this.#isAsBefore(moved, before)) {
      this.#putBack(moved);
      tell.warn(`A folder stays at the source: ${path}: something came into it meanwhile`);
      return false;
    }
    source.keep(moved);
    state.transact(() =>
      state.history.note({
        ...{ atMs: clock.wallMs(), operation: 'cleaned', kind: 'directory', path, from: '' },
        ...{ sizeBytes: 0, trash: '', isVersionLost: false, code: '' },
      }),
    );
    tell.cleanedLeft(path, before.files, moved.trashPath);
    return true;
  }

  /** What cannot be looked at any more is not what it was. */
  #isAsBefore({ trashPath }: TakenFile, { mark }: LeftSight): boolean {
    const { state, source } = this.#host;
    try {
      return sightOf({ state, source }, trashPath)?.mark === mark;
    } catch (error) {
      if (error instanceof TreeError) return false;
      throw error;
    }
  }

  /** What has its place by now stays there, and this stays in the trash, where it is written down. */
  #putBack(moved: TakenFile): void {
    const { source, taken } = this.#host;
    try {
      source.putBack(moved);
      taken(moved.path);
    } catch (error) {
      source.keep(moved);
      throw error;
    }
  }
}

function foldersAbove(path: string): string[] {
  return cleanableFolders({ folderLevels: Number.POSITIVE_INFINITY }, path);
}
