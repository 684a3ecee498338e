/**
 * Looks through a folder of the source in which something is left after its files were cleaned: whether all of it is what
 * the rules leave out, and how all of it looks, to be compared after the folder was moved. Changes nothing.
 */
import {
  type FolderStay,
  folderStay,
  isSizeExcluded,
  type LeftNode,
  microseconds,
  QUIET_MS,
  quietInMs,
} from '@lanmirror/engine/core';
import type { CleanableTree, Listing, Stat, WriterCheck } from '@lanmirror/engine/tree';
import { isReservedAtTop, joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';

/** It is looked through in one piece, and again after it was moved. */
const MOST_NODES = 20_000;
/** What has a time in the future is looked at again all the same. */
const MOST_WAIT_MS = 3_600_000;

export interface LeftSight {
  /** Equal for a folder to which nothing was done. */
  readonly mark: string;
  /** All in it that is no folder. */
  readonly left: readonly Stat[];
}

/** Something in it is, or may be, still written to: milliseconds until it is worth another look. */
export interface LeftWait {
  readonly waitMs: number;
}

export interface LeftHost {
  readonly state: MirrorState;
  readonly source: Pick<CleanableTree, 'stat' | 'list' | 'rootStat' | 'isMountedBelow'>;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  readonly isOpen: WriterCheck;
  /** Nothing is done: what would be cleaned from this path counts as gone. */
  readonly previewed?: ReadonlySet<string>;
}

interface Found {
  readonly path: string;
  readonly stat: Stat;
  readonly listing: Listing | undefined;
}

/** `path` may go with all that is in it; a reason when not, 'TOO_MUCH' for more than is looked through. Throws TreeError. */
export function leftIn(host: LeftHost, path: string): LeftSight | LeftWait | FolderStay | 'TOO_MUCH' {
  const dev = host.source.rootStat()?.dev;
  const isMounted = host.source.isMountedBelow(path);
  const isOnItsDisk = ({ stat }: Found): boolean => stat.dev === dev && !isMounted;
  let waitMs = 0;
  const sight = look(host, path, (found) => {
    const node = leftNode(host, found, isOnItsDisk(found));
    waitMs = Math.min(MOST_WAIT_MS, node.quietInMs > 0 ? node.quietInMs : QUIET_MS);
    return folderStay(node);
  });
  return sight === 'CHANGING' || sight === 'OPEN' ? { waitMs } : sight;
}

/** How it looks where it was moved to; undefined when it is no folder, or more than is looked through. Throws TreeError. */
export function sightOf({ source }: Pick<LeftHost, 'source'>, path: string): LeftSight | undefined {
  if (source.isMountedBelow(path)) return undefined;
  const sight = look({ source }, path, () => undefined);
  return typeof sight === 'string' ? undefined : sight;
}

/** Ends at the first node for which `stays` has a reason. */
function look(
  host: Pick<LeftHost, 'source' | 'previewed'>,
  top: string,
  stays: (found: Found) => FolderStay | undefined,
): LeftSight | FolderStay | 'TOO_MUCH' {
  const marks: string[] = [];
  const left: Stat[] = [];
  const stack = [top];
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const found = findNode(host, path);
    const stay = found === undefined ? 'UNREADABLE' : stays(found);
    if (stay !== undefined || found === undefined) return stay ?? 'UNREADABLE';
    if (marks.push(`${path.slice(top.length)}\0${factsOf(found, path === top)}`) > MOST_NODES)
      return 'TOO_MUCH';
    if (found.listing === undefined) left.push(found.stat);
    for (const name of found.listing?.names ?? []) stack.push(joinPath(path, name));
  }
  return { mark: marks.sort().join('\n'), left };
}

function findNode({ source, previewed }: Pick<LeftHost, 'source' | 'previewed'>, path: string) {
  const stat = source.stat(path);
  if (stat?.kind !== 'directory') return stat && { path, stat, listing: undefined };
  const { names, undecodable } = source.list(path);
  const isLeft = (name: string): boolean => previewed?.has(joinPath(path, name)) !== true;
  return { path, stat, listing: { names: names.filter(isLeft), undecodable } };
}

/** A rename moves the change time of the folder itself, and of nothing in it. */
function factsOf({ stat }: Found, isTop: boolean): string {
  const { kind, dev, ino, sizeBytes, mtimeNs, ctimeNs } = stat;
  return isTop ? [kind, dev, ino].join(' ') : [kind, dev, ino, sizeBytes, mtimeNs, ctimeNs].join(' ');
}

function leftNode(host: LeftHost, { path, stat, listing }: Found, isOnItsDisk: boolean): LeftNode {
  const { state } = host;
  const { kind } = stat;
  const isNamed = state.leftOut.isExcluded(path, kind === 'other' ? 'file' : kind);
  const isSized = isLeftOutForSize(state, path, stat);
  return {
    ...{ kind, isOnItsDisk, isOwn: isReservedAtTop(nameOf(path)), children: listing?.names.length ?? 0 },
    // A name that is no text is in no book, and nobody can look at it.
    isReadable: (listing?.undecodable.length ?? 0) === 0,
    ...{ isNamed, isSized },
    isSettled: kind === 'directory' && isSettled(host, path),
    quietInMs: quietInMs(stat, host.wallMs),
    isOpen: kind === 'file' && (isNamed || isSized) && host.isOpen(stat),
  };
}

/** As it stands there now it is in the books; what is left out for its age may come, or has come before. */
function isLeftOutForSize({ view, unwanted, ownRules }: MirrorState, path: string, stat: Stat): boolean {
  const folderId = view.idAt(parentOf(path));
  const id = folderId === undefined ? undefined : unwanted.childId(folderId, nameOf(path));
  const entry = id === undefined ? undefined : unwanted.get(id);
  if (entry === undefined || stat.kind !== 'file' || entry.kind !== 'file') return false;
  const isAsTold = entry.sizeBytes === stat.sizeBytes && entry.mtimeUs === microseconds(stat.mtimeNs);
  return isAsTold && isSizeExcluded(ownRules.set, entry) && !ownRules.aging.isLeftOut(entry);
}

/** The source has told of all in the folder, none of it is mirrored but folders, and none of it waits or failed. */
function isSettled({ state, previewed }: LeftHost, path: string): boolean {
  const { view, shareRules, problems } = state;
  const id = view.idAt(path);
  if (id === undefined || shareRules.isChanging) return false;
  for (let at = view.get(id); at !== undefined; at = view.get(at.parentId))
    if (at.isOpaque === true) return false;
  for (const { kind, name } of view.children(id))
    if (kind !== 'directory' && previewed?.has(joinPath(path, name)) !== true) return false;
  const isHere = (one: string): boolean =>
    one === path || parentOf(one) === path || path.startsWith(`${one}/`);
  if (problems.all().some((problem) => isHere(problem.path))) return false;
  return previewed !== undefined || (!state.isDirty(id) && state.baseline.pathOf(id) === path);
}
