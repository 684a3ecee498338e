/**
 * What a folder looked like, small enough to be kept for every folder of a tree: its names in one string and
 * one number for each. Two pictures say which names may have changed in between.
 */
import fs from 'node:fs';
import { withFolder } from './held-folder.ts';
import { errorCode } from './watch-failure.ts';

export interface FolderPicture {
  /** A sum over what is known of the folder itself. */
  readonly self: number;
  /** In the order of the listing; no name has a '/'. */
  readonly names: string;
  /** A sum for each name; never equal to anything when the node may change again without showing it. */
  readonly sums: Float64Array;
}

/** A picture, or the system's code for why there is none. */
export type FolderLook = FolderPicture | string;

/**
 * A node that changed less than this before it was looked at may change again within the same stamp of its
 * file system (two seconds on FAT, a tick of the kernel elsewhere), milliseconds.
 */
const SAME_STAMP_MS = 2000;
const GONE = 0;
const UNREADABLE = 1;

/** Looks at the folder at `absolute`; a link is none. `nowMs` is the wall clock's time. */
export function lookAtFolder(absolute: string, nowMs: number): FolderLook {
  try {
    if (process.platform !== 'linux') return pictureOf(absolute, nowMs);
    return withFolder(absolute, ({ heldPath }) => pictureOf(heldPath, nowMs));
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return code;
  }
}

/** The names that were added, removed or may have changed. */
export function changedNames(before: FolderPicture, after: FolderPicture): string[] {
  if (before.names === after.names) {
    return isEverySumEqual(before.sums, after.sums)
      ? []
      : namesIn(after).filter((_name, at) => before.sums[at] !== after.sums[at]);
  }
  const known = new Map(namesIn(before).map((name, at) => [name, before.sums[at]]));
  const changed: string[] = [];
  for (const [at, name] of namesIn(after).entries()) {
    if (known.get(name) !== after.sums[at]) changed.push(name);
    known.delete(name);
  }
  return [...changed, ...known.keys()];
}

/** Those of `names` that the picture does not have. */
export function absentNames(picture: FolderPicture, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const known = new Set(namesIn(picture));
  return names.filter((name) => !known.has(name));
}

function pictureOf(folder: string, nowMs: number): FolderPicture {
  const own = fs.lstatSync(folder);
  // Elsewhere than on Linux the last name of a path may be a link to a folder.
  if (!own.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  const names = fs.readdirSync(folder);
  const sums = new Float64Array(names.length);
  for (const [at, name] of names.entries()) sums[at] = sumAt(`${folder}/${name}`, nowMs);
  return { self: sumOf(own, nowMs), names: names.join('/'), sums };
}

function sumAt(path: string, nowMs: number): number {
  try {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? GONE : sumOf(stats, nowMs);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return UNREADABLE;
  }
}

const values = new Float64Array(6);
const words = new Uint32Array(values.buffer);

/** NaN while the node is so fresh that its next change may look the same. */
function sumOf({ dev, ino, mode, size, mtimeMs, ctimeMs }: fs.Stats, nowMs: number): number {
  if (Math.abs(nowMs - ctimeMs) < SAME_STAMP_MS) return Number.NaN;
  values.set([dev, ino, mode, size, mtimeMs, ctimeMs]);
  let high = 0x9dc5;
  let low = 0x1000193;
  for (const word of words) {
    high = Math.imul(high ^ word, 0x85ebca6b);
    high ^= high >>> 13;
    low = Math.imul(low ^ word, 0xc2b2ae35);
    low ^= low >>> 16;
  }
  return 2 + (high >>> 11) * 2 ** 32 + (low >>> 0);
}

function isEverySumEqual(a: Float64Array, b: Float64Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

function namesIn({ names, sums }: FolderPicture): string[] {
  return sums.length === 0 ? [] : names.split('/');
}
