/** The sentence a person relies on most, together with every path that it is not true for. Pure. */
import { listedText } from '@lanmirror/engine/core';
import { displayName } from '@lanmirror/engine/host';
import type { SourceWord } from '../source/source-word.ts';

const MAX_NAMED = 3;

/** Paths that a mirror in sync does not have as the source has them: how many, and the first of them. */
export interface ExceptedPaths {
  readonly count: number;
  readonly paths: readonly string[];
}

export interface SyncExceptions {
  /** What could not be done here. */
  readonly failed: ExceptedPaths;
  /** What the server could not read. */
  readonly unread: ExceptedPaths;
  /** Who could not; default: a server. */
  readonly reader?: SourceWord;
}

const UNREAD: Readonly<Record<SourceWord, string>> = {
  server: 'that the server could not read',
  source: 'that could not be read at the source',
};

/**
 * `in sync, but for 2 paths that failed: a, b; and 1 path that the server could not read: c`. `where` says
 * where all of them are named, if there are more than fit into a line.
 */
export function syncText(beginning: string, exceptions: SyncExceptions, where: string): string {
  const { failed, unread, reader = 'server' } = exceptions;
  const parts = [...describe(failed, 'that failed'), ...describe(unread, UNREAD[reader])];
  if (parts.length === 0) return beginning;
  const isCut = [failed, unread].some(({ count, paths }) => count > Math.min(paths.length, MAX_NAMED));
  return `${beginning}, but for ${parts.join('; and ')}${isCut ? ` (${where})` : ''}`;
}

/** The beginning and the end of that sentence when only what matches a pattern was asked for. */
export function partText(text: string, count: number, exceptions: SyncExceptions, where: string): string {
  const found = count === 0 ? 'nothing at the source matches' : `${count} path${count === 1 ? '' : 's'}`;
  const beginning = `in sync for '${displayName(text)}' (${found})`;
  return `${syncText(beginning, exceptions, where)}; the rest was not looked at`;
}

/** What the rules exclude from now on, although it was mirrored: nobody is to wonder why it stays. */
export function leftAloneText(paths: readonly string[]): string {
  const [one, they] = paths.length === 1 ? ['path is', 'it stays'] : ['paths are', 'they stay'];
  const beginning = `${paths.length} ${one} excluded by the rules now; ${they} here until you delete`;
  return `${beginning} ${paths.length === 1 ? 'it' : 'them'}: ${namedOf({ count: paths.length, paths })}`;
}

/** What the rules of this mirror itself excluded until now. */
export function letInText(paths: readonly string[]): string {
  const beginning =
    paths.length === 1
      ? '1 path is not excluded by the rules any more, and comes back if it is not here'
      : `${paths.length} paths are not excluded by the rules any more, and come back if they are not here`;
  return `${beginning}: ${namedOf({ count: paths.length, paths })}`;
}

/** What of these paths may matter; those that are not named may, too. */
export function concerning(
  { count, paths }: ExceptedPaths,
  isConcerned: (path: string) => boolean,
): ExceptedPaths {
  const named = paths.filter(isConcerned);
  return { count: named.length + count - paths.length, paths: named };
}

function describe({ count, paths }: ExceptedPaths, why: string): string[] {
  if (count === 0) return [];
  return [`${count} path${count === 1 ? '' : 's'} ${why}: ${namedOf({ count, paths })}`];
}

function namedOf({ count, paths }: ExceptedPaths): string {
  const named = paths.slice(0, MAX_NAMED).map((path) => displayName(path === '' ? '.' : path));
  return listedText(named, count);
}
