/** Whether folders of two jobs have to do with each other, whatever path or mount leads to each. */
import { sep } from 'node:path';
import { folderMarks } from '@lanmirror/engine/host';
import { marksAround } from '../mirror/prepare-target.ts';

/** A folder, by all that it can be recognised by. */
export interface Ground {
  /** Absolute, without links. */
  readonly path: string;
  /** Of the folder itself; nothing when it is not there. */
  readonly own: readonly string[];
  /** Of the folder, and of all that it lies in, by whatever mount. */
  readonly around: ReadonlySet<string>;
}

/** `path`: absolute, without links. */
export function groundAt(path: string): Ground {
  return { path, own: folderMarks(path, path), around: new Set(marksAround(path)) };
}

/** Whether one is, holds or lies in the other. */
export function doOverlap(one: Ground, other: Ground | undefined): boolean {
  if (other === undefined) return false;
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(inner: Ground, outer: Ground): boolean {
  const isBelow = `${inner.path}${sep}`.startsWith(outer.path.endsWith(sep) ? outer.path : outer.path + sep);
  return isBelow || outer.own.some((mark) => inner.around.has(mark));
}
