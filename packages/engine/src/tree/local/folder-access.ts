/**
 * Working inside folders that are mirrored read-only, or shut: a folder of mode 0o555 or 0 that belongs to us is
 * opened for the time of one operation and closed again. So is a file that its owner may not read.
 */

import { TreeError } from '../error.ts';
import type { Metadata } from '../port.ts';
import { folderOf, type NodeHandle, type Spot } from './directories.ts';
import { errnoOf, isAbsence } from './fs-error.ts';

const OWNER_ALL = 0o700;
const OWNER_READ = 0o400;
const OWNER_ENTRY = 0o500;

/**
 * Runs `step`; when the system denies access, runs it once more with every folder of ours on the way to
 * `spots` opened for us, and the folder at a spot too (moving a folder changes it). Their modes are
 * restored in any case. A kill in between leaves a folder too open, which the next scan sees and mends.
 * Throws what the step throws, and errors of the system where a folder cannot be opened (on a disk that is read-only).
 */
export function withAccess<T>(spots: readonly Spot[], step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!isDenied(error)) throw error;
    const opened: Opened[] = [];
    try {
      for (const spot of spots) openWay(spot, opened);
      if (opened.length === 0) throw error;
      return step();
    } finally {
      for (const folder of opened.reverse()) restore(folder);
    }
  }
}

/**
 * {@link withAccess} for a step that opens the file at `spot` to read it: where that is of ours and its mode denies it, it
 * is let in for this moment, too. A kill in between leaves a mode that the next scan mends.
 */
export function withReading<T>(spot: Spot, step: () => T): T {
  return withAccess([folderOf(spot)], () => {
    try {
      return step();
    } catch (error) {
      const file = isDenied(error) ? openNode(spot, 'file', OWNER_READ) : undefined;
      if (file === undefined) throw error;
      try {
        return step();
      } finally {
        restore(file);
      }
    }
  });
}

/**
 * The top of a target has our marker, lock and trash in it, which are used without asking for access.
 *
 * @throws TreeError DENIED for a mode that would shut us out of it
 */
export function requireEntry({ mode }: Metadata): void {
  const user = process.geteuid?.();
  if (mode === undefined || user === undefined || user === 0 || (mode & OWNER_ENTRY) === OWNER_ENTRY) return;
  const octal = mode.toString(8).padStart(3, '0');
  throw new TreeError(
    'DENIED',
    '',
    `its mode ${octal} at the source would shut the client out of its target`,
  );
}

interface Opened {
  readonly node: NodeHandle;
  readonly mode: number;
}

/** Whether a mode may be why. Nothing is denied to root by a mode, and Windows has none. */
function isDenied(error: unknown): boolean {
  const user = process.geteuid?.();
  if (user === undefined || user === 0) return false;
  return errnoOf(error) === 'EACCES' || (error instanceof Error && errnoOf(error.cause) === 'EACCES');
}

/** From the root down, because a folder can only be reached through open ones. Adds to `opened` as it goes. */
function openWay(spot: Spot, opened: Opened[]): void {
  const names = spot.path.split('/');
  for (let depth = 0; depth <= names.length; depth++) {
    const folder = openNode({ ...spot, path: names.slice(0, depth).join('/') }, 'directory', OWNER_ALL);
    if (folder !== undefined) opened.push(folder);
  }
}

/** Gives its owner these bits; undefined where it has them, is not ours, or is of another kind. */
function openNode(spot: Spot, kind: 'file' | 'directory', bits: number): Opened | undefined {
  let node: NodeHandle;
  try {
    node = spot.directories.hold(spot.path);
  } catch (error) {
    if (isAbsence(error) || errnoOf(error) === 'EACCES') return undefined;
    throw error;
  }
  let isOpened = false;
  try {
    const mode = node.fullMode();
    const isShut = node.stat().kind === kind && (mode & bits) !== bits && node.isOurs();
    if (!isShut) return undefined;
    node.chmod(mode | bits);
    isOpened = true;
    return { node, mode };
  } finally {
    if (!isOpened) node.close();
  }
}

function restore({ node, mode }: Opened): void {
  try {
    node.chmod(mode);
  } finally {
    node.close();
  }
}
