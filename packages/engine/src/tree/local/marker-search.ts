/** Whether a folder lies in the target of a mirror, by its path or by another way that a mount makes. Looks only. */
import { dirname, join } from 'node:path';
import { RESERVED_NAME } from '@lanmirror/protocol';
import { type Mount, parseMountTable, waysTo } from '../../core/index.ts';
import { readMountTable } from '../mount-table.ts';
import { errnoOf, isAbsence } from './fs-error.ts';
import { lstatNode, lstatNodeIfAny } from './node-stat.ts';

/** What every target carries, relative to it. */
export const MARKER = `${RESERVED_NAME}/marker`;

export class MarkerSearch {
  #table = '';
  #mounts: readonly Mount[] = [];

  /**
   * The nearest folder above this one with a marker; undefined without one. Throws what the system says.
   * @param path absolute, without links
   */
  above(path: string): string | undefined {
    const { dev, ino } = lstatNode(path);
    for (const way of waysTo(path, this.#mountsNow())) {
      const there = way === path ? { dev, ino } : nodeOnWay(way);
      // Something else is mounted over that way, or it leads through what this user may not look into.
      if (there?.dev !== dev || there.ino !== ino) continue;
      const found = markedAbove(way);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #mountsNow(): readonly Mount[] {
    const table = readMountTable();
    if (table !== this.#table) this.#mounts = parseMountTable(table);
    this.#table = table;
    return this.#mounts;
  }
}

/**
 * The nearest folder above a path that a mirror fills; undefined without one, and where the system does not let one look:
 * whoever goes on meets that.
 * @param path absolute, without links; it need not exist
 */
export function targetAround(path: string): string | undefined {
  try {
    if (lstatNodeIfAny(path) !== undefined) return new MarkerSearch().above(path);
    const parent = dirname(path);
    if (parent === path) return undefined;
    return lstatNodeIfAny(join(parent, MARKER)) === undefined ? targetAround(parent) : parent;
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined;
  }
}

function nodeOnWay(way: string): ReturnType<typeof lstatNodeIfAny> {
  try {
    return lstatNodeIfAny(way);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined;
  }
}

/** One that only others may look into is taken for marked. */
function markedAbove(path: string): string | undefined {
  const folder = dirname(path);
  if (folder === path) return undefined;
  try {
    if (lstatNodeIfAny(join(folder, MARKER)) !== undefined) return folder;
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return folder;
    if (!isAbsence(error)) throw error;
  }
  return markedAbove(folder);
}
