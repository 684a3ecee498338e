/** Looks at the copies of what was cleaned from the source: whether each still stands on the target as it was. Reads only. */
import { isPlainRule, microseconds, naturalName, sideName } from '@lanmirror/engine/core';
import { hashText, type NodeKind, type ReadableTree, type Stat, TreeError } from '@lanmirror/engine/tree';
import { joinPath, parentOf } from '@lanmirror/protocol';
import { hashHere } from '../clean/cleaned-guard.ts';
import { type CleanedRow, lookKey } from '../clean/cleaned-record.ts';
import { hasNoPlace, isParkedNow } from '../clean/row-place.ts';
import type { MirrorState } from '../state/mirror-state.ts';

/**
 * `same`: size and time are those of the file that was cleaned, and nothing is known of another content. `unproved`: the
 * same, but nobody has compared that content with the one that was cleaned. `changed`: something else stands there.
 * `gone`: nothing does, or what has its place is known to be another file. `unknown`: that cannot be told.
 */
export type Standing = 'same' | 'unproved' | 'changed' | 'gone' | 'unknown';

export interface CopySight {
  readonly standing: Standing;
  /** What stands there; null when nothing does, or that is not known. */
  readonly kind: NodeKind | null;
  /** Of the file there. */
  readonly sizeBytes: number;
  /** Why it is not known; '' when it is. */
  readonly why: string;
}

export interface CopyHost {
  readonly tree: ReadableTree;
  readonly state: MirrorState;
}

const GONE: CopySight = { standing: 'gone', kind: null, sizeBytes: 0, why: '' };

export function lookAtCopy(host: CopyHost, row: CleanedRow): CopySight {
  if (isParkedNow(host.state, row)) return { ...GONE, standing: 'unknown', why: 'it is being renamed' };
  if (hasNoPlace(row)) return GONE;
  try {
    for (const place of placesOf(host, row.path)) {
      const stat = host.tree.stat(place);
      if (stat !== undefined) return sightOf(host, row, place, stat);
    }
    const link = linkAbove(host.tree, row.path);
    return link === undefined ? GONE : { ...GONE, standing: 'unknown', why: `a link stands at ${link}` };
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return { ...GONE, standing: 'unknown', why: error.code };
  }
}

function sightOf({ state }: CopyHost, row: CleanedRow, place: string, stat: Stat): CopySight {
  const { kind } = stat;
  const sizeBytes = kind === 'file' ? stat.sizeBytes : 0;
  const mtimeUs = microseconds(stat.mtimeNs);
  const isAlike = kind === 'file' && lookKey({ sizeBytes, mtimeUs }) === lookKey(row);
  const known = hashHere(state, place, stat);
  const isOther = known !== null && row.hash !== '' && Buffer.from(known).toString('hex') !== row.hash;
  const standing = !isAlike || isOther ? 'changed' : row.hash === '' ? 'unproved' : 'same';
  return { standing, kind, sizeBytes, why: '' };
}

/** Where it may stand: a row is about a path as the source had it, and not every disk holds every name. Throws TreeError. */
function placesOf({ tree, state }: CopyHost, path: string): ReadonlySet<string> {
  const places = new Set([path]);
  const rule = state.meta.traits.names;
  if (isPlainRule(rule)) return places;
  let folders = [''];
  for (const name of path.split('/')) {
    const names = new Set([name, naturalName(rule, name, hashText), sideName(rule, name, hashText)]);
    folders = folders
      .flatMap((folder) => [...names].map((one) => joinPath(folder, one)))
      .filter((one) => tree.stat(one) !== undefined);
  }
  for (const place of folders) places.add(place);
  return places;
}

/** A folder on the way that is a link by now: what it leads to is not looked at, and may be the copy. Throws TreeError. */
function linkAbove(tree: ReadableTree, path: string): string | undefined {
  for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
    const stat = tree.stat(above);
    if (stat !== undefined) return stat.kind === 'link' ? above : undefined;
  }
  return undefined;
}
