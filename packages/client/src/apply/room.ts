/**
 * Room on the disk of the target: nothing is begun that would leave less of it than the setting asks for, so the disk
 * is never filled and then found to be full.
 *
 * Owns what is begun and still to be written, and what was refused. In memory: a new run asks the disk.
 */
import { bytesKeptFree, type Clock, type DiskSpace, roomLeft } from '@lanmirror/engine/core';
import { TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { sizeText } from '../control/plain-text.ts';

/** Small files are counted off what the disk said so long ago at most. */
const LOOK_MS = 1000;

/** Room that is set aside for a file on its way. */
export interface Claim {
  /** So many bytes of the file are on the disk by now. */
  written(bytes: number): void;
  release(): void;
}

export class Room {
  readonly #tree: Pick<WritableTree, 'space'>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  #wanted: number | 'auto';
  /** Bytes that each claim is still going to take. */
  readonly #begun = new Map<Claim, number>();
  /** By id: bytes that a refused file needs. */
  readonly #refused = new Map<number, number>();
  /** What the disk said, less the small files that were begun since. */
  #seen: { readonly atMs: number; readonly space: DiskSpace | undefined } | undefined;

  /** `wanted`: MinFreeSpace in bytes, or `auto`. */
  constructor(tree: Pick<WritableTree, 'space'>, clock: Pick<Clock, 'nowMs'>, wanted: number | 'auto') {
    this.#tree = tree;
    this.#clock = clock;
    this.#wanted = wanted;
  }

  setWanted(wanted: number | 'auto'): void {
    this.#wanted = wanted;
    this.#seen = undefined;
  }

  /**
   * Sets room aside for a large file that is about to be written. Throws TreeError NO_SPACE, and remembers the file,
   * when there is too little.
   */
  claim(id: number, path: string, bytes: number): Claim {
    this.#require(id, path, bytes, this.#look());
    const claim: Claim = {
      written: (written) => {
        if (this.#begun.has(claim)) this.#begun.set(claim, Math.max(0, bytes - written));
      },
      release: () => {
        this.#begun.delete(claim);
        this.#seen = undefined;
      },
    };
    this.#begun.set(claim, bytes);
    return claim;
  }

  /** Counts a small file off the room there is. Throws TreeError NO_SPACE as above. */
  take(id: number, path: string, bytes: number): void {
    const nowMs = this.#clock.nowMs();
    if (this.#seen === undefined || nowMs - this.#seen.atMs >= LOOK_MS)
      this.#seen = { atMs: nowMs, space: this.#look() };
    const { space, atMs } = this.#seen;
    this.#require(id, path, bytes, space);
    if (space !== undefined) this.#seen = { atMs, space: { ...space, freeBytes: space.freeBytes - bytes } };
  }

  /** Ids that were refused and for which there is room now; they are forgotten. */
  takeFitting(): number[] {
    if (this.#refused.size === 0) return [];
    const left = this.#left(this.#look());
    const ids = [...this.#refused].filter(([, bytes]) => bytes <= left).map(([id]) => id);
    for (const id of ids) this.#refused.delete(id);
    return ids;
  }

  /** Bytes that have to be free for the smallest of the refused files; 0 when none was refused. */
  get missedBytes(): number {
    const space = this.#refused.size === 0 ? undefined : this.#look();
    if (space === undefined) return 0;
    const least = [...this.#refused.values()].reduce((one, other) => Math.min(one, other), Infinity);
    return least + bytesKeptFree(this.#wanted, space);
  }

  /** Entries that are refused no more for another reason: they came, or are gone. */
  forget(isOver: (id: number) => boolean): void {
    for (const id of [...this.#refused.keys()]) if (isOver(id)) this.#refused.delete(id);
  }

  /** What to tell before so many files of so many bytes are begun; '' when all of them fit. */
  foresee(files: number, bytes: number): string {
    const space = this.#look();
    if (space === undefined || bytes <= this.#left(space)) return '';
    const what = files === 1 ? '1 file' : `${files} files`;
    return `Up to ${sizeText(bytes)} of ${what} are to be fetched, and ${this.#freeText(space)}: what does not fit is not begun, and named.`;
  }

  #require(id: number, path: string, bytes: number, space: DiskSpace | undefined): void {
    this.#refused.delete(id);
    if (space === undefined || bytes <= this.#left(space)) return;
    this.#refused.set(id, bytes);
    throw new TreeError('NO_SPACE', path, `it needs ${sizeText(bytes)}, and ${this.#freeText(space)}`);
  }

  #freeText(space: DiskSpace): string {
    const begun = this.#begunBytes();
    const others = begun === 0 ? '' : ` and ${sizeText(begun)} are for files on their way`;
    const kept = sizeText(bytesKeptFree(this.#wanted, space));
    return `${sizeText(Math.max(0, space.freeBytes))} are free, of which ${kept} stay free (MinFreeSpace)${others}`;
  }

  #look(): DiskSpace | undefined {
    return this.#wanted === 0 ? undefined : this.#tree.space();
  }

  #left(space: DiskSpace | undefined): number {
    return space === undefined ? Number.POSITIVE_INFINITY : roomLeft(space, this.#wanted, this.#begunBytes());
  }

  #begunBytes(): number {
    return [...this.#begun.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
}
