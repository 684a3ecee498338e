/**
 * A source of this machine from which files are taken that a mirror has: each goes to a trash in the source's own folder,
 * which is never published. Nothing is ever deleted but folders in which nothing is, and nothing is replaced.
 */
import { mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { parentOf, RESERVED_NAME } from '@lanmirror/protocol';
import { microseconds } from '../../core/index.ts';
import { TreeError } from '../error.ts';
import { mountPointsBelow } from '../mount-table.ts';
import type { ReadableTree, Stat } from '../port.ts';
import type { CleanedLook } from '../trash/journal.ts';
import { Checkpoint } from './checkpoint.ts';
import { type Directories, type Spot, systemPath } from './directories.ts';
import { guard, guardAbsence } from './fs-error.ts';
import { LocalSource } from './local-source.ts';
import { LocalTrash, type TrashFacts } from './local-trash.ts';
import { MARKER, MarkerSearch } from './marker-search.ts';
import { lstatNode } from './node-stat.ts';
import { defaultWalk, openDirectories } from './open-directories.ts';
import { makeFolder, requireVisible, writeIgnoreFiles } from './own-folder.ts';
import { PendingChanges } from './pending-changes.ts';
import { nodeAt, renameIfFree, renameNode } from './rename-node.ts';

/** A file, or a folder with all in it, that was taken out of its place, and can be put back. */
export interface TakenFile {
  readonly path: string;
  /** In the source, relative to it. */
  readonly trashPath: string;
  /** How it looks where it is now. */
  readonly stat: Stat;
}

/** What is written down of it besides where it came from. */
export interface TakenNote
  extends Partial<Pick<CleanedLook, 'hash' | 'ageMs'>>,
    Pick<TrashFacts, 'writtenUs'> {
  /** When it came, milliseconds since 1970; left out for what comes now. */
  readonly trashedMs?: number;
}

export interface CleanableTree extends ReadableTree {
  /**
   * The folder, absolute, that a mirror fills, if it is this one or one above it: what is cleaned would come again.
   * Throws TreeError.
   */
  targetFolder(): string | undefined;
  /**
   * The folder of this tree that a mirror fills and in which `path` is; undefined without one. `known`: what was found
   * for other paths; it is added to. Throws TreeError.
   */
  targetAround(path: string, known?: Map<string, string | undefined>): string | undefined;
  /** Makes our folder in the source, if it has none. Throws TreeError. */
  prepare(): void;
  /** Moves a file into the trash. Throws TreeError, and then the file is in its place. */
  take(path: string): TakenFile;
  /** The same for a folder, with all that is in it, by one rename. */
  takeFolder(path: string): TakenFile;
  /** Whether something is mounted at a path, or below it. */
  isMountedBelow(path: string): boolean;
  /** Gives it its place again, with its folders; TreeError EXISTS when something else has that by now, and it stays in the trash. */
  putBack(taken: TakenFile): void;
  /**
   * Writes down in the trash where it came from, and of what content it was proved to be: without `hash` and `ageMs` it is
   * never deleted. Later notes of the same count instead.
   */
  keep(taken: TakenFile, note?: TakenNote): void;
  /** Removes a folder in which nothing is. Returns false when something is in it, or it is none. Throws TreeError. */
  removeIfEmpty(path: string): boolean;
  /** All of that is on stable storage when it resolves. */
  flush(): Promise<void>;
}

/** `wallMs`: milliseconds since 1970, for the names in the trash. */
export function openCleanableSource(root: string, wallMs: () => number = Date.now): CleanableTree {
  return new CleanableSource(openDirectories(root, defaultWalk()), wallMs);
}

class CleanableSource extends LocalSource implements CleanableTree {
  readonly #pending = new PendingChanges(true);
  readonly #checkpoint: Checkpoint;
  readonly #trash: LocalTrash;
  readonly #marker = new MarkerSearch();

  constructor(directories: Directories, wallMs: () => number) {
    super(directories);
    this.#checkpoint = new Checkpoint(directories, this.#pending);
    this.#trash = new LocalTrash(directories, false, this.#pending, wallMs);
  }

  targetFolder(): string | undefined {
    const root = this.directories.rootPath();
    if (this.#isMarked('')) return root;
    return guardAbsence(MARKER, () => this.#marker.above(realpathSync(root)));
  }

  targetAround(path: string, known = new Map<string, string | undefined>()): string | undefined {
    const folder = parentOf(path);
    if (folder === '') return undefined;
    if (!known.has(folder))
      known.set(folder, this.targetAround(folder, known) ?? (this.#isMarked(folder) ? folder : undefined));
    return known.get(folder);
  }

  #isMarked(folder: string): boolean {
    return this.stat(folder === '' ? MARKER : `${folder}/${MARKER}`) !== undefined;
  }

  prepare(): void {
    const own = this.#spot(RESERVED_NAME);
    guard(RESERVED_NAME, () => {
      const there = nodeAt(own);
      if (there === undefined) makeFolder(own);
      else if (there.kind !== 'directory')
        throw new TreeError(
          'NOT_A_FILE',
          RESERVED_NAME,
          'this is not a folder but a link or file; remove it',
        );
      writeIgnoreFiles(own);
    });
  }

  take(path: string): TakenFile {
    return this.#take(path, 'file');
  }

  takeFolder(path: string): TakenFile {
    const taken = this.#take(path, 'directory');
    this.directories.forget();
    return taken;
  }

  isMountedBelow(path: string): boolean {
    const points = [...mountPointsBelow(this.directories.rootPath())];
    return points.some((point) => point === path || point.startsWith(`${path}/`));
  }

  #take(path: string, wanted: 'file' | 'directory'): TakenFile {
    const from = this.#visible(path);
    return guard(path, () => {
      const { kind } = lstatNode(systemPath(from));
      if (kind !== wanted)
        throw new TreeError('NOT_A_FILE', path, `it should be a ${wanted} and is a ${kind}`);
      const to = this.#trash.spotFor(path);
      // Where nobody could read where it came from it would be lost among the rest.
      this.#trash.requireJournal(to);
      // In one step: a second name and the removal of the first would delete what a program puts there in between.
      this.#moved(from, to, () => renameIfFree(from, to));
      return { path, trashPath: to.path, stat: lstatNode(systemPath(to)) };
    });
  }

  putBack({ path, trashPath, stat: { kind } }: TakenFile): void {
    const home = this.#visible(path);
    const from = this.#spot(trashPath);
    guard(path, () => {
      this.#makeWay(parentOf(path));
      this.#moved(from, home, () => renameNode(from, home, kind, false));
    });
    if (kind === 'directory') this.directories.forget();
  }

  /** Empty folders may have gone with the file. */
  #makeWay(folder: string): void {
    if (folder === '' || this.stat(folder) !== undefined) return;
    this.#makeWay(parentOf(folder));
    mkdirSync(systemPath(this.#spot(folder)));
    this.#pending.folder(this.#spot(parentOf(folder)));
  }

  keep({ path, trashPath, stat }: TakenFile, { hash, ageMs, ...facts }: TakenNote = {}): void {
    const { sizeBytes, mtimeNs } = stat;
    const isProved = hash !== undefined && ageMs !== undefined;
    const look = isProved ? { sizeBytes, mtimeUs: microseconds(mtimeNs), hash, ageMs } : undefined;
    this.#trash.took(this.#spot(trashPath), path, 'cleaned', { ...facts, look });
  }

  removeIfEmpty(path: string): boolean {
    const spot = this.#visible(path);
    const there = this.stat(path);
    if (there?.kind !== 'directory' || !isEmpty(this.list(path))) return false;
    return guard(path, () => {
      try {
        // The system refuses a folder that something came into meanwhile.
        guard(path, () => rmdirSync(systemPath(spot)));
      } catch (error) {
        if (error instanceof TreeError && (error.code === 'NOT_EMPTY' || error.code === 'ABSENT'))
          return false;
        throw error;
      }
      this.directories.forget();
      this.#pending.name(spot);
      this.#pending.fileSystem(there.dev, this.#spot(''));
      return true;
    });
  }

  flush(): Promise<void> {
    return this.#checkpoint.flush();
  }

  #moved(from: Spot, to: Spot, move: () => void): void {
    const { dev } = lstatNode(systemPath(from));
    move();
    this.#pending.renamed(from, to);
    this.#pending.fileSystem(dev, this.#spot(''));
  }

  #visible(path: string): Spot {
    requireVisible(path);
    return this.#spot(path);
  }

  #spot(path: string): Spot {
    return { directories: this.directories, path };
  }
}

function isEmpty({ names, undecodable }: ReturnType<ReadableTree['list']>): boolean {
  return names.length + undecodable.length === 0;
}
