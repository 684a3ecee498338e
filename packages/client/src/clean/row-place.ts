/**
 * Where the file of a row is known to be: at the path of the row, or nowhere. Pure.
 *
 * A row without a place is about a content that was at a path which something else has by now. It is known by its size,
 * time and hash alone, wherever it stands. Its `path` is only a name: below a file nothing can stand.
 */
import { createHash } from 'node:crypto';
import { microseconds, PARKED_PARENT } from '@lanmirror/engine/core';
import { checkPath, parentOf } from '@lanmirror/protocol';
import type { BaselineEntry } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { CleanedRow, CopyLook } from './record-line.ts';

/** Where the journal stands in the target. */
export const RECORD_PATH = '.lanmirror/cleaned';

const PARKED = `${RECORD_PATH}/parked-`;

/** What has a path by now. `hash`: hexadecimal, '' when it is not known. */
export interface Successor extends CopyLook {
  readonly hash: string;
}

export function successorOf({ hash, disk }: Pick<BaselineEntry, 'hash' | 'disk'>): Successor {
  const { sizeBytes, mtimeNs } = disk;
  return {
    ...{ sizeBytes, mtimeUs: microseconds(mtimeNs) },
    hash: hash === null ? '' : Buffer.from(hash).toString('hex'),
  };
}

/** Equal for files that look the same. */
export function lookKey({ sizeBytes, mtimeUs }: CopyLook): string {
  return `${sizeBytes} ${mtimeUs}`;
}

/** Whether a row may have this path; `formerPath` as in the row. */
export function isRowPath(path: string, formerPath: string | undefined): boolean {
  if (formerPath === undefined) return checkPath(path) === undefined;
  return isNowhere(path) && checkPath(formerPath) === undefined;
}

export function hasNoPlace({ formerPath }: Pick<CleanedRow, 'formerPath'>): boolean {
  return formerPath !== undefined;
}

/** The path by which a person knows it. */
export function shownPathOf({ path, formerPath }: Pick<CleanedRow, 'path' | 'formerPath'>): string {
  return formerPath ?? path;
}

/** The row for another path, which may be none that anything has. */
export function rowAtPath(row: CleanedRow, path: string): CleanedRow {
  const { formerPath: _before, ...rest } = row;
  return isNowhere(path) ? { ...rest, path, formerPath: shownPathOf(row) } : { ...rest, path };
}

/** The row when something else has its place. One of each content of each path. */
export function rowWithoutPlace(row: CleanedRow): CleanedRow {
  const facts = [shownPathOf(row), lookKey(row), row.hash].join('\n');
  return rowAtPath(row, `${RECORD_PATH}/${createHash('sha256').update(facts).digest('hex').slice(0, 32)}`);
}

/** What stands for the path of what is parked, for as long as it is. */
export function parkedPath(id: number): string {
  return `${PARKED}${id}`;
}

/** Whether a row is about something that is parked right now. */
export function isParkedNow({ baseline }: Pick<MirrorState, 'baseline'>, { path }: CleanedRow): boolean {
  if (!path.startsWith(PARKED)) return false;
  const id = Number.parseInt(path.slice(PARKED.length), 10);
  return baseline.get(id)?.parentId === PARKED_PARENT;
}

/** Whether what a path has by now is what the row is about; where a hash is not known size and time tell. */
export function isSuccessorSame(row: CleanedRow, successor: Successor): boolean {
  if (row.hash !== '' && successor.hash !== '') return row.hash === successor.hash;
  return lookKey(row) === lookKey(successor);
}

/** Whether something else has the place in this folder that a row had. */
export function wasIn(folderPath: string, { path, formerPath }: CleanedRow): boolean {
  return formerPath !== undefined && !path.startsWith(PARKED) && parentOf(formerPath) === folderPath;
}

function isNowhere(path: string): boolean {
  return path.startsWith(`${RECORD_PATH}/`);
}
