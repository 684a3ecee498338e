/**
 * Judges a target before anything is written into it: is it a folder we may mirror into, and is it the
 * one we think it is.
 */
import { accessSync, constants, lstatSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join as joinPaths, parse, sep } from 'node:path';
import { parseMountTable, waysTo } from '@lanmirror/engine/core';
import {
  acquireLock,
  displayName,
  EXIT,
  folderMarks,
  type Lock,
  mountTable,
  realPath,
  UserError,
} from '@lanmirror/engine/host';
import { targetAround } from '@lanmirror/engine/tree';
import type { Welcome } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';
import { isVacant, newTargetId, readMarker, writeMarker } from './marker.ts';

export type TargetFinding =
  /** Joined before, and everything is in its place. */
  | 'known'
  /** Ours by its marker, but what was remembered of it is lost: it is rebuilt from the folder. */
  | 'state-lost'
  /** Never joined, and missing below a folder that exists, or with nothing in it but of a join that was killed. */
  | 'new'
  /** Never joined, and something is in it. */
  | 'adoption'
  /** Joined before, but the folder is missing or without its marker: not mounted, or wiped. */
  | 'not-there';

/** Refuses folders that must never be a target. `targetDir` is absolute. */
export function refuseDangerous(targetDir: string): void {
  const real = realPath(targetDir);
  const isRoot = parse(real).root === real;
  if (isRoot || real === realPath(homedir()) || SYSTEM_DIRS.has(real)) {
    throw new UserError(
      'DANGEROUS_TARGET',
      `TargetDir ${displayName(real)} is a whole disk, a home directory or part of the system.`,
      'Choose a folder of its own for the mirror.',
    );
  }
  const stat = lstatOf(targetDir);
  if (stat?.isSymbolicLink()) {
    throw new UserError(
      'TARGET_IS_LINK',
      `TargetDir ${displayName(targetDir)} is a symbolic link.`,
      `Give the real folder: ${displayName(real)}.`,
    );
  }
  if (stat !== undefined && !stat.isDirectory()) {
    throw new UserError('TARGET_NOT_FOLDER', `TargetDir ${displayName(targetDir)} is not a folder.`);
  }
}

const SYSTEM_DIRS = new Set([
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/home',
  '/lib',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/tmp',
  '/usr',
  '/var',
]);

/** Refuses a target that holds, or lies in, another folder of ours (the state, the source on this machine). */
export function refuseNested(targetDir: string, other: string, what: string): void {
  const target = realPath(targetDir) + sep;
  const folder = realPath(other) + sep;
  if (!target.startsWith(folder) && !folder.startsWith(target)) return;
  throw new UserError(
    'NESTED',
    `TargetDir ${displayName(targetDir)} and ${what} ${displayName(other)} are the same or lie inside each other.`,
    'Give each a folder of its own.',
  );
}

/**
 * Refuses a server whose published folder is, holds or lies in the target, or holds another folder that we
 * write to: every change would make the next one. Only folders of this machine can have the same marks.
 */
export function refuseOwnSource(targetDir: string, others: readonly string[], place: PlaceOfSource): void {
  const { shareMarks, outerMarks, rootPath } = place;
  const source = new Set(shareMarks);
  const around = new Set([...shareMarks, ...outerMarks]);
  const real = realPath(targetDir);
  const isHolding = folderMarks(real, real).some((mark) => around.has(mark));
  if (isHolding || isBelow(real, source)) {
    throw new UserError(
      'NESTED',
      `TargetDir ${displayName(targetDir)} and the folder that it mirrors (${displayName(rootPath)}) are the same or lie inside each other.`,
      'Choose a folder outside of it.',
    );
  }
  refuseHeldBySource(others, place);
}

/** Where the source of a mirror lies. */
type PlaceOfSource = Pick<Welcome, 'shareMarks' | 'outerMarks' | 'rootPath'>;

/** Refuses a source that holds one of these folders, which we write to. They need not exist. */
export function refuseHeldBySource(
  folders: readonly string[],
  { shareMarks, rootPath }: Pick<PlaceOfSource, 'shareMarks' | 'rootPath'>,
): void {
  const source = new Set(shareMarks);
  for (const other of folders) {
    if (!isBelow(realPath(other), source)) continue;
    throw new UserError(
      'NESTED',
      `${displayName(other)}, where this client keeps its own files, lies in the folder that it mirrors (${displayName(rootPath)}).`,
      'Choose a folder outside of it with --state-dir or --trash-dir.',
    );
  }
}

function isBelow(path: string, marks: ReadonlySet<string>): boolean {
  return marksAround(path).some((mark) => marks.has(mark));
}

/** Marks of a folder, and of all that it lies in, by every way to it. `path` is absolute, without links. */
export function marksAround(path: string): string[] {
  // A folder that is mounted by itself has what it lies in only by the way to the whole file system.
  const ways = waysTo(path, parseMountTable(mountTable()));
  return ways.flatMap((way) => folderMarks(way, parse(way).root));
}

/** Finds out what the target is. Changes nothing. `stateDir` is for the person who has to look there. */
export async function findTarget(
  targetDir: string,
  state: MirrorState,
  stateDir: string,
): Promise<TargetFinding> {
  refuseInsideTarget(targetDir);
  const known = state.meta.targetId;
  if (lstatOf(targetDir) === undefined) {
    if (known !== '') return 'not-there';
    requireParent(targetDir);
    return 'new';
  }
  const marker = await readMarker(targetDir);
  if (marker !== undefined && known !== '' && marker !== known) {
    throw new UserError(
      'OTHER_TARGET',
      `${displayName(targetDir)} is another target than the one that the state folder ${displayName(stateDir)} belongs to.`,
      'Another disk is mounted there, or state folders were exchanged. Put the right one back, or give another folder with --state-dir.',
      EXIT.held,
    );
  }
  if (marker !== undefined) return known === '' ? 'state-lost' : 'known';
  if (known !== '') return 'not-there';
  requireWritable(targetDir);
  return (await isVacant(targetDir)) ? 'new' : 'adoption';
}

/** What a mirror writes into the target of another one is an addition there, and goes to the trash of that. */
function refuseInsideTarget(targetDir: string): void {
  const outer = targetAround(realPath(targetDir));
  if (outer === undefined) return;
  throw new UserError(
    'INSIDE_TARGET',
    `TargetDir ${displayName(targetDir)} lies in ${displayName(outer)}, which is the target of another mirror.`,
    `Choose a folder outside of it. If ${displayName(outer)} is the target of none any more, remove ${displayName(joinPaths(outer, '.lanmirror', 'marker'))}.`,
  );
}

/**
 * Refuses, before anything is written, a folder that a start would refuse. Without `isAgreed` and without a
 * terminal that is every folder with something in it that is no mirror.
 */
export async function refuseUnfit(targetDir: string, isAgreed: boolean): Promise<void> {
  refuseInsideTarget(targetDir);
  if (lstatOf(targetDir) === undefined) return requireParent(targetDir);
  if ((await readMarker(targetDir)) !== undefined) return;
  requireWritable(targetDir);
  if (isAgreed || process.stdin.isTTY || (await isVacant(targetDir))) return;
  throw new UserError(
    'NOT_EMPTY',
    `${displayName(targetDir)} is not empty and was never a mirror.`,
    'Run it on a terminal, which shows what would happen and asks; or give --yes: what matches is kept, what is extra goes to the trash.',
    EXIT.held,
  );
}

/**
 * One client at a time for one target, whatever state folder each has. The lock names ours, so that
 * commands find this client by the target alone.
 * @throws UserError with exit code 5 that names the other one
 */
export function lockTarget(targetDir: string, stateDir: string): Lock {
  return acquireLock(
    targetLockIn(targetDir),
    `A lanmirror-client for ${displayName(targetDir)}`,
    realPath(stateDir),
  );
}

/** The lock that the running client of a target holds. */
export function targetLockIn(targetDir: string): string {
  return joinPaths(targetDir, '.lanmirror', 'lock');
}

/**
 * Makes the folder that stands at the target's path the target that was joined, because a person said so. It keeps its
 * id: so a kill in the middle leaves a target of which much is missing, and the disk of before is known when it is back.
 * @throws UserError for the target of another mirror, or when the folder cannot be made
 */
export async function rejoin(targetDir: string, state: MirrorState, stateDir: string): Promise<void> {
  await findTarget(targetDir, state, stateDir);
  if (lstatOf(targetDir) === undefined) {
    requireParent(targetDir);
    mkdirSync(targetDir, { mode: 0o755 });
  }
  if ((await readMarker(targetDir)) === undefined) await writeMarker(targetDir, state.meta.targetId);
}

/** Makes the folder our target, now that it is agreed. A missing one is made. */
export async function join(targetDir: string, state: MirrorState): Promise<void> {
  let id: string | undefined;
  try {
    if (lstatOf(targetDir) === undefined) mkdirSync(targetDir, { mode: 0o755 });
    id = await readMarker(targetDir);
    if (id === undefined) {
      id = newTargetId();
      await writeMarker(targetDir, id);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof UserError) throw error;
    throw new UserError(
      'TARGET_DENIED',
      `${displayName(targetDir)} cannot be made a target (${code}).`,
      'Check its permissions, and the space on its disk.',
    );
  }
  state.setMeta({ targetId: id });
}

function requireParent(targetDir: string): void {
  const parent = dirname(targetDir);
  if (lstatOf(parent) !== undefined && statSync(parent).isDirectory()) return requireWritable(parent);
  throw new UserError(
    'NO_TARGET',
    `TargetDir ${displayName(targetDir)} does not exist, and neither does its parent folder.`,
    'Make it, or mount its disk.',
  );
}

function requireWritable(dir: string): void {
  try {
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      'TARGET_DENIED',
      `${displayName(dir)} is not writable for this user (${code ?? ''}).`,
      'Change its owner or permissions, or run as another user.',
    );
  }
}

function lstatOf(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError(
      'TARGET_DENIED',
      `${displayName(path)} cannot be looked at (${code ?? ''}).`,
      'Check the permissions of the folders above it.',
    );
  }
}
