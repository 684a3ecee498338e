/**
 * Moves folders from which files were cleaned into the trash of the source, with what the rules leave out in them. Owns
 * which folders are still to be looked at: only when the source has told what went, the books say what is left. One in
 * which something may still be written to waits until that is over. A kill forgets them, and they stay.
 */
import { type CleanRule, cleanableFolders, microseconds, QUIET_MS } from '@lanmirror/engine/core';
import { openWriters, type TakenFile, TreeError, type WriterCheck } from '@lanmirror/engine/tree';
import { joinPath, parentOf } from '@lanmirror/protocol';
import { type LeftHost, type LeftSight, leftIn, sightOf } from './left-folder.ts';
import type { CleanerHost } from './source-cleaner.ts';

/** Beyond this many the rest stays: nothing is lost by that. */
const MOST_WAITING = 10_000;

/** The highest folder that may go now, and milliseconds until a higher one may be. */
interface Highest {
  readonly top: { readonly path: string; readonly sight: LeftSight } | undefined;
  readonly waitMs: number | undefined;
}

export class FolderTaker {
  readonly #host: CleanerHost;
  /** Folders, and from when on they are looked at, by the clock that nobody sets. */
  readonly #waiting = new Map<string, number>();

  constructor(host: CleanerHost) {
    this.#host = host;
  }

  /** Folders that are looked at again, and milliseconds until the first of them is. */
  get waiting(): { readonly count: number; readonly inMs: number } {
    const nowMs = this.#host.clock.nowMs();
    let firstMs = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#waiting.values()) firstMs = Math.min(firstMs, dueMs);
    return { count: this.#waiting.size, inMs: Math.max(0, firstMs - nowMs) };
  }

  /** A file went from this path: the folders above it are to be looked at. */
  went(path: string): void {
    const folder = parentOf(path);
    const isWanted = this.#host.rule()?.takesLeftOut === true && folder !== '';
    if (isWanted && this.#waiting.size < MOST_WAITING) this.#waiting.set(folder, 0);
  }

  /** Nothing is cleaned any more: those that waited stay. */
  forget(): void {
    this.#waiting.clear();
  }

  /** Moves those that may go. Returns whether any went; does nothing while nothing may be cleaned. */
  take(): boolean {
    const { rule, mayClean, tell, clock } = this.#host;
    const isOpen = asOfNow();
    let hasTaken = false;
    for (const [folder, dueMs] of [...this.#waiting]) {
      if (dueMs > clock.nowMs()) continue;
      const wanted = rule();
      if (!mayClean()) return hasTaken;
      this.#waiting.delete(folder);
      if (wanted?.takesLeftOut !== true) continue;
      try {
        if (this.#takeHighest(wanted, folder, isOpen)) hasTaken = true;
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
    const host = { ...this.#leftHost(asOfNow()), previewed };
    for (const folder of rule.takesLeftOut ? new Set(paths.map(parentOf)) : []) {
      const { top } = this.#highest(rule, folder, host);
      if (top !== undefined) tops.add(top.path);
    }
    return [...tops].filter((path) => !foldersAbove(path).some((above) => tops.has(above)));
  }

  #leftHost(isOpen: WriterCheck): LeftHost {
    const { state, source, clock } = this.#host;
    return { state, source, isOpen, wallMs: clock.wallMs() };
  }

  #takeHighest(rule: CleanRule, folder: string, isOpen: WriterCheck): boolean {
    const { top, waitMs } = this.#highest(rule, folder, this.#leftHost(isOpen));
    if (waitMs !== undefined) this.#await(folder, waitMs);
    if (top === undefined) return false;
    const isTaken = this.#take(top.path, top.sight);
    if (!isTaken) this.#await(folder, QUIET_MS);
    return isTaken;
  }

  #await(folder: string, ms: number): void {
    this.#waiting.set(folder, this.#host.clock.nowMs() + ms);
  }

  /** The highest folder above that file that may go: then all below it may. */
  #highest(rule: CleanRule, folder: string, host: LeftHost): Highest {
    let top: Highest['top'];
    for (const path of cleanableFolders(rule, joinPath(folder, 'file'))) {
      if (host.source.stat(path) === undefined) continue;
      const sight = leftIn(host, path);
      if (typeof sight === 'string') break;
      if ('waitMs' in sight) return { top, waitMs: sight.waitMs };
      top = { path, sight };
    }
    return { top, waitMs: undefined };
  }

  #take(path: string, before: LeftSight): boolean {
    const { state, source, taken, tell, clock } = this.#host;
    const moved = source.takeFolder(path);
    taken(path);
    const change = this.#changeIn(moved, before);
    if (change !== '') {
      this.#putBack(moved, before);
      tell.warn(`A folder stays at the source: ${path}: ${change}`);
      return false;
    }
    source.keep(moved, { writtenUs: lastWrittenUs(before) });
    state.transact(() =>
      state.history.note({
        ...{ atMs: clock.wallMs(), operation: 'cleaned', kind: 'directory', path, from: '' },
        ...{ sizeBytes: 0, trash: '', isVersionLost: false, code: '' },
      }),
    );
    tell.cleanedLeft(path, before.left.length, moved.trashPath);
    return true;
  }

  /** '' when nothing was done to it. What cannot be looked at any more is not what it was. */
  #changeIn({ trashPath }: TakenFile, { mark }: LeftSight): string {
    try {
      const now = sightOf(this.#host, trashPath);
      if (now?.mark !== mark) return 'something came into it meanwhile';
      // By its old place nobody can open anything in it any more.
      return now.left.some(asOfNow()) ? 'a program has opened something in it for writing' : '';
    } catch (error) {
      if (error instanceof TreeError) return 'it could not be looked at where it was moved to';
      throw error;
    }
  }

  /** What has its place by now stays there, and this stays in the trash, where it is written down. */
  #putBack(moved: TakenFile, before: LeftSight): void {
    const { source, taken } = this.#host;
    try {
      source.putBack(moved);
      taken(moved.path);
    } catch (error) {
      source.keep(moved, { writtenUs: lastWrittenUs(before) });
      throw error;
    }
  }
}

/** All processes are looked at when the first file is asked about. */
function asOfNow(): WriterCheck {
  let isOpen: WriterCheck | undefined;
  return (file) => {
    isOpen ??= openWriters();
    return isOpen(file);
  };
}

/** Microseconds since 1970; 0 with nothing in it. */
function lastWrittenUs({ left }: LeftSight): number {
  let last = 0;
  for (const { mtimeNs } of left) last = Math.max(last, microseconds(mtimeNs));
  return last;
}

function foldersAbove(path: string): string[] {
  return cleanableFolders({ folderLevels: Number.POSITIVE_INFINITY }, path);
}
