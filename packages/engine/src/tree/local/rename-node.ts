/** Giving a node another name on the same file system, with and without replacing. */

import { linkSync, renameSync, unlinkSync } from 'node:fs';
import { TreeError } from '../error.ts';
import type { NodeKind, Stat } from '../port.ts';
import { besideOf } from './beside.ts';
import { type Spot, systemPath } from './directories.ts';
import { errnoOf } from './fs-error.ts';
import { lstatNodeIfAny } from './node-stat.ts';

/** Errors of link() that say: not on this file system, or not with this file. */
const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EINVAL',
]);

/** Elsewhere a hard link to a symbolic link links to what that points to. */
const FOLLOWS_LINKS = process.platform !== 'linux';

export function refusesHardLink(error: unknown): boolean {
  return NO_HARD_LINKS.has(errnoOf(error));
}

/** What stands at a spot; `undefined` when proved absent. */
export function nodeAt(spot: Spot): Stat | undefined {
  return lstatNodeIfAny(systemPath(spot));
}

/**
 * Renames a node of `kind`. With `replace` a regular file or link at `to` is replaced in one step;
 * without it anything there is an error EXISTS.
 */
export function renameNode(from: Spot, to: Spot, kind: NodeKind, replace: boolean): void {
  if (replace) renameOver(from, to, kind);
  else if (kind === 'directory' || (kind === 'link' && FOLLOWS_LINKS)) renameIfFree(from, to);
  else linkThenUnlink(from, to);
}

// RACE: a FIFO put there between the look and the rename is replaced too; a folder never is.
function renameOver(from: Spot, to: Spot, kind: NodeKind): void {
  const standing = nodeAt(to);
  if (standing !== undefined) {
    const isReplaceable = standing.kind === 'file' || standing.kind === 'link';
    if (!isReplaceable || kind === 'directory') {
      throw new TreeError(
        'NOT_A_FILE',
        to.path,
        `only a file or link can be replaced by one; a ${standing.kind} stands there`,
      );
    }
  }
  replaceNode(from, to);
  if (standing !== undefined && from.path.toLowerCase() !== to.path.toLowerCase()) unlinkTwin(from, standing);
}

function replaceNode(from: Spot, to: Spot): void {
  try {
    renameSync(systemPath(from), systemPath(to));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    replaceInSteps(from, to);
  }
}

/**
 * For disks that replace nothing by a rename. What a kill leaves beside the name then is unknown to everybody, and
 * so goes to the trash.
 */
function replaceInSteps(from: Spot, to: Spot): void {
  const aside = besideOf(to);
  renameIfFree(to, aside);
  try {
    renameIfFree(from, to);
  } catch (error) {
    renameIfFree(aside, to);
    throw error;
  }
  unlinkSync(systemPath(aside));
}

/** Where both names are hard links to one file, a rename leaves both. */
function unlinkTwin(from: Spot, standing: Stat): void {
  const left = nodeAt(from);
  if (left?.ino === standing.ino && left.dev === standing.dev) unlinkSync(systemPath(from));
}

/** A link to the new name fails when it is taken, in one step that no one can come between. */
function linkThenUnlink(from: Spot, to: Spot): void {
  try {
    linkSync(systemPath(from), systemPath(to));
  } catch (error) {
    if (!refusesHardLink(error)) throw error;
    renameIfFree(from, to);
    return;
  }
  try {
    unlinkSync(systemPath(from));
  } catch (error) {
    unlinkSync(systemPath(to));
    throw error;
  }
}

/**
 * RACE: what another program puts at `to` between the look and the rename is replaced: for a folder only
 * an empty one (the system refuses the rest), for a file only where there are no hard links.
 */
export function renameIfFree(from: Spot, to: Spot): void {
  if (nodeAt(to) !== undefined) throw new TreeError('EXISTS', to.path, 'something stands there already');
  renameSync(systemPath(from), systemPath(to));
}
